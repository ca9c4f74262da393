internal import ArgumentParser
internal import RPCCore

/// A service that is away: for how long it may be, and when it is tried again.
struct Absence {
  /// From the first attempt that failed on.
  var limit: Duration

  private var since: ContinuousClock.Instant?
  private var pause = Self.pauseInitial

  /// Pause after the first attempt; it doubles with each one.
  static let pauseInitial = Duration.milliseconds(100)
  /// Longest pause between two attempts.
  static let pauseMax = Duration.seconds(2)

  init(limit: Duration) { self.limit = limit }

  /// Checks what a user gave as the limit, in seconds.
  static func check(_ seconds: Double) throws {
    guard seconds >= 0, seconds <= 86_400 else {
      throw ValidationError("--away-limit is \(seconds), not between 0 and 86400 seconds")
    }
  }

  /// Waits before the next attempt.
  ///
  /// - Parameters:
  ///   - error: Why the last attempt failed.
  ///   - begins: Says that the service is away; called by the first attempt that failed.
  /// - Throws: `error` when the time is up, `CancellationError` when the task is cancelled.
  mutating func wait(after error: RPCError, _ begins: () -> Void) async throws {
    let now = ContinuousClock.now
    if since == nil, limit > .zero { begins() }
    let start = since ?? now
    since = start
    guard now - start < limit else { throw error }
    try await Task.sleep(for: pause)
    pause = min(pause * 2, Self.pauseMax)
  }

  /// Notes that the service has answered.
  ///
  /// - Returns: Whether it was away.
  mutating func end() -> Bool {
    defer { self = Absence(limit: limit) }
    return since != nil
  }
}
