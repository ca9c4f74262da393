internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// Writes what waits for an agent to its stream.
struct SessionSender: Sendable {
  let store: any Store
  let hub: EnvironmentHub
  let session: OpenSession
  let clock: ServerClock
  let responses: ResponseWriter<SessionsV1.ServerMessage>

  /// Sends everything, in an order in which nothing refers to what is still to come.
  func send(_ contents: SessionContents) async throws {
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

  /// Reads the desired state of the names that the session serves now, and sends it in parts.
  private func sendDesiredState() async throws {
    guard let slice = await hub.slice(of: session) else { return }
    let environment = hub.name
    let bindings = try await store.handlerBindings(of: slice.version, in: environment)
    var first = true
    for ids in slice.remote.batches(of: ServerLimits.batchResources) {
      let states = try await store.states(of: Array(ids), in: environment)
      try await write(
        .desiredState(
          .init(
            version: slice.version.rawValue,
            handlerBindings: first ? bindings.map { .init($0) } : [],
            remoteStates: states.map { .init($0) }, first: first, last: false)))
      first = false
    }
    var after: String?
    repeat {
      var page = ResourcePage(resources: [], undeployable: [], nextAfter: nil)
      if !slice.names.isEmpty {
        page = try await store.resources(
          of: slice.version, in: environment, filter: ResourceFilter(agents: slice.names),
          page: PageRequest(after: after, limit: ServerLimits.batchResources))
      }
      after = page.nextAfter
      let batches = page.resources.isEmpty ? [[]] : page.resources.batchesBySize()
      for (index, batch) in batches.enumerated() {
        let states = try await store.states(of: batch.map(\.id), in: environment)
        try await write(
          .desiredState(
            .init(
              version: slice.version.rawValue, resources: batch.map { .init($0) },
              handlerBindings: first ? bindings.map { .init($0) } : [],
              states: states.map { .init($0) }, first: first,
              last: after == nil && index == batches.count - 1)))
        first = false
      }
    } while after != nil
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
