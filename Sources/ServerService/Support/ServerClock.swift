internal import FoundationEssentials
public import Resources

/// The time as the server sees it; tests bring their own.
public struct ServerClock: Sendable {
  /// Date and time.
  public var now: @Sendable () -> Timestamp
  /// Time since some start, which never goes back and does not follow changes of the date.
  public var elapsed: @Sendable () -> Duration
  /// Waits; throws when the task is cancelled.
  public var sleep: @Sendable (Duration) async throws -> Void

  /// Makes a clock of its parts.
  ///
  /// - Parameters:
  ///   - now: Date and time.
  ///   - elapsed: Time since some start.
  ///   - sleep: Waits.
  public init(
    now: @escaping @Sendable () -> Timestamp, elapsed: @escaping @Sendable () -> Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.elapsed = elapsed
    self.sleep = sleep
  }

  /// The clock of this machine.
  public static var system: ServerClock {
    let start = ContinuousClock.now
    return ServerClock(
      now: { Timestamp(unixNanos: Int64(Date.now.timeIntervalSince1970 * 1e9)) },
      elapsed: { start.duration(to: .now) },
      sleep: { try await Task.sleep(for: $0) })
  }
}
