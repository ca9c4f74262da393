internal import RPCCore
internal import Resources
internal import Schema

/// Follows the states and the log of a deployment until nothing is left to do, also over an absence
/// of the server: it keeps what was asked of agents until they have answered.
struct DeploymentFollower {
  var server: any RPCChannel
  var environment: String
  /// Version that is waited for; 0 for whatever is released.
  var version: UInt64
  /// For how long the server may be away at a time.
  var awayLimit: Duration
  var report: DeploymentReport

  /// Follows to the end.
  ///
  /// - Returns: Whether every resource is as desired.
  func run() async throws -> Bool {
    let progress = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await followLog() }
      defer { group.cancelAll() }
      return try await followStates()
    }
    // The log has ended: nothing comes after the summary.
    let isDone = finish(progress)
    if !isDone { await explain() }
    return isDone
  }

  /// What a watch has told so far.
  private struct Progress {
    var states: [String: ResourceV1.ResourceState] = [:]
    var last = ResourcesV1.WatchResponse()
    var released: UInt64
  }

  private func followStates() async throws -> Progress {
    var progress = Progress(released: version)
    var absence = Absence(limit: awayLimit)
    while true {
      do {
        try await watch(&progress) {
          if absence.end() { report.back() }
        }
        return progress
      } catch let error as RPCError where error.code == .unavailable {
        try await absence.wait(after: error) { report.away(error, limit: awayLimit) }
      }
    }
  }

  private func watch(_ progress: inout Progress, _ onResponse: () -> Void) async throws {
    let request = ResourcesV1.WatchRequest(
      environment: environment, untilSettled: true, version: version)
    var current = progress
    current.last = ResourcesV1.WatchResponse()
    defer { progress = current }
    try await ResourcesV1.ResourcesClient(server).watch(request) { responses in
      for try await response in responses {
        onResponse()
        current.released = max(current.released, response.version)
        for state in response.states {
          let before = current.states.updateValue(state, forKey: state.resourceID)
          if shows(state, after: before) { report.changed(state) }
        }
        current.last = response
      }
    }
  }

  /// Shows the log until the task is cancelled. What is wrong beside an absence is told by the states.
  private func followLog() async {
    let request = LogsV1.StreamRequest(
      environment: environment, filter: LogV1.LogFilter(minimumLevel: .info),
      history: LogMemory.storedMin, follow: true)
    var memory = LogMemory(history: 0)
    var absence = Absence(limit: awayLimit)
    while true {
      do {
        try await LogsV1.LogsClient(server).stream(request) { responses in
          for try await response in responses {
            _ = absence.end()
            for entry in memory.take(response.entries, isCurrent: response.isCurrent)
            where entry.gap == nil { report.log(entry) }
          }
        }
        return
      } catch let error as RPCError where error.code == .unavailable {
        do { try await absence.wait(after: error) {} } catch { return }
        memory.beginAgain()
      } catch {
        return
      }
    }
  }

  /// Says what nobody can see in the states.
  private func explain() async {
    let environments = EnvironmentsV1.EnvironmentsClient(server)
    let found = try? await environments.get(EnvironmentsV1.GetRequest(name: environment))
    if found?.halted == true { report.halted(environment) }
  }

  private func finish(_ progress: Progress) -> Bool {
    let last = progress.last
    report.missing(
      absent: last.absentAgents, silent: last.silentAgents, hindered: last.hinderedAgents)
    report.finished(progress.states, version: progress.released, settled: last.settled)
    // What was asked of an agent and did not happen is not known to be as desired.
    return last.settled && last.absentAgents.isEmpty && last.silentAgents.isEmpty
      && last.hinderedAgents.isEmpty
      && progress.states.values.allSatisfy { $0.compliance == .compliant }
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
