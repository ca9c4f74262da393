internal import RPCCore
internal import Resources
internal import Schema

/// Follows the states and the log of a deployment until nothing is left to do.
struct DeploymentFollower {
  var server: any RPCChannel
  var environment: String
  /// Version that is waited for; 0 for whatever is released.
  var version: UInt64
  var report: DeploymentReport

  /// Follows to the end.
  ///
  /// - Returns: Whether every resource is as desired.
  func run() async throws -> Bool {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await followLog() }
      defer { group.cancelAll() }
      return try await followStates()
    }
  }

  private func followLog() async throws {
    let request = LogsV1.StreamRequest(
      environment: environment, filter: LogV1.LogFilter(minimumLevel: .info), skipHistory: true,
      follow: true)
    do {
      try await LogsV1.LogsClient(server).stream(request) { responses in
        for try await response in responses {
          for entry in response.entries where entry.gap == nil { report.log(entry) }
        }
      }
    } catch let error as RPCError where error.code == .cancelled {
      return
    }
  }

  private func followStates() async throws -> Bool {
    let request = ResourcesV1.WatchRequest(
      environment: environment, untilSettled: true, version: version)
    let resources = ResourcesV1.ResourcesClient(server)
    var states: [String: ResourceV1.ResourceState] = [:]
    var last = ResourcesV1.WatchResponse()
    var released = version
    try await resources.watch(request) { responses in
      for try await response in responses {
        released = max(released, response.version)
        for state in response.states {
          let before = states.updateValue(state, forKey: state.resourceID)
          if shows(state, after: before) { report.changed(state) }
        }
        last = response
      }
    }
    report.missing(absent: last.absentAgents, silent: last.silentAgents)
    report.finished(states, version: released, settled: last.settled)
    // What was asked of an agent and did not happen is not known to be as desired.
    return last.settled && last.absentAgents.isEmpty && last.silentAgents.isEmpty
      && states.values.allSatisfy { $0.compliance == .compliant }
  }

  /// Whether a state is news: first states are shown only if something is still to be done.
  private func shows(
    _ state: ResourceV1.ResourceState, after before: ResourceV1.ResourceState?
  ) -> Bool {
    guard let before else { return state.compliance != .compliant || state.version == version }
    return DeploymentReport.word(for: state).0 != DeploymentReport.word(for: before).0
      || state.message != before.message || state.timeUnixNanos != before.timeUnixNanos
  }
}
