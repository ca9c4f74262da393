extension Deployment {
  /// Limits and intervals.
  public struct Settings: Sendable, Hashable {
    /// Runs at the same time, at most.
    public var parallelism: Int
    /// Seconds after which a resource that is not as desired is tried again; 0 for never.
    public var deployIntervalSeconds: Double
    /// Seconds after which a compliant resource is repaired; 0 for never.
    public var repairIntervalSeconds: Double
    /// Timers are spread by this fraction of their time, both ways, so that the resources of a
    /// fleet that started together do not run together for ever.
    public var jitterFraction: Double
    /// First wait of ``Advice/backOff``; doubles each time, up to the deploy interval.
    public var backOffSecondsInitial: Double

    /// Enough to hide the waits of handlers, few enough for a small machine.
    public static let parallelismDefault = 16
    /// The reference's default.
    public static let deployIntervalSecondsDefault = 600.0
    /// The reference's default: a day.
    public static let repairIntervalSecondsDefault = 86_400.0
    /// A tenth.
    public static let jitterFractionDefault = 0.1
    /// One second.
    public static let backOffSecondsInitialDefault = 1.0
    /// Longest wait of ``Advice/backOff`` when the deploy interval is off.
    public static let backOffSecondsMax = 600.0

    /// Makes settings; values out of range are moved to the nearest allowed one.
    public init(
      parallelism: Int = parallelismDefault,
      deployIntervalSeconds: Double = deployIntervalSecondsDefault,
      repairIntervalSeconds: Double = repairIntervalSecondsDefault,
      jitterFraction: Double = jitterFractionDefault,
      backOffSecondsInitial: Double = backOffSecondsInitialDefault
    ) {
      self.parallelism = max(1, parallelism)
      self.deployIntervalSeconds = max(0, deployIntervalSeconds)
      self.repairIntervalSeconds = max(0, repairIntervalSeconds)
      self.jitterFraction = min(max(0, jitterFraction), 0.5)
      self.backOffSecondsInitial = max(0.001, backOffSecondsInitial)
    }
  }
}
