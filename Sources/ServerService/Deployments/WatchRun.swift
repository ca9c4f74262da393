internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// States that wait for one client, the newest of each resource.
struct WatchContents: MailboxContents {
  var states: [ResourceID: ResourceState] = [:]
  /// States that were replaced by newer ones before the client took them.
  var coalesced: UInt64 = 0
  /// Whether another version was released.
  var isReleased = false
  /// Whether presence, settings or just the time changed.
  var isWoken = false

  var isEmpty: Bool { states.isEmpty && !isReleased && !isWoken }

  mutating func add(_ states: [ResourceState]) {
    for state in states where self.states.updateValue(state, forKey: state.id) != nil {
      coalesced += 1
    }
  }
}

extension EnvironmentHub {
  /// Begins to collect states for a client.
  func watch() throws -> (id: UInt64, mailbox: Mailbox<WatchContents>) {
    try refuseSubscribers()
    let id = takeNumber()
    let mailbox = Mailbox<WatchContents>()
    watchers[id] = mailbox
    return (id, mailbox)
  }

  func unwatch(_ id: UInt64) { watchers[id] = nil }

  /// What a watch that settled has to tell.
  struct Settled: Sendable, Hashable {
    /// Resources that wait for agents that are absent.
    var waiting: [ResourceID] = []
    var absentAgents: Set<String> = []
    /// Agents that are connected and did not do what was asked for.
    var silentAgents: Set<String> = []
    /// Agents that are connected and kept from work.
    var hinderedAgents: Set<String> = []
  }

  /// Asks whether what a tracker follows has settled, and all that was asked for has ended; nil if
  /// something can still happen.
  func settled(_ tracker: SettleTracker) -> Settled? {
    let now = clock.elapsed()
    let isHalted = record?.isHalted ?? false
    let verdict = tracker.verdict(at: now, isHalted: isHalted, presence: { presence(of: $0) })
    guard case .settled(let waiting, let hindered) = verdict else { return nil }
    var settled = Settled(
      waiting: waiting, absentAgents: Set(waiting.map(\.agent)), hinderedAgents: hindered)
    if isHalted { return settled }
    switch wishes.verdict(of: tracker, at: now, presence: { presence(of: $0) }) {
    case .waits: return nil
    case .settled(let absent, let silent, let hindered):
      settled.absentAgents.formUnion(absent)
      settled.hinderedAgents.formUnion(hindered)
      settled.silentAgents = silent
      return settled
    }
  }
}

extension EnvironmentHub {
  /// Says of agents what keeps them from work.
  func describe(hindered agents: Set<String>) -> [ResourcesV1.HinderedAgent] {
    agents.sorted().compactMap { agent in
      table.server(of: agent)?.hindrance.map { hindrance in
        .init(name: agent, paused: hindrance.isPaused, diskError: hindrance.diskError)
      }
    }
  }
}

/// One call of `Watch`.
struct WatchRun {
  let store: any Store
  let hub: EnvironmentHub
  let mailbox: Mailbox<WatchContents>
  let filter: ResourceFilter
  let untilSettled: Bool
  /// Version that must be released before the watch may settle.
  let awaited: VersionNumber?
  let responses: ResponseWriter<ResourcesV1.WatchResponse>

  /// Sends all states, then changes, until the client leaves or nothing is left to do.
  func run() async throws {
    while true {
      var (version, tracker) = try await sendSnapshot()
      try await responses.write(.init(isCurrent: true, version: version?.rawValue ?? 0))
      if try await follow(version, &tracker) { return }
    }
  }

  /// Follows one release; returns true when it settled, false when another one came.
  private func follow(
    _ version: VersionNumber?, _ tracker: inout SettleTracker?
  ) async throws -> Bool {
    while true {
      if try await settle(version, tracker) { return true }
      let contents = try await mailbox.take()
      if contents.isReleased { return false }
      let now = hub.clock.elapsed()
      for state in contents.states.values { tracker?.apply(state, at: now) }
      let wanted = contents.states.values.filter(filter.matches).sorted { $0.id < $1.id }
      var coalesced = contents.coalesced
      for batch in wanted.batchesBySize() {
        try await responses.write(
          .init(
            states: batch.map { .init($0) }, version: version?.rawValue ?? 0,
            coalesced: coalesced))
        coalesced = 0
      }
    }
  }

  private func settle(
    _ version: VersionNumber?, _ tracker: SettleTracker?
  ) async throws -> Bool {
    guard untilSettled else { return false }
    if let awaited, version.map({ $0 < awaited }) ?? true { return false }
    var states: [ResourceState] = []
    var settled = EnvironmentHub.Settled()
    if let tracker {
      guard let found = await hub.settled(tracker) else { return false }
      settled = found
      for ids in settled.waiting.batches(of: ServerLimits.batchResources) {
        for var state in try await store.states(of: ids, in: hub.name) {
          state.message = "waits for agent \(state.id.agent), which is not connected"
          states.append(state)
        }
      }
    }
    for batch in states.batchesBySize() {
      try await responses.write(
        .init(states: batch.map { .init($0) }, version: version?.rawValue ?? 0))
    }
    try await responses.write(
      .init(
        version: version?.rawValue ?? 0, settled: true,
        absentAgents: settled.absentAgents.sorted(), silentAgents: settled.silentAgents.sorted(),
        hinderedAgents: await hub.describe(hindered: settled.hinderedAgents)))
    return true
  }

  /// Sends the state of each resource that matches.
  private func sendSnapshot() async throws -> (VersionNumber?, SettleTracker?) {
    var version: VersionNumber?
    var tracker: SettleTracker?
    var after: String?
    var scope = filter
    scope.compliance = []
    repeat {
      let page = try await store.resourceViews(
        in: hub.name, filter: scope,
        page: PageRequest(after: after, limit: 4 * ServerLimits.batchResources), hasFields: false)
      if version != page.version, let released = page.version {
        version = released
        tracker = SettleTracker(version: released, at: hub.clock.elapsed())
      }
      for view in page.views { tracker?.add(view) }
      let wanted = page.views.map(\.state).filter(filter.matches)
      for batch in wanted.batchesBySize() {
        try await responses.write(
          .init(states: batch.map { .init($0) }, version: version?.rawValue ?? 0))
      }
      after = page.nextAfter
    } while after != nil
    return (version, tracker)
  }
}
