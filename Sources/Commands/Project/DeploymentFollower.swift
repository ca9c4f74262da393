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

  /// Pause after the first attempt to reach the server again; it doubles with each one.
  static let pauseInitial = Duration.milliseconds(100)
  /// Longest pause between two attempts.
  static let pauseMax = Duration.seconds(2)

  /// Follows to the end.
  ///
  /// - Returns: Whether every resource is as desired.
  func run() async throws -> Bool {
    let progress = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await DeploymentLog(follower: self).follow() }
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
    var awaySince: ContinuousClock.Instant?
    var pause = Self.pauseInitial
    while true {
      do {
        try await watch(&progress) {
          if awaySince != nil { report.back() }
          awaySince = nil
          pause = Self.pauseInitial
        }
        return progress
      } catch let error as RPCError where error.code == .unavailable {
        let now = ContinuousClock.now
        if awaySince == nil, awayLimit > .zero { report.away(error, limit: awayLimit) }
        let since = awaySince ?? now
        awaySince = since
        guard now - since < awayLimit else { throw error }
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, Self.pauseMax)
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

/// The log lines of a deployment, each once, also over an absence of the server.
private actor DeploymentLog {
  private let follower: DeploymentFollower
  private var shown: Set<Key> = []
  /// Sequence of the first line that was shown, by agent: older ones are of earlier deployments.
  private var first: [String: UInt64] = [:]

  private struct Key: Hashable {
    var agent: String
    var sequence: UInt64
  }

  /// Most lines that are remembered; beyond it, lines may come twice after an absence.
  static let shownMax = 100_000

  init(follower: DeploymentFollower) { self.follower = follower }

  /// Follows until the task is cancelled. What is wrong beside an absence is told by the states.
  func follow() async {
    var isFirst = true
    while !Task.isCancelled {
      do {
        try await stream(isFirst: isFirst)
        return
      } catch let error as RPCError where error.code == .unavailable {
        isFirst = false
      } catch {
        return
      }
      do { try await Task.sleep(for: DeploymentFollower.pauseMax / 4) } catch { return }
    }
  }

  private func stream(isFirst: Bool) async throws {
    let request = LogsV1.StreamRequest(
      environment: follower.environment, filter: LogV1.LogFilter(minimumLevel: .info),
      skipHistory: isFirst, follow: true)
    try await LogsV1.LogsClient(follower.server).stream(request) { responses in
      var isHistory = !isFirst
      for try await response in responses {
        for entry in response.entries where entry.gap == nil { show(entry, isHistory: isHistory) }
        if response.isCurrent { isHistory = false }
      }
    }
  }

  private func show(_ entry: LogV1.LogEntry, isHistory: Bool) {
    if entry.sequence > 0 {
      if isHistory, first[entry.agent].map({ entry.sequence < $0 }) ?? true { return }
      let key = Key(agent: entry.agent, sequence: entry.sequence)
      if shown.contains(key) { return }
      if shown.count < Self.shownMax { shown.insert(key) }
      if first[entry.agent] == nil { first[entry.agent] = entry.sequence }
    } else if isHistory {
      return
    }
    follower.report.log(entry)
  }
}
