internal import AgentStore
internal import Deployment
internal import Resources
internal import Schema

/// What the agent needs its disk for.
enum DiskUse: Hashable, Comparable, CaseIterable {
  /// Desired state, states and reports.
  case state
  /// Contents of files that the desired state names.
  case contents
}

// What keeps the agent from work: it is paused, or its disk does not keep what it must. The log, the
// process and the server are told when it begins and when it ends.
extension AgentCore {
  /// Why the disk does not keep the agent's state, for people; empty if it does.
  var diskError: String {
    DiskUse.allCases.compactMap { diskErrors[$0] }.first ?? ""
  }

  var isDiskRefusing: Bool { !diskErrors.isEmpty }

  func noteDiskRefusal(_ error: any Error, of use: DiskUse = .state) {
    let wasRefusing = isDiskRefusing
    let reason = "\(error)"
    let hasChanged = diskErrors.updateValue(reason, forKey: use) != reason
    if !wasRefusing {
      say(
        .critical,
        "the disk refuses the agent's state, nothing new begins until it takes it: {error}",
        ["error": .string(reason)])
      noting(
        .trouble(
          "the disk refuses the agent's state, nothing new begins until it takes it: \(reason)"))
    }
    if hasChanged { sendCondition() }
  }

  func noteDiskAnswer(of use: DiskUse = .state) {
    guard diskErrors.removeValue(forKey: use) != nil else { return }
    sendCondition()
    guard !isDiskRefusing else { return }
    say(.info, "the disk takes the agent's state again", [:])
    noting(.relief("the disk takes the agent's state again"))
  }

  func setPaused(_ isPaused: Bool) {
    guard !isStopping else { return }
    let wasPaused = deployment.isPaused
    perform(isPaused ? deployment.pause(at: clock.now()) : deployment.resume(at: clock.now()))
    if deployment.isPaused != wasPaused { sendCondition() }
  }

  /// Tells the server; only what holds now counts, so that an earlier message that waits is dropped.
  func sendCondition() {
    guard session.isOpen, !isStopping else { return }
    session.control.removeAll { if case .condition = $0 { true } else { false } }
    session.control.append(
      .condition(
        SessionsV1.AgentCondition(paused: deployment.isPaused, diskError: diskError)))
    sendSignal.set()
  }
}
