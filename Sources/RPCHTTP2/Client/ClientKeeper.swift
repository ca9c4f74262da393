/// When a client asks its server for a sign of life, as a value.
///
/// ```
///  quiet --no bytes for the interval, with calls--> asked --bytes--> quiet
///                                                     |  none for the timeout: close
/// ```
struct ClientKeeper {
  typealias Instant = ContinuousClock.Instant

  enum Action: Hashable {
    case none
    case ping
    case close
  }

  private let interval: Duration?
  private let timeout: Duration
  private let isAllowedWithoutCalls: Bool
  private var hasCalls = false
  private var heardAt: Instant
  private var askedAt: Instant?

  init(
    interval: Duration?,
    timeout: Duration,
    isAllowedWithoutCalls: Bool,
    now: Instant
  ) {
    self.interval = interval
    self.timeout = timeout
    self.isAllowedWithoutCalls = isAllowedWithoutCalls
    heardAt = now
  }

  /// Whether there is anything to do ever.
  var isActive: Bool { interval != nil }

  mutating func received(now: Instant) {
    heardAt = now
    askedAt = nil
  }

  mutating func callsChanged(hasCalls: Bool) {
    self.hasCalls = hasCalls
  }

  /// The next instant at which ``timeCame(now:)`` may have something to say.
  var nextDeadline: Instant? {
    if let askedAt { return askedAt + timeout }
    guard let interval, hasCalls || isAllowedWithoutCalls else { return nil }
    return heardAt + interval
  }

  mutating func timeCame(now: Instant) -> Action {
    guard let deadline = nextDeadline, deadline <= now else { return .none }
    guard askedAt == nil else { return .close }
    askedAt = now
    return .ping
  }
}
