public import Resources
public import Schema

extension Resources.LogEntry {
  /// Creates the entry that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for malformed ids and values, and for a level that is not set.
  public init(_ message: LogV1.LogEntry) throws(MappingError) {
    try self.init(message, of: nil)
  }

  /// Shares the id of the resource that was handled, if it is that of the entry.
  init(_ message: LogV1.LogEntry, of handled: ResourceID?) throws(MappingError) {
    var id: ResourceID?
    if handled?.description == message.resourceID {
      id = handled
    } else if !message.resourceID.isEmpty {
      id = try mappedResourceID("resource_id", message.resourceID)
    }
    self.init(
      sequence: message.sequence, time: Timestamp(unixNanos: message.timeUnixNanos),
      level: try mappedCase("level", message.level) { LogLevel($0) },
      template: message.template, arguments: try mappedFields("arguments", message.arguments),
      text: message.text, agent: message.agent,
      resourceID: id,
      handlerID: message.handlerID,
      actionID: try mappedActionID("action_id", message.actionID),
      version: VersionNumber(message.version), error: message.error.map { ErrorInfo($0) },
      gap: try message.gap.map { message throws(MappingError) in
        try at("gap") { () throws(MappingError) in try LogGap(message) }
      })
  }
}

extension LogV1.LogEntry {
  /// Creates the message for an entry.
  public init(_ entry: Resources.LogEntry) {
    self.init(
      sequence: entry.sequence, timeUnixNanos: entry.time.unixNanos, level: .init(entry.level),
      template: entry.template, arguments: [String: ValueV1.Value](entry.arguments),
      text: entry.text, agent: entry.agent, resourceID: entry.resourceID?.description ?? "",
      handlerID: entry.handlerID, actionID: entry.actionID?.bytes ?? [],
      version: entry.version?.rawValue ?? 0, error: entry.error.map { .init($0) },
      gap: entry.gap.map { .init($0) })
  }
}

extension Resources.ErrorInfo {
  /// Creates the error that a message stands for.
  public init(_ message: LogV1.ErrorInfo) {
    self.init(type: message.type, message: message.message, causes: message.causes)
  }
}

extension LogV1.ErrorInfo {
  /// Creates the message for an error.
  public init(_ error: Resources.ErrorInfo) {
    self.init(type: error.type, message: error.message, causes: error.causes)
  }
}

extension Resources.LogGap {
  /// Creates the gap that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a level that is not set.
  public init(_ message: LogV1.LogGap) throws(MappingError) {
    self.init(
      dropped: message.dropped,
      highestLevel: try mappedCase("highest_level", message.highestLevel) { LogLevel($0) },
      reason: message.reason)
  }
}

extension LogV1.LogGap {
  /// Creates the message for a gap.
  public init(_ gap: Resources.LogGap) {
    self.init(
      dropped: gap.dropped, highestLevel: .init(gap.highestLevel), reason: gap.reason)
  }
}

extension Resources.LogFilter {
  /// Creates the filter that a message stands for; a level that is not set lets every level pass.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a level that is not known and a malformed action id.
  public init(_ message: LogV1.LogFilter) throws(MappingError) {
    var minimum = LogLevel.trace
    if message.minimumLevel != .unspecified {
      minimum = try mappedCase("minimum_level", message.minimumLevel) { LogLevel($0) }
    }
    self.init(
      minimumLevel: minimum, agents: Set(message.agents),
      resourcePatterns: message.resourceIDs.map { GlobPattern($0) },
      handlerIDs: Set(message.handlerIDs), contains: message.contains,
      actionID: try mappedActionID("action_id", message.actionID),
      version: VersionNumber(message.version))
  }
}

extension LogV1.LogFilter {
  /// Creates the message for a filter.
  public init(_ filter: Resources.LogFilter) {
    self.init(
      minimumLevel: .init(filter.minimumLevel), agents: filter.agents.sorted(),
      resourceIDs: filter.resourcePatterns.map(\.description),
      handlerIDs: filter.handlerIDs.sorted(), contains: filter.contains,
      actionID: filter.actionID?.bytes ?? [], version: filter.version?.rawValue ?? 0)
  }
}
