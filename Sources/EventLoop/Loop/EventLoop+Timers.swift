/// A timer that was set and may be cancelled.
public struct TimerID: Sendable, Hashable {
  let value: UInt64
}

extension EventLoop {
  /// Calls back once at an instant. Loop only.
  ///
  /// - Parameters:
  ///   - instant: When to call.
  ///   - callback: What to call, on the loop.
  /// - Returns: The timer, for ``cancel(_:)``.
  public func setTimer(
    at instant: ContinuousClock.Instant,
    _ callback: @escaping () -> Void
  ) -> TimerID {
    checkIsolated()
    return TimerID(value: state.timers.add(at: instant, callback))
  }

  /// Cancels a timer; no effect after it has called back. Loop only.
  ///
  /// - Parameter timer: The timer.
  public func cancel(_ timer: TimerID) {
    checkIsolated()
    state.timers.cancel(timer.value)
  }
}
