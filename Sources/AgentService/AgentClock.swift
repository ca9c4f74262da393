public import Deployment
internal import Resources

/// The time, and waiting.
public struct AgentClock: Sendable {
  /// The present moment.
  public var now: @Sendable () -> Deployment.Moment
  /// Suspends for so many nanoseconds; throws if the task is cancelled.
  public var sleep: @Sendable (_ nanos: Int64) async throws -> Void

  /// Makes a clock.
  public init(
    now: @escaping @Sendable () -> Deployment.Moment,
    sleep: @escaping @Sendable (_ nanos: Int64) async throws -> Void
  ) {
    self.now = now
    self.sleep = sleep
  }

  /// The clocks of the system.
  public static let system = AgentClock(
    now: {
      Deployment.Moment(
        wall: Timestamp(unixNanos: Syscalls.wallNanos()), elapsedNanos: Syscalls.elapsedNanos())
    },
    sleep: { try await Task.sleep(nanoseconds: UInt64(max(0, $0))) })

  func sleep(seconds: Double) async throws { try await sleep(Int64(seconds * 1e9)) }
}
