internal import Resources
internal import Store

/// Whether an agent can do something now.
enum AgentPresence: Sendable, Hashable {
  /// It is connected, and has the desired state of this version on disk; what keeps it from work.
  case connected(storedVersion: VersionNumber?, hindrance: Hindrance? = nil)
  /// It is not, since a time of the clock that never goes back; whether it ever was.
  case absent(since: Duration, isKnown: Bool)
}

/// What keeps a connected agent from work.
struct Hindrance: Sendable, Hashable {
  /// Whether it is paused.
  var isPaused = false
  /// Why its disk does not keep its state; empty if it does.
  var diskError = ""
  /// Since when, by the clock that never goes back.
  var since: Duration

  /// Whether a version can come into force at the agent.
  var refusesVersions: Bool { !diskError.isEmpty }
}

/// Decides when nothing is left to do in a version that an agent could still do. A value: it is fed
/// with states, and asked with the presence of agents and the time.
///
/// A resource has settled when it
/// - is compliant and no handler runs,
/// - cannot be deployed in this version (a field of it, or of what it requires, is not known),
/// - failed, was skipped or was found to differ in a run for this version, by an agent that has the
///   version on disk: it is tried again after an interval, which nobody waits for here,
/// - is temporarily blocked, likewise: what blocks it has settled or is itself open,
/// - or waits for an agent that is absent for longer than its lease (never seen: for 3 s), or that is
///   kept from work for longer than 3 s: it is paused, or its disk is full.
/// A compliant resource that is to react to a change of what it requires is given 5 s of quiet to
/// begin; and 120 s of quiet without any run settle everything.
struct SettleTracker: Sendable {
  private struct Item: Sendable {
    var state: ResourceState
    var undeployable: Undeployable
    /// Requirements with events that this resource reacts to.
    var eventSources: [ResourceID]
  }

  enum Verdict: Sendable, Hashable {
    /// Something can still happen.
    case waits
    /// Nothing can; these wait for agents that are absent, and something for agents that are kept
    /// from work.
    case settled(absent: [ResourceID], hindered: Set<String> = [])
  }

  private var items: [ResourceID: Item] = [:]
  /// Agents of the resources.
  private(set) var agents: Set<String> = []
  /// Resources that have not settled by themselves; see ``isOpen(_:)``.
  private var open: Set<ResourceID> = []
  /// Resources that count as settled only once their agent has the version on disk.
  private var provisional: Set<ResourceID> = []
  private var reacting: Set<ResourceID> = []
  private var sending: Set<ResourceID> = []
  private let version: VersionNumber
  private let begun: Duration
  private var lastChange: Duration

  init(version: VersionNumber, at now: Duration) {
    self.version = version
    begun = now
    lastChange = now
  }

  /// Adds a resource of the version.
  mutating func add(_ view: ResourceView) {
    let id = view.resource.id
    if view.resource.sendsEvents { sending.insert(id) }
    let sources = view.resource.receivesEvents ? view.resource.requires : []
    if !sources.isEmpty { reacting.insert(id) }
    agents.insert(id.agent)
    items[id] = Item(
      state: view.state, undeployable: view.undeployable, eventSources: sources)
    classify(id)
  }

  /// Whether a wish asks for something that is followed.
  func isConcerned(by wish: WishTable.Wish) -> Bool {
    switch wish.scope {
    case .all: !agents.isDisjoint(with: wish.agents)
    case .some(let ids): ids.contains { items[$0] != nil }
    }
  }

  /// Whether nothing came for so long, and nothing runs, that nobody waits any longer.
  func isQuietForGood(since begin: Duration, at now: Duration) -> Bool {
    now - max(begin, lastChange) >= .seconds(ServerLimits.settleQuietSeconds)
      && !open.contains { items[$0]?.state.isDeploying ?? false }
  }

  /// Whether an absent agent is not waited for any longer.
  func isGraceOver(since begin: Duration, isKnown: Bool, at now: Duration) -> Bool {
    let grace = isKnown ? SessionTable.lease : .seconds(ServerLimits.unknownAgentSeconds)
    return now - max(begin, begun) >= grace
  }

