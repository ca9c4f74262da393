internal import Synchronization

/// Wakes one loop: many settings before it looks count as one. Outlives the tasks that wait for it.
final class Signal: Sendable {
  private struct State {
    var isSet = false
    var waiter: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  func set() {
    let waiter = state.withLock { state in
      state.isSet = true
      return take(&state.waiter)
    }
    waiter?.resume()
  }

  /// Waits for the next setting; false when the task is cancelled. One waiter at a time.
  func wait() async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          guard !state.isSet, !Task.isCancelled else { return true }
          precondition(state.waiter == nil, "a signal has one waiter at a time")
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      state.withLock { take(&$0.waiter) }?.resume()
    }
    guard !Task.isCancelled else { return false }
    state.withLock { $0.isSet = false }
    return true
  }
}
