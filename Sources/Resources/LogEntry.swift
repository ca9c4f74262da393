/// Importance of a log entry, in rising order.
public enum LogLevel: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// Every step.
  case trace = 1
  /// For whoever looks for a fault.
  case debug
  /// What was done.
  case info
  /// Something unexpected that did no harm.
  case warning
  /// A run failed.
  case error
  /// More than this run is in danger.
  case critical

  /// Whether one level is less important than another.
  public static func < (first: LogLevel, second: LogLevel) -> Bool {
    first.rawValue < second.rawValue
  }

  /// Lowercase name, as in JSON and on the command line.
  public var name: String {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    case .critical: "critical"
    }
  }

  /// Finds the level of a lowercase name.
  public init?(name: String) {
    guard let level = LogLevel.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }
}

/// An error that a handler met.
public struct ErrorInfo: Sendable, Hashable {
  /// Type of the error.
  public var type: String
  /// Its message.
  public var message: String
  /// What caused it, nearest first, each as `type: message`.
  public var causes: [String]

  /// Makes a description of an error.
  public init(type: String, message: String, causes: [String] = []) {
    self.type = type
    self.message = message
    self.causes = causes
  }
}

/// Entries that are missing because a queue or the spool was full.
public struct LogGap: Sendable, Hashable {
  /// How many are missing.
  public var dropped: UInt64
  /// Highest level among them.
  public var highestLevel: LogLevel
  /// Why they are missing.
  public var reason: String

  /// Makes a record of missing entries.
  public init(dropped: UInt64, highestLevel: LogLevel, reason: String) {
    self.dropped = dropped
    self.highestLevel = highestLevel
    self.reason = reason
  }
}

/// One structured log entry.
public struct LogEntry: Sendable, Hashable {
  /// Position in the agent's log: rising, each used once.
  public var sequence: UInt64
  /// When it was logged, by the agent's clock.
  public var time: Timestamp
  /// Importance.
  public var level: LogLevel
  /// The message as the handler wrote it, with names in braces.
  public var template: String
  /// The arguments, by name; secrets are redacted already.
  public var arguments: [String: Value]
  /// The message with the arguments put in.
  public var text: String
  /// Name of the agent.
  public var agent: String
  /// Resource that was handled.
  public var resourceID: ResourceID?
  /// Identifier of the handler; empty if the agent itself speaks.
  public var handlerID: String
  /// Handler run that it belongs to.
  public var actionID: ActionID?
  /// Version that was deployed.
  public var version: VersionNumber?
  /// The error, for entries made by `exception`.
  public var error: ErrorInfo?
  /// Set if this record stands for entries that are missing.
  public var gap: LogGap?

  /// Makes an entry.
  public init(
    sequence: UInt64, time: Timestamp, level: LogLevel, template: String,
    arguments: [String: Value] = [:], text: String, agent: String,
    resourceID: ResourceID? = nil, handlerID: String = "", actionID: ActionID? = nil,
    version: VersionNumber? = nil, error: ErrorInfo? = nil, gap: LogGap? = nil
  ) {
    self.sequence = sequence
    self.time = time
    self.level = level
    self.template = template
    self.arguments = arguments
    self.text = text
    self.agent = agent
    self.resourceID = resourceID
    self.handlerID = handlerID
    self.actionID = actionID
    self.version = version
    self.error = error
    self.gap = gap
  }
}

/// Which log entries are wanted. Conditions that are empty do not restrict; all others must hold.
public struct LogFilter: Sendable, Hashable {
  /// Lowest level.
  public var minimumLevel: LogLevel
  /// Agents, any of them.
  public var agents: Set<String>
  /// Resource ids, any of them; `*` stands for any characters.
  public var resourcePatterns: [GlobPattern]
  /// Handlers, any of them.
  public var handlerIDs: Set<String>
  /// Text that the rendered message contains.
  public var contains: String
  /// One handler run.
  public var actionID: ActionID?
  /// One version.
  public var version: VersionNumber?

  /// Makes a filter; by default one that lets everything pass.
  public init(
    minimumLevel: LogLevel = .trace, agents: Set<String> = [],
    resourcePatterns: [GlobPattern] = [], handlerIDs: Set<String> = [], contains: String = "",
    actionID: ActionID? = nil, version: VersionNumber? = nil
  ) {
    self.minimumLevel = minimumLevel
    self.agents = agents
    self.resourcePatterns = resourcePatterns
    self.handlerIDs = handlerIDs
    self.contains = contains
    self.actionID = actionID
    self.version = version
  }

  /// Whether an entry is wanted. Records of missing entries always are.
  ///
  /// - Parameter entry: The entry.
  /// - Returns: Whether every condition holds.
  public func matches(_ entry: LogEntry) -> Bool {
    if entry.gap != nil { return true }
    if entry.level < minimumLevel { return false }
    if !agents.isEmpty, !agents.contains(entry.agent) { return false }
    if !handlerIDs.isEmpty, !handlerIDs.contains(entry.handlerID) { return false }
    if !resourcePatterns.isEmpty {
      guard let id = entry.resourceID?.description,
        resourcePatterns.contains(where: { $0.matches(id) })
      else { return false }
    }
    if let actionID, entry.actionID != actionID { return false }
    if let version, entry.version != version { return false }
    return contains.isEmpty || entry.text.utf8.containsSequence(contains.utf8)
  }
}

extension Collection<UInt8> {
  fileprivate func containsSequence(_ needle: some Collection<UInt8>) -> Bool {
    guard let first = needle.first else { return true }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first) {
      if self[found...].starts(with: needle) { return true }
      start = index(after: found)
    }
    return false
  }
}
