internal import Resources
internal import SouthboundKit
internal import Synchronization

/// Takes the first of several conclusions, and remembers whether the time limit was exceeded.
final class Race: Sendable {
  private struct State {
    var conclusion: Conclusion?
    var continuation: CheckedContinuation<Conclusion, Never>?
    var exceeded: Duration?
  }

  private let state = Mutex(State())

  /// Notes that the time limit was exceeded: a failure that follows is put down to it.
  func exceed(_ limit: Duration) { state.withLock { $0.exceeded = limit } }

  /// Ends the race; false if it had ended.
  func finish(_ conclusion: Conclusion) -> Bool {
    let (isFirst, waiter, final) = state.withLock { state in
      guard state.conclusion == nil else {
        return (false, CheckedContinuation<Conclusion, Never>?.none, conclusion)
      }
      var final = conclusion
      if let limit = state.exceeded, final.result == .failed {
        final.message = "the time limit of \(limit) was exceeded; \(final.message)"
        final.hint = .none
      }
      state.conclusion = final
      let waiter = state.continuation
      state.continuation = nil
      return (true, waiter, final)
    }
    waiter?.resume(returning: final)
    return isFirst
  }

  /// Waits for the end. Only one task may wait.
  func value() async -> Conclusion {
    await withCheckedContinuation { continuation in
      let conclusion = state.withLock { state in
        if state.conclusion == nil { state.continuation = continuation }
        return state.conclusion
      }
      if let conclusion { continuation.resume(returning: conclusion) }
    }
  }
}
