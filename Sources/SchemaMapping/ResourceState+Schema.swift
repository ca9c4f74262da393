public import Resources
public import Schema

extension Resources.ResourceState {
  /// Creates the state that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a malformed id or hash, and for a vector that is not set.
  public init(_ message: ResourceV1.ResourceState) throws(MappingError) {
    self.init(
      id: try mappedResourceID("resource_id", message.resourceID),
      compliance: try mappedCase("compliance", message.compliance) { Compliance($0) },
      handlerResult: try mappedCase("handler_result", message.handlerResult) {
        HandlerResult($0)
      },
      blocked: try mappedCase("blocked", message.blocked) { Blocked($0) },
      isDeploying: message.isDeploying, version: VersionNumber(message.version),
      attributeHash: try mappedDigest("attribute_hash", message.attributeHash),
      change: try mappedCase("change", message.change) { Change($0) },
      time: timestamp(message.timeUnixNanos), message: message.message)
  }
}

extension ResourceV1.ResourceState {
  /// Creates the message for a state.
  public init(_ state: Resources.ResourceState) {
    self.init(
      resourceID: state.id.description, compliance: .init(state.compliance),
      handlerResult: .init(state.handlerResult), blocked: .init(state.blocked),
      isDeploying: state.isDeploying, version: state.version?.rawValue ?? 0,
      attributeHash: state.attributeHash?.bytes ?? [], change: .init(state.change),
      timeUnixNanos: state.time?.unixNanos ?? 0, message: state.message)
  }
}

extension Resources.AttributeChange {
  /// Creates the change that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a malformed value.
  public init(_ message: ResourceV1.AttributeChange) throws(MappingError) {
    self.init(
      field: message.field, current: try optionalValue("current", message.current),
      desired: try optionalValue("desired", message.desired))
  }
}

extension ResourceV1.AttributeChange {
  /// Creates the message for a change.
  public init(_ change: Resources.AttributeChange) {
    self.init(
      field: change.field, current: change.current.map { ValueV1.Value($0) },
      desired: change.desired.map { ValueV1.Value($0) })
  }
}

extension Resources.Fact {
  /// Creates the fact that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a malformed id or value.
  public init(_ message: ResourceV1.Fact) throws(MappingError) {
    self.init(
      resourceID: try mappedResourceID("resource_id", message.resourceID), name: message.name,
      value: try required("value", try optionalValue("value", message.value)),
      time: Timestamp(unixNanos: message.timeUnixNanos), expires: message.expires,
      expiry: timestamp(message.expiresUnixNanos))
  }
}

extension ResourceV1.Fact {
  /// Creates the message for a fact.
  public init(_ fact: Resources.Fact) {
    self.init(
      resourceID: fact.resourceID.description, name: fact.name, value: ValueV1.Value(fact.value),
      timeUnixNanos: fact.time.unixNanos, expiresUnixNanos: fact.expiry?.unixNanos ?? 0,
      expires: fact.expires)
  }
}

extension Resources.ResourceAction {
  /// Creates the action that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for malformed ids, values and entries, and for what is not set.
  public init(_ message: ResourcesV1.ResourceAction) throws(MappingError) {
    let resourceID = try mappedResourceID("resource_id", message.resourceID)
    self.init(
      id: try required("action_id", try mappedActionID("action_id", message.actionID)),
      resourceID: resourceID,
      version: VersionNumber(message.version),
      kind: try mappedCase("kind", message.kind) { ActionKind($0) },
      started: Timestamp(unixNanos: message.startedUnixNanos),
      finished: Timestamp(unixNanos: message.finishedUnixNanos),
      result: try mappedCase("result", message.result) { HandlerResult($0) },
      change: try mappedCase("change", message.change) { Change($0) },
      changes: try mappedList("changes", message.changes) { message throws(MappingError) in
        try AttributeChange(message)
      },
      message: message.message,
      entries: try mappedList("entries", message.entries) { message throws(MappingError) in
        try LogEntry(message, of: resourceID)
      })
  }
}

extension ResourcesV1.ResourceAction {
  /// Creates the message for an action.
  public init(_ action: Resources.ResourceAction) {
    self.init(
      actionID: action.id.bytes, resourceID: action.resourceID.description,
      version: action.version?.rawValue ?? 0, kind: .init(action.kind),
      startedUnixNanos: action.started.unixNanos, finishedUnixNanos: action.finished.unixNanos,
      result: .init(action.result), change: .init(action.change),
      changes: action.changes.map { .init($0) }, message: action.message,
      entries: action.entries.map { .init($0) }, agent: action.resourceID.agent)
  }
}