  /// Whether an agent that is kept from work is not waited for any longer.
  func isPatienceOver(_ hindrance: Hindrance, since begin: Duration, at now: Duration) -> Bool {
    now - max(begin, begun, hindrance.since) >= .seconds(ServerLimits.hinderedAgentSeconds)
  }

  /// Takes a new state.
  mutating func apply(_ state: ResourceState, at now: Duration) {
    guard items[state.id] != nil else { return }
    items[state.id]?.state = state
    lastChange = now
    classify(state.id)
  }

  private mutating func classify(_ id: ResourceID) {
    open.remove(id)
    provisional.remove(id)
    guard let item = items[id] else { return }
    let state = item.state
    if state.isDeploying {
      open.insert(id)
    } else if item.undeployable != .no || state.compliance == .compliant
      || state.compliance == .undefined
    {
      return
    } else if state.blocked == .temporarilyBlocked {
      provisional.insert(id)
    } else if state.compliance == .nonCompliant, state.handlerResult != .new,
      state.version.map({ $0 >= version }) ?? false
    {
      provisional.insert(id)
    } else {
      open.insert(id)
    }
  }

  /// Decides.
  ///
  /// - Parameters:
  ///   - now: Time of the clock that never goes back.
  ///   - isHalted: Whether deployment is stopped in the environment.
  ///   - presence: Tells whether the agent of a name is there.
  /// - Returns: Whether something can still happen.
  func verdict(
    at now: Duration, isHalted: Bool, presence: (String) -> AgentPresence
  ) -> Verdict {
    let quiet = now - lastChange
    var known: [String: AgentPresence] = [:]
    func lookUp(_ agent: String) -> AgentPresence {
      if let found = known[agent] { return found }
      let found = presence(agent)
      known[agent] = found
      return found
    }
    var absent: [ResourceID] = []
    var hindered: Set<String> = []
    var isRunning = false
    var waits = false
    // While things happen, one resource that is waited for answers the question: asked after each
    // report, it must not cost a pass over all that is open.
    let isDecidedByOne = !isHalted && quiet < .seconds(ServerLimits.settleQuietSeconds)
    for id in open {
      if waits, isDecidedByOne { return .waits }
      switch lookUp(id.agent) {
      case .connected(_, let hindrance):
        if items[id]?.state.isDeploying == true {
          isRunning = true
        } else if let hindrance, isPatienceOver(hindrance, since: .zero, at: now) {
          hindered.insert(id.agent)
          continue
        }
        waits = true
      case .absent(let since, let isKnown):
        if isHalted || isGraceOver(since: since, isKnown: isKnown, at: now) {
          absent.append(id)
        } else {
          waits = true
        }
      }
    }
    for id in provisional {
      if waits, isDecidedByOne { return .waits }
      guard case .connected(let stored, let hindrance) = lookUp(id.agent),
        stored.map({ $0 < version }) ?? true
      else { continue }
      if let hindrance, hindrance.refusesVersions, isPatienceOver(hindrance, since: .zero, at: now)
      {
        hindered.insert(id.agent)
      } else {
        waits = true
      }
    }
    let settled = Verdict.settled(absent: absent.sorted(), hindered: hindered)
    if isHalted { return isRunning ? .waits : settled }
    if waits {
      return !isRunning && quiet >= .seconds(ServerLimits.settleQuietSeconds) ? settled : .waits
    }
    if quiet < .seconds(ServerLimits.eventQuietSeconds),
      reacting.contains(where: { isAwaitingEvent($0, lookUp) })
    {
      return .waits
    }
    return settled
  }

  /// Whether something that a compliant resource requires, of the same agent, changed after its last
  /// run: times are comparable within one agent only.
  private func isAwaitingEvent(
    _ id: ResourceID, _ presence: (String) -> AgentPresence
  ) -> Bool {
    guard let item = items[id], item.undeployable == .no, !item.state.isDeploying,
      item.state.blocked == .notBlocked, item.state.compliance == .compliant,
      case .connected = presence(id.agent)
    else { return false }
    return item.eventSources.contains { source in
      guard sending.contains(source), source.agent == id.agent, let state = items[source]?.state,
        state.change != .none, state.compliance == .compliant, let changed = state.time
      else { return false }
      return item.state.time.map { $0 < changed } ?? true
    }
  }
}
