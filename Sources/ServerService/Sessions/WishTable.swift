internal import RPCCore
internal import Resources
internal import Store

/// Runs that somebody asked for and whose agents have not said yet that they ended. A value.
///
/// A wish ends with the answer of the stream that it was given to: the agent sends it after the
/// reports of what came of it. If the stream ends before, the wish is given to the next one. Until
/// then the store has it, too: a server that ends forgets none.
struct WishTable: Sendable {
  struct Wish: Sendable, Hashable {
    var mode: DeployMode
    var scope: TriggerScope
    /// Names of the agents that are to do it.
    var agents: Set<String>
    /// The stream that it was given to; nil while there is none.
    var stream: UInt64?
    /// Its numbers in the store; more than one if it was merged.
    var records: Set<WishNumber> = []
    /// Whether it waits for agents that are absent: it is read from the store when they come.
    var isStored = false
    var since: Duration
  }

  private(set) var wishes: [UInt64: Wish] = [:]

  /// Agents that are absent and that the store has something for.
  var absentAgents: Set<String> {
    wishes.values.reduce(into: []) { if $1.isStored { $0.formUnion($1.agents) } }
  }

  /// Throws RESOURCE_EXHAUSTED when too many wait already.
  func refuseMore() throws(RPCError) {
    guard wishes.count < ServerLimits.wishesMax else {
      throw RPCError(
        .resourceExhausted,
        "\(ServerLimits.wishesMax) wishes wait for their agents already; are they paused?")
    }
  }

  /// Adds a wish under its number; the one that it was merged with ends with it.
  mutating func add(_ wish: Wish, as number: UInt64, replacing replaced: UInt64? = nil) {
    var wish = wish
    if let replaced, let other = wishes.removeValue(forKey: replaced) {
      wish.scope.merge(other.scope)
      wish.agents.formUnion(other.agents)
      wish.records.formUnion(other.records)
    }
    wishes[number] = wish
  }

  /// Adds a wish for agents that are absent, and that the store has.
  mutating func addAbsent(
    _ mode: DeployMode, _ scope: TriggerScope, _ agents: Set<String>, as number: UInt64,
    at now: Duration
  ) {
    let same = wishes.first { $1.isStored && $1.mode == mode }?.key
    add(
      Wish(mode: mode, scope: scope, agents: agents, isStored: true, since: now), as: number,
      replacing: same)
  }

  /// Takes an answer; one that is not of the stream it was given to is dropped.
  ///
  /// - Returns: The wish that has ended.
  mutating func answered(_ number: UInt64, by stream: UInt64) -> Wish? {
    guard wishes[number]?.stream == stream else { return nil }
    return wishes.removeValue(forKey: number)
  }

  /// Whether a wish of the store is on its way to its agent.
  func isGiven(_ stored: StoredTrigger) -> Bool {
    wishes.values.contains { wish in
      !wish.isStored && wish.records.contains(stored.number)
        && wish.agents.contains(stored.trigger.agent)
    }
  }

  /// Takes out, for agents that are connected, what no open stream was given.
  ///
  /// - Parameters:
  ///   - agents: Names that are served now.
  ///   - streams: Streams that are open.
  /// - Returns: Wishes to be given again; those of agents that were absent come from the store, see
  ///   ``takeStored(of:)``.
  mutating func takeOrphans(of agents: Set<String>, open streams: Set<UInt64>) -> [Wish] {
    var taken: [Wish] = []
    for (number, var wish) in wishes where !wish.isStored {
      if let stream = wish.stream, streams.contains(stream) { continue }
      wish.stream = nil
      let served = wish.agents.intersection(agents)
      wish.agents.subtract(served)
      wishes[number] = wish.agents.isEmpty ? nil : wish
      guard !served.isEmpty else { continue }
      wish.agents = served
      taken.append(wish)
    }
    return taken
  }

  /// Takes out what the store has for agents that were absent: whoever read it gives it to them.
  mutating func takeStored(of agents: Set<String>) {
    for (number, var wish) in wishes where wish.isStored {
      wish.agents.subtract(agents)
      wishes[number] = wish.agents.isEmpty ? nil : wish
    }
  }

  enum Verdict: Sendable, Hashable {
    case waits
    /// Nobody is waited for (any longer).
    case settled(absent: Set<String>, silent: Set<String>, hindered: Set<String>)
  }

  /// Whether a watch has to wait for an answer.
  ///
  /// - Parameters:
  ///   - tracker: What the watch follows.
  ///   - now: Time of the clock that never goes back.
  ///   - presence: Tells whether the agent of a name is there.
  /// - Returns: Whether to wait, else the agents that did not answer.
  func verdict(
    of tracker: SettleTracker, at now: Duration, presence: (String) -> AgentPresence
  ) -> Verdict {
    var absent: Set<String> = []
    var silent: Set<String> = []
    var hindered: Set<String> = []
    for wish in wishes.values where tracker.isConcerned(by: wish) {
      for agent in wish.agents where tracker.agents.contains(agent) {
        switch presence(agent) {
        case .connected(_, let hindrance?)
        where tracker.isPatienceOver(hindrance, since: wish.since, at: now):
          hindered.insert(agent)
        case .connected:
          guard tracker.isQuietForGood(since: wish.since, at: now) else { return .waits }
          silent.insert(agent)
        case .absent(let since, let isKnown):
          guard tracker.isGraceOver(since: max(since, wish.since), isKnown: isKnown, at: now)
          else { return .waits }
          absent.insert(agent)
        }
      }
    }
    return .settled(absent: absent, silent: silent, hindered: hindered)
  }
}
