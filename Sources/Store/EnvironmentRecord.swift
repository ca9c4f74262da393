public import Resources

/// Settings of an environment.
public struct EnvironmentSettings: Sendable, Hashable {
  /// Seconds after which a resource that is not as desired is tried again.
  public var deployIntervalSeconds: UInt32
  /// Seconds after which a compliant resource is checked and repaired.
  public var repairIntervalSeconds: UInt32
  /// Number of versions that are kept; the released one always is.
  public var versionsKept: UInt32
  /// Days for which resource actions and their log entries are kept.
  public var actionRetentionDays: UInt32
  /// Seconds for which a fact is valid.
  public var factValiditySeconds: UInt32
  /// Whether the environment is protected from deletion.
  public var isProtected: Bool

  /// Longest interval or validity in seconds: a year.
  public static let intervalSecondsMax: UInt32 = 31_536_000
  /// Largest number of versions that can be kept.
  public static let versionsKeptMax: UInt32 = 10_000
  /// Longest retention in days: ten years.
  public static let actionRetentionDaysMax: UInt32 = 3_650

  /// Makes settings; by default those of design section 11.
  public init(
    deployIntervalSeconds: UInt32 = 600, repairIntervalSeconds: UInt32 = 86_400,
    versionsKept: UInt32 = 100, actionRetentionDays: UInt32 = 7,
    factValiditySeconds: UInt32 = 3_600, isProtected: Bool = false
  ) {
    self.deployIntervalSeconds = deployIntervalSeconds
    self.repairIntervalSeconds = repairIntervalSeconds
    self.versionsKept = versionsKept
    self.actionRetentionDays = actionRetentionDays
    self.factValiditySeconds = factValiditySeconds
    self.isProtected = isProtected
  }

  /// Checks each setting against its range.
  ///
  /// - Throws: ``StoreError`` with ``StoreError/Code/invalidArgument`` that names the setting.
  public func validate() throws(StoreError) {
    let rows: [(name: String, value: UInt32, max: UInt32)] = [
      ("deploy_interval_seconds", deployIntervalSeconds, Self.intervalSecondsMax),
      ("repair_interval_seconds", repairIntervalSeconds, Self.intervalSecondsMax),
      ("versions_kept", versionsKept, Self.versionsKeptMax),
      ("action_retention_days", actionRetentionDays, Self.actionRetentionDaysMax),
      ("fact_validity_seconds", factValiditySeconds, Self.intervalSecondsMax),
    ]
    for row in rows where row.value < 1 || row.value > row.max {
      throw StoreError(
        .invalidArgument, "setting \(row.name) is \(row.value), it must be from 1 to \(row.max)")
    }
  }
}

/// An environment as it is stored.
public struct EnvironmentRecord: Sendable, Hashable {
  /// Its name.
  public var name: EnvironmentName
  /// What it is for.
  public var description: String
  /// Its settings.
  public var settings: EnvironmentSettings
  /// Whether deployment is stopped.
  public var isHalted: Bool
  /// When it was made.
  public var created: Timestamp
  /// The released version.
  public var releasedVersion: VersionNumber?

  /// Longest description in bytes.
  public static let descriptionBytesMax = 4_096

  /// Makes a record.
  public init(
    name: EnvironmentName, description: String, settings: EnvironmentSettings = .init(),
    isHalted: Bool = false, created: Timestamp, releasedVersion: VersionNumber? = nil
  ) {
    self.name = name
    self.description = description
    self.settings = settings
    self.isHalted = isHalted
    self.created = created
    self.releasedVersion = releasedVersion
  }
}
