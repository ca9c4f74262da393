/// When a failed call is tried again without asking its caller (gRPC: A6).
///
/// An attempt counts as failed when the server answered with nothing but a status of
/// ``retryableCodes``. Once a message or initial metadata of an answer is here, or the requests of
/// the call no longer fit into the buffer of the channel, the call is never tried again. A server
/// may say by `grpc-retry-pushback-ms` when the next attempt is welcome, or that none is. Hedging,
/// that is several attempts at the same time, is not offered.
///
/// Calls that the server has certainly not begun are tried again without any policy.
public struct RetryPolicy: Sendable, Hashable {
  /// The most attempts, the first one included: 1 to 5.
  public var attemptsMax: Int
  /// The wait before the second attempt, varied by a fifth up or down.
  public var backoffInitial: Duration
  /// The longest wait, before it is varied.
  public var backoffMax: Duration
  /// The factor from one wait to the next.
  public var backoffMultiplier: Double
  /// The codes that are tried again.
  public var retryableCodes: Set<StatusCode>

  /// The most attempts that any policy may ask for (gRPC: A6).
  public static let attemptsLimit = 5
  /// One attempt: no status is tried again.
  public static let never = RetryPolicy(attemptsMax: 1)

  /// Creates a policy.
  ///
  /// - Parameters:
  ///   - attemptsMax: The most attempts, the first one included; cut at five.
  ///   - backoffInitial: The wait before the second attempt.
  ///   - backoffMax: The longest wait.
  ///   - backoffMultiplier: The factor from one wait to the next.
  ///   - retryableCodes: The codes that are tried again.
  public init(
    attemptsMax: Int = 4,
    backoffInitial: Duration = .milliseconds(100),
    backoffMax: Duration = .seconds(5),
    backoffMultiplier: Double = 2,
    retryableCodes: Set<StatusCode> = [.unavailable]
  ) {
    precondition(attemptsMax > 0, "a call has at least one attempt")
    precondition(!retryableCodes.contains(.ok), "a call that succeeded is not tried again")
    self.attemptsMax = min(attemptsMax, Self.attemptsLimit)
    self.backoffInitial = backoffInitial
    self.backoffMax = backoffMax
    self.backoffMultiplier = backoffMultiplier
    self.retryableCodes = retryableCodes
  }

  /// Returns the wait after a number of failed attempts.
  ///
  /// - Parameters:
  ///   - attempts: The attempts so far, at least one.
  ///   - generator: The source of the jitter.
  /// - Returns: The wait.
  package func wait(
    afterAttempts attempts: Int,
    using generator: inout some RandomNumberGenerator
  ) -> Duration {
    var wait = backoffInitial
    for _ in 1..<max(attempts, 1) where wait < backoffMax { wait = wait * backoffMultiplier }
    return min(wait, backoffMax) * Double.random(in: 0.8...1.2, using: &generator)
  }
}
