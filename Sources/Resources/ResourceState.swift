/// How the last known state of a resource relates to its desired state.
public enum Compliance: String, Sendable, Hashable, CaseIterable {
  /// As desired.
  case compliant
  /// The desired state changed since the last deployment.
  case hasUpdate = "has_update"
  /// Not as desired.
  case nonCompliant = "non_compliant"
  /// A field of the desired state is not known.
  case undefined
}

/// How the last run of a handler ended.
public enum HandlerResult: String, Sendable, Hashable, CaseIterable {
  /// It never ran.
  case new
  /// It did what was asked.
  case successful
  /// It failed.
  case failed
  /// It declined to run for now.
  case skipped
}

/// Whether something else keeps a resource from being deployed.
public enum Blocked: String, Sendable, Hashable, CaseIterable {
  /// Nothing.
  case notBlocked = "not_blocked"
  /// It, or something that it requires, has unknown values.
  case blocked
  /// Something that it requires is not as desired.
  case temporarilyBlocked = "temporarily_blocked"
}

/// What a handler run changed.
public enum Change: String, Sendable, Hashable, CaseIterable {
  /// Nothing.
  case none
  /// The resource was made.
  case created
  /// The resource was changed.
  case updated
  /// The resource was removed.
  case purged
}

/// State of one resource: three independent vectors, and what led to them.
public struct ResourceState: Sendable, Hashable {
  /// The resource.
  public var id: ResourceID
  /// Relation to the desired state.
  public var compliance: Compliance
  /// End of the last handler run.
  public var handlerResult: HandlerResult
  /// What keeps it from being deployed.
  public var blocked: Blocked
  /// Whether a handler runs now.
  public var isDeploying: Bool
  /// Version whose desired state the last run applied.
  public var version: VersionNumber?
  /// Attribute hash that the last run applied.
  public var attributeHash: ContentDigest?
  /// What the last run changed.
  public var change: Change
  /// When the last run ended, by the agent's clock.
  public var time: Timestamp?
  /// One line for people: why it failed, was skipped or is blocked.
  public var message: String

  /// Makes a state; by default that of a resource that was never deployed.
  public init(
    id: ResourceID, compliance: Compliance = .hasUpdate, handlerResult: HandlerResult = .new,
    blocked: Blocked = .notBlocked, isDeploying: Bool = false, version: VersionNumber? = nil,
    attributeHash: ContentDigest? = nil, change: Change = .none, time: Timestamp? = nil,
    message: String = ""
  ) {
    self.id = id
    self.compliance = compliance
    self.handlerResult = handlerResult
    self.blocked = blocked
    self.isDeploying = isDeploying
    self.version = version
    self.attributeHash = attributeHash
    self.change = change
    self.time = time
    self.message = message
  }
}

/// One attribute that differs, or that a run changed.
public struct AttributeChange: Sendable, Hashable {
  /// Name of the field.
  public var field: String
  /// Value that was found; nil if there was none.
  public var current: Value?
  /// Value that is desired; nil if there is none.
  public var desired: Value?

  /// Makes a change.
  public init(field: String, current: Value?, desired: Value?) {
    self.field = field
    self.current = current
    self.desired = desired
  }
}

/// A value that a handler found out about a resource.
public struct Fact: Sendable, Hashable {
  /// The resource.
  public var resourceID: ResourceID
  /// Name of the fact.
  public var name: String
  /// The value.
  public var value: Value
  /// When it was found.
  public var time: Timestamp
  /// Whether it stops being valid after the environment's validity time.
  public var expires: Bool
  /// When it stops being valid; nil for never, or if the keeper has yet to decide.
  public var expiry: Timestamp?

  /// Makes a fact.
  public init(
    resourceID: ResourceID, name: String, value: Value, time: Timestamp, expires: Bool = true,
    expiry: Timestamp? = nil
  ) {
    self.resourceID = resourceID
    self.name = name
    self.value = value
    self.time = time
    self.expires = expires
    self.expiry = expiry
  }
}

/// Why a handler ran.
public enum ActionKind: String, Sendable, Hashable, CaseIterable {
  /// Its desired state changed, or it was not compliant.
  case deploy
  /// To repair a compliant resource if it drifted.
  case repair
  /// To see what would be changed.
  case plan
  /// To see whether it drifted, without repairing it.
  case check
}

/// One finished handler run.
public struct ResourceAction: Sendable, Hashable {
  /// Its identifier.
  public var id: ActionID
  /// The resource.
  public var resourceID: ResourceID
  /// The version whose desired state was applied.
  public var version: VersionNumber?
  /// Why it ran.
  public var kind: ActionKind
  /// When it began, by the agent's clock.
  public var started: Timestamp
  /// When it ended, by the agent's clock.
  public var finished: Timestamp
  /// How it ended.
  public var result: HandlerResult
  /// What it changed.
  public var change: Change
  /// The attributes that it changed, or would have.
  public var changes: [AttributeChange]
  /// One line for people.
  public var message: String
  /// Its log entries.
  public var entries: [LogEntry]

  /// Makes an action.
  public init(
    id: ActionID, resourceID: ResourceID, version: VersionNumber?, kind: ActionKind,
    started: Timestamp, finished: Timestamp, result: HandlerResult, change: Change,
    changes: [AttributeChange] = [], message: String = "", entries: [LogEntry] = []
  ) {
    self.id = id
    self.resourceID = resourceID
    self.version = version
    self.kind = kind
    self.started = started
    self.finished = finished
    self.result = result
    self.change = change
    self.changes = changes
    self.message = message
    self.entries = entries
  }
}
