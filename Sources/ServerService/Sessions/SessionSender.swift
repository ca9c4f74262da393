internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// Writes what waits for an agent to its stream.
struct SessionSender: Sendable {
  /// What was sent last: the next desired state is what is different since.
  private struct Sent: Sendable {
    var version: VersionNumber
    var names: Set<String>
  }

  let store: any Store
  let hub: EnvironmentHub
  let session: OpenSession
  let clock: ServerClock
  /// Whether the agent understands what is different.
  let takesChanges: Bool
  let responses: ResponseWriter<SessionsV1.ServerMessage>
  private var sent: Sent?

  init(
    store: any Store, hub: EnvironmentHub, session: OpenSession, clock: ServerClock,
    takesChanges: Bool, responses: ResponseWriter<SessionsV1.ServerMessage>
  ) {
    self.store = store
    self.hub = hub
    self.session = session
    self.clock = clock
    self.takesChanges = takesChanges
    self.responses = responses
  }

  /// Sends what comes, until the mailbox is closed or the task is cancelled.
  mutating func run() async throws {
    while !Task.isCancelled { try await send(try await session.mailbox.take()) }
  }

  /// Sends everything, in an order in which nothing refers to what is still to come.
  private mutating func send(_ contents: SessionContents) async throws {
    if let number = contents.acknowledged {
      try await write(.acknowledgement(.init(number: number)))
    }
    if let record = contents.settings {
      try await write(
        .settings(
          .init(
            deployIntervalSeconds: record.settings.deployIntervalSeconds,
            repairIntervalSeconds: record.settings.repairIntervalSeconds,
            halted: record.isHalted)))
    }
    if contents.hasDesiredState { try await sendDesiredState() }
    for states in contents.remoteStates.values.batchesBySize() {
      try await write(.remoteStates(.init(states: states.map { .init($0) })))
    }
    for mode in DeployMode.allCases {
      guard let (scope, number) = contents.triggers[mode] else { continue }
      var ids: [String] = []
      if case .some(let some) = scope { ids = some.map(\.description).sorted() }
      // A wish for so many is one for all: it has to fit into a message.
      if ids.reduce(0, { $0 + $1.utf8.count + 4 }) > ServerLimits.batchBytes { ids = [] }
      try await write(.trigger(.init(mode: .init(mode), resourceIDs: ids, number: number)))
    }
    for plan in contents.plans { try await send(plan) }
    if contents.hasHeartbeat {
      try await write(.heartbeat(.init(timeUnixNanos: clock.now().unixNanos)))
    }
  }

  private func write(_ kind: SessionsV1.ServerMessage.OneOf_Kind) async throws {
    try await responses.write(.init(kind: kind))
  }

  private func send(_ plan: PlanOrder) async throws {
    let batches = plan.resources.batchesBySize()
    for (index, batch) in batches.enumerated() {
      try await write(
        .planTask(
          .init(
            planID: plan.id.bytes, resources: batch.map { .init($0) },
            last: index == batches.count - 1, version: plan.version.rawValue,
            check: plan.isCheck)))
    }
  }

  /// Reads the desired state of the names that the session serves now, and sends it in parts: what is
  /// different since the version before it on this stream, if that is still stored.
  private mutating func sendDesiredState() async throws {
    guard let slice = await hub.slice(of: session) else { return }
    let removed = try await removed(from: slice)
    try await send(slice, since: removed == nil ? nil : sent?.version, removed ?? [])
    sent = Sent(version: slice.version, names: slice.names)
  }

  /// What is gone since the desired state before; nil if that is no base for this one.
  private func removed(from slice: EnvironmentHub.Slice) async throws -> [ResourceID]? {
    guard takesChanges, let sent, sent.names == slice.names, sent.version < slice.version else {
      return nil
    }
    return try await store.removedResources(
      of: slice.version, since: sent.version, in: hub.name,
      filter: ResourceFilter(agents: slice.names))
  }

  private func send(
    _ slice: EnvironmentHub.Slice, since base: VersionNumber?, _ removed: [ResourceID]
  ) async throws {
    let environment = hub.name
    let number = slice.version.rawValue
    let since = base?.rawValue ?? 0
    let bindings = try await store.handlerBindings(of: slice.version, in: environment)
    try await write(
      .desiredState(
        .init(
          version: number, handlerBindings: bindings.map { .init($0) }, first: true, since: since)))
    for ids in slice.remote.batches(of: ServerLimits.batchResources) {
      let states = try await store.states(of: Array(ids), in: environment)
      try await write(
        .desiredState(
          .init(version: number, remoteStates: states.map { .init($0) }, since: since)))
    }
    for ids in removed.batches(of: ServerLimits.batchResources) {
      try await write(
        .desiredState(.init(version: number, since: since, removed: ids.map(\.description))))
    }
    var after: String?
    repeat {
      let page = try await resources(of: slice, since: base, after: after)
      after = page.nextAfter
      let batches = page.resources.isEmpty ? [[]] : page.resources.batchesBySize()
      for (index, batch) in batches.enumerated() {
        let states = try await store.states(of: batch.map(\.id), in: environment)
        try await write(
          .desiredState(
            .init(
              version: number, resources: batch.map { .init($0) }, states: states.map { .init($0) },
              last: after == nil && index == batches.count - 1, since: since)))
      }
    } while after != nil
  }

  private func resources(
    of slice: EnvironmentHub.Slice, since base: VersionNumber?, after: String?
  ) async throws -> ResourcePage {
    guard !slice.names.isEmpty else {
      return ResourcePage(resources: [], undeployable: [], nextAfter: nil)
    }
    let filter = ResourceFilter(agents: slice.names)
    let page = PageRequest(after: after, limit: ServerLimits.batchResources)
    guard let base else {
      return try await store.resources(
        of: slice.version, in: hub.name, filter: filter, page: page)
    }
    return try await store.resources(
      of: slice.version, since: base, in: hub.name, filter: filter, page: page)
  }
}

extension ResourcesV1.DeployMode {
  /// The message for a mode.
  init(_ mode: DeployMode) {
    self =
      switch mode {
      case .deploy: .deploy
      case .repair: .repair
      case .check: .check
      }
  }
}
