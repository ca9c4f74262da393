public import Resources
public import SouthboundKit

/// One run of a handler, as the agent asks for it. It carries all that the run needs.
public struct Operation: Sendable {
  /// Identifier of the run.
  public var actionID: ActionID
  /// Why the handler runs; `plan` and `check` change nothing.
  public var kind: ActionKind
  /// The resource in its desired state.
  public var resource: Resource
  /// Version whose desired state is applied.
  public var version: VersionNumber?
  /// Whether a resource that this one requires was changed since its last successful run.
  public var eventReceived: Bool
  /// Longest time of the run; what the handler says if nil.
  public var timeLimit: Duration?

  /// Describes a run.
  public init(
    actionID: ActionID = .random(), kind: ActionKind, resource: Resource,
    version: VersionNumber? = nil, eventReceived: Bool = false, timeLimit: Duration? = nil
  ) {
    self.actionID = actionID
    self.kind = kind
    self.resource = resource
    self.version = version
    self.eventReceived = eventReceived
    self.timeLimit = timeLimit
  }
}

/// How a run ended.
public struct Outcome: Sendable {
  /// How the handler ended: successful, failed or skipped.
  public var result: HandlerResult
  /// What it changed.
  public var change: Change
  /// Attributes that differed; those that it changed, or would have.
  public var changes: [AttributeChange]
  /// What it found out.
  public var facts: [Fact]
  /// Paths on this machine that the resource lives in.
  public var paths: [String]
  /// One line for people; empty if there is nothing to say.
  public var message: String
  /// What should happen next, if it did not succeed.
  public var hint: OutcomeHint
  /// Whether it was skipped because something that it requires is not as desired.
  public var isSkippedForDependencies: Bool
  /// Its log entries, in order; their `sequence` is 0.
  public var entries: [LogEntry]
  /// When it began.
  public var started: Timestamp
  /// When it ended.
  public var finished: Timestamp

  /// Whether the resource is as desired now, as far as this run knows: it succeeded, and nothing
  /// differs that the run was not allowed to change.
  public var isCompliant: Bool
}
