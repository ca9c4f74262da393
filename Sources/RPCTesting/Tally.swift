internal import Synchronization

/// Counts what happened, and lets tests wait for it.
public final class Tally: Sendable {
  private struct State {
    var count = 0
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  /// Creates a tally at zero.
  public init() {}

  /// How often it happened.
  public var count: Int { state.withLock(\.count) }

  /// Notes that it happened once more.
  public func increment() {
    let woken = state.withLock { state in
      state.count += 1
      let count = state.count
      let woken = state.waiters.filter { $0.count <= count }
      state.waiters.removeAll { $0.count <= count }
      return woken.map(\.continuation)
    }
    for waiter in woken { waiter.resume() }
  }

  /// Suspends until it has happened a number of times.
  ///
  /// - Parameter count: The number.
  public func wait(for count: Int) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isThere = state.withLock { state in
          guard state.count < count, !Task.isCancelled else { return true }
          state.waiters.append((count, continuation))
          return false
        }
        if isThere { continuation.resume() }
      }
    } onCancel: {
      // The time limit of a test that waits for what never happens.
      let waiters = state.withLock { state in
        defer { state.waiters = [] }
        return state.waiters
      }
      for (_, continuation) in waiters { continuation.resume() }
    }
  }
}
