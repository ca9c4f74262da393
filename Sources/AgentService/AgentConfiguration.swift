public import Resources

/// What an agent process is told when it starts.
public struct AgentConfiguration: Sendable {
  /// Environment that it works for.
  public var environment: EnvironmentName
  /// Agent names that it serves; `*` stands for any characters.
  public var namePatterns: [String]
  /// Folder for its disk state; its parent must exist.
  public var dataFolder: String
  /// Version of its software, for listings.
  public var softwareVersion: String
  /// Handler runs at the same time, at most.
  public var parallelism: Int
  /// Seconds after which a resource that is not as desired is tried again; the server's if nil.
  public var deployIntervalSeconds: Double?
  /// Seconds after which a compliant resource is repaired; the server's if nil.
  public var repairIntervalSeconds: Double?
  /// Log entries below it are not made.
  public var minimumLevel: LogLevel
  /// Sizes and times.
  public var limits: Limits

  /// Names and sizes of the limits.
  public struct Limits: Sendable, Hashable {
    /// Reports that may wait for an acknowledgement at the same time.
    public var reportsInFlightMax = 16
    /// Bytes of what waits on disk for the server; see `AgentStore`.
    public var spoolBytesMax = 64 << 20
    /// Log entries kept in memory for those who ask for history.
    public var historyEntriesMax = 10_000
    /// Log entries that wait for one subscriber; more are dropped and counted.
    public var subscriberEntriesMax = 2_000
    /// Pause after log entries were shown to the server, unless something else is sent.
    public var livePauseSeconds = 0.01
    /// Subscribers of the log at the same time.
    public var subscribersMax = 100
    /// Bytes of the log entries of one run; more are dropped and counted.
    public var runLogBytesMax = 1 << 20
    /// Bytes of one text in the changes of a run; longer ones are left out.
    public var changeTextBytesMax = 64 << 10
    /// Finished runs that wait in memory while the disk refuses them.
    public var unstoredActionsMax = 5_000
    /// Bytes of them, about.
    public var unstoredBytesMax = 64 << 20
    /// Bytes of one file of the log, and how many of them are kept.
    public var logFileBytesMax = 16 << 20
    /// Files of the log that are kept.
    public var logFilesMax = 5
    /// Bytes of one content.
    public var contentBytesMax = 256 << 20
    /// Bytes of contents that are kept in memory between their download and their use.
    public var recentContentBytesMax = 8 << 20
    /// Dry runs of one plan at the same time.
    public var planParallelism = 4
    /// Plans that wait or run at the same time.
    public var plansMax = 16
    /// Resources of one desired state or plan.
    public var resourcesMax = 1_000_000
    /// First pause before the server is dialled again; doubles each time.
    public var reconnectSecondsInitial = 0.2
    /// Longest pause before the server is dialled again.
    public var reconnectSecondsMax = 30.0
    /// Pause before the disk is tried again.
    public var diskRetrySeconds = 1.0
    /// Time that the server gets to take what is reported last, and the end of the session.
    public var farewellSeconds = 5.0

    /// Makes the default limits.
    public init() {}
  }

  /// Makes a configuration.
  public init(
    environment: EnvironmentName, namePatterns: [String], dataFolder: String,
    softwareVersion: String = "", parallelism: Int = 16, deployIntervalSeconds: Double? = nil,
    repairIntervalSeconds: Double? = nil, minimumLevel: LogLevel = .debug,
    limits: Limits = Limits()
  ) {
    self.environment = environment
    self.namePatterns = namePatterns
    self.dataFolder = dataFolder
    self.softwareVersion = softwareVersion
    self.parallelism = parallelism
    self.deployIntervalSeconds = deployIntervalSeconds
    self.repairIntervalSeconds = repairIntervalSeconds
    self.minimumLevel = minimumLevel
    self.limits = limits
  }
}
