public import Resources

extension Deployment {
  /// Identifier of a run within one engine.
  public struct RunID: Sendable, Hashable {
    /// Counts from 1.
    public let rawValue: UInt64
    init(_ rawValue: UInt64) { self.rawValue = rawValue }
  }

  /// One point in time on two clocks: that of the wall, which may jump, for records, and one that
  /// only goes forward, for waiting.
  public struct Moment: Sendable, Hashable {
    /// Time of day.
    public var wall: Timestamp
    /// Nanoseconds since some fixed point in the life of this process.
    public var elapsedNanos: Int64

    /// Makes a moment.
    public init(wall: Timestamp, elapsedNanos: Int64) {
      self.wall = wall
      self.elapsedNanos = elapsedNanos
    }
  }

  /// A handler run to be started.
  public struct Run: Sendable, Hashable {
    /// To be named when it ends.
    public var id: RunID
    /// Desired state to apply.
    public var resource: Resource
    /// Version that it belongs to.
    public var version: VersionNumber
    /// What to do.
    public var kind: ActionKind
    /// Whether something that it requires changed since its last successful run.
    public var eventReceived: Bool
    /// Whether an earlier run of it was cut off: what that one changed may not be on the disk, even
    /// if this one finds nothing to do.
    public var followsInterruption: Bool
    /// Why it runs, for the log.
    public var reason: String
  }

  /// What to do after a run that did not succeed.
  public enum Advice: Sendable, Hashable {
    /// Try again after the deploy interval.
    case atInterval
    /// Try again soon, then less and less often.
    case backOff
    /// Try again after so many seconds.
    case after(seconds: Double)
    /// Try again when it is asked for, desired state changes, an event comes or repair is due.
    case giveUp
  }

  /// How a run ended.
  public struct RunResult: Sendable, Hashable {
    /// How it ended.
    public var result: HandlerResult
    /// What it changed.
    public var change: Change
    /// Of a check: whether the resource differs from what is desired.
    public var differs: Bool
    /// What to do next, if it did not succeed.
    public var advice: Advice
    /// One line for people.
    public var message: String

    /// Makes a result.
    public init(
      result: HandlerResult, change: Change = .none, differs: Bool = false,
      advice: Advice = .atInterval, message: String = ""
    ) {
      self.result = result
      self.change = change
      self.differs = differs
      self.advice = advice
      self.message = message
    }
  }

  /// What must be remembered of a resource beside its state.
  public struct Memory: Sendable, Hashable {
    /// The resource.
    public var id: ResourceID
    /// Whether something that it requires changed and no successful run has seen that yet.
    public var hasEvent: Bool
    /// Whether a repair was begun or asked for that has not ended.
    public var needsRepair: Bool
    /// Whether a run was cut off by a crash, so that nobody knows what it changed.
    public var wasInterrupted: Bool

    /// Makes a memory.
    public init(
      id: ResourceID, hasEvent: Bool = false, needsRepair: Bool = false,
      wasInterrupted: Bool = false
    ) {
      self.id = id
      self.hasEvent = hasEvent
      self.needsRepair = needsRepair
      self.wasInterrupted = wasInterrupted
    }

    /// Whether there is nothing to remember.
    public var isEmpty: Bool { !hasEvent && !needsRepair && !wasInterrupted }
  }

  /// What the owner of the engine has to do.
  public enum Action: Sendable, Hashable {
    /// Store and send a state.
    case report(ResourceState)
    /// Store, for a restart.
    case remember(Memory)
    /// Work on a version begins.
    case openVersion(VersionNumber)
    /// Work on a version ended, for now or, after a newer release, for good.
    case closeVersion(VersionNumber)
    /// Call ``Deployment/timerFired(at:)`` at this point of ``Moment/elapsedNanos``; nil for never.
    /// Replaces the earlier one.
    case armTimer(dueNanos: Int64?)
    /// Everything that an ask wanted has ended. Comes after the states that tell what came of it.
    case answer(UInt64)
    /// Cancel a run; its end is reported as that of any other.
    case cancel(RunID)
    /// Start a run. Comes after everything that has to be stored before.
    case start(Run)
  }
}
