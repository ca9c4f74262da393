public import Resources

/// The store's name for an agent instance.
public struct AgentInstanceKey: Sendable, Hashable {
  /// The number.
  public let rawValue: Int64

  /// Wraps a number.
  public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// What an agent instance says of itself.
public struct AgentHello: Sendable, Hashable {
  /// Identifier that the instance keeps on its disk.
  public var instanceID: [UInt8]
  /// Names that it serves; `*` stands for any characters.
  public var namePatterns: [String]
  /// Where its own services listen.
  public var address: String
  /// Version of its software.
  public var softwareVersion: String
  /// The last report number that it knows to be acknowledged.
  public var acknowledged: UInt64
  /// Version whose desired state it has on disk.
  public var version: VersionNumber?

  /// Makes a description.
  public init(
    instanceID: [UInt8], namePatterns: [String], address: String, softwareVersion: String = "",
    acknowledged: UInt64 = 0, version: VersionNumber? = nil
  ) {
    self.instanceID = instanceID
    self.namePatterns = namePatterns
    self.address = address
    self.softwareVersion = softwareVersion
    self.acknowledged = acknowledged
    self.version = version
  }
}

/// An agent instance that is or was connected.
public struct AgentInstanceRecord: Sendable, Hashable {
  /// The store's name for it.
  public var key: AgentInstanceKey
  /// What it last said of itself; `acknowledged` is the last report that is stored.
  public var hello: AgentHello
  /// When it was last heard of, by the server's clock.
  public var lastSeen: Timestamp

  /// Makes a record.
  public init(key: AgentInstanceKey, hello: AgentHello, lastSeen: Timestamp) {
    self.key = key
    self.hello = hello
    self.lastSeen = lastSeen
  }
}

/// A batch of reports of one agent instance.
public struct AgentReport: Sendable, Hashable {
  /// The instance.
  public var instance: AgentInstanceKey
  /// Its number, rising without gaps.
  public var number: UInt64
  /// States of resources.
  public var states: [ResourceState]
  /// Finished handler runs with their log entries.
  public var actions: [ResourceAction]
  /// Facts.
  public var facts: [Fact]
  /// Log entries that belong to no run.
  public var entries: [LogEntry]

  /// Makes a report.
  public init(
    instance: AgentInstanceKey, number: UInt64, states: [ResourceState] = [],
    actions: [ResourceAction] = [], facts: [Fact] = [], entries: [LogEntry] = []
  ) {
    self.instance = instance
    self.number = number
    self.states = states
    self.actions = actions
    self.facts = facts
    self.entries = entries
  }

  /// Checks that the number follows the last stored one.
  ///
  /// - Parameter acknowledged: The last report of the instance that is stored.
  /// - Returns: Whether the report is new.
  /// - Throws: ``StoreError`` with ``StoreError/Code/failedPrecondition`` if reports are missing.
  public func isNew(after acknowledged: UInt64) throws(StoreError) -> Bool {
    if number <= acknowledged { return false }
    guard number == acknowledged + 1 else {
      throw StoreError(
        .failedPrecondition,
        "report \(number) does not follow report \(acknowledged), the last one that is stored")
    }
    return true
  }
}

/// What came of a report.
public struct ReportOutcome: Sendable, Hashable {
  /// Whether it was stored now; false if it had been stored before.
  public var isNew: Bool
  /// The last report of the instance that is stored.
  public var acknowledged: UInt64
  /// States as they are now stored, of those resources that the released version has.
  public var states: [ResourceState]

  /// Makes an outcome.
  public init(isNew: Bool, acknowledged: UInt64, states: [ResourceState]) {
    self.isNew = isNew
    self.acknowledged = acknowledged
    self.states = states
  }
}

/// What agents are asked for.
public enum DeployMode: String, Sendable, Hashable, CaseIterable {
  /// Deploy what is not as desired.
  case deploy
  /// Read everything, and change what drifted.
  case repair
  /// Read everything, and report what drifted.
  case check
}

/// Number of a wish in the store of one environment, rising from 1.
public struct WishNumber: Sendable, Hashable, Comparable {
  /// The number.
  public let rawValue: Int64

  /// Makes a number.
  public init(_ rawValue: Int64) { self.rawValue = rawValue }

  /// Order of time.
  public static func < (first: WishNumber, second: WishNumber) -> Bool {
    first.rawValue < second.rawValue
  }
}

/// A wish as the store keeps it.
public struct StoredTrigger: Sendable, Hashable {
  /// Its number.
  public var number: WishNumber
  /// The wish.
  public var trigger: PendingTrigger

  /// Makes a stored wish.
  public init(number: WishNumber, trigger: PendingTrigger) {
    self.number = number
    self.trigger = trigger
  }
}

/// A wish that its agent has not fulfilled yet.
public struct PendingTrigger: Sendable, Hashable {
  /// Name of the agent.
  public var agent: String
  /// What to do.
  public var mode: DeployMode
  /// With which resources; empty for all of the agent.
  public var resourceIDs: [ResourceID]

  /// Makes a wish.
  public init(agent: String, mode: DeployMode, resourceIDs: [ResourceID]) {
    self.agent = agent
    self.mode = mode
    self.resourceIDs = resourceIDs
  }
}

extension [StoredTrigger] {
  /// Appends one resource of a wish, or all with nil; those that follow each other become one wish.
  package mutating func append(
    _ agent: String, _ mode: DeployMode, _ number: WishNumber, _ id: ResourceID?
  ) {
    if let id, let last, last.number == number, last.trigger.agent == agent,
      last.trigger.mode == mode, !last.trigger.resourceIDs.isEmpty
    {
      self[count - 1].trigger.resourceIDs.append(id)
    } else {
      append(
        StoredTrigger(
          number: number,
          trigger: PendingTrigger(agent: agent, mode: mode, resourceIDs: id.map { [$0] } ?? [])))
    }
  }
}

/// Contents of a file that are to be stored. Whoever makes it has verified the digest.
public struct FileContents: Sendable, Hashable {
  /// SHA-256 of the bytes.
  public var digest: ContentDigest
  /// The bytes.
  public var bytes: [UInt8]

  /// Largest file in bytes.
  public static let bytesMax = 64 << 20

  /// Makes contents.
  public init(digest: ContentDigest, bytes: [UInt8]) {
    self.digest = digest
    self.bytes = bytes
  }
}

/// What a retention job removed.
public struct RetentionSummary: Sendable, Hashable {
  /// Number of versions.
  public var versions = 0
  /// Number of chunks of actions and log entries.
  public var actions = 0
  /// Number of facts.
  public var facts = 0
  /// Number of files.
  public var files = 0

  /// Seconds for which a file stays that no version names, since it was last asked for: a day.
  public static let fileGraceSeconds: Double = 86_400

  /// Starts with nothing.
  public init() {}
}
