/// The instant by which a call must have ended, on the clock of this machine that never goes back.
public struct Deadline: Sendable, Hashable, Comparable {
  /// The instant.
  public let instant: ContinuousClock.Instant

  /// Creates a deadline at an instant.
  ///
  /// - Parameter instant: The instant by which the call must have ended.
  public init(_ instant: ContinuousClock.Instant) {
    self.instant = instant
  }

  /// Returns the deadline that lies a duration from now. Far futures stop at about 292 years.
  ///
  /// - Parameter timeout: The time that the call may take.
  /// - Returns: The deadline.
  public static func after(_ timeout: Duration) -> Deadline {
    Deadline(ContinuousClock.now.advanced(by: min(timeout, .seconds(9_000_000_000))))
  }

  /// The time that is left; negative when the deadline has passed.
  public var remaining: Duration { ContinuousClock.now.duration(to: instant) }

  /// Whether the deadline has passed.
  public var hasPassed: Bool { instant <= ContinuousClock.now }

  /// Whether one deadline is earlier than another.
  public static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}
