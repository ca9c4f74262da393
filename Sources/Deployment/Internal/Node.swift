import Resources

/// What wants a run to happen; a smaller one goes first.
enum Priority: Int, Sendable, Comparable {
  case userDeploy
  case release
  case userRepair
  case check
  case intervalDeploy
  case intervalRepair
  case none

  static func < (first: Priority, second: Priority) -> Bool { first.rawValue < second.rawValue }
}

/// A run that is to come.
struct Wish: Sendable {
  var kind: ActionKind
  var priority: Priority
  var ticket: UInt64
  var reason: String
}

/// A run that is going on.
struct ActiveRun: Sendable {
  var id: Deployment.RunID
  var resourceID: ResourceID
  var attributeHash: ContentDigest
  var version: VersionNumber
  var kind: ActionKind
  var priority: Priority
  /// Number of events when it started.
  var eventNumber: UInt64
  /// Whether its resource left the desired state; its result counts for nothing then.
  var isOrphan = false
}

/// A resource, its state and its place in the graph.
struct Node: Sendable {
  var resource: Resource
  var state: ResourceState
  var requires: [Int] = []
  var remoteRequires: [ResourceID] = []
  var dependents: [Int] = []

  var wish: Wish?
  var run: Deployment.RunID?
  /// Who asked for what it waits for or runs; usually nobody.
  var asks: [UInt64] = []
  /// Direct requirements that are busy: scheduled, running, or behind one that is.
  var busyRequirements = 0
  /// Direct requirements, also remote ones, that are not good.
  var badRequirements = 0
  var isBusy = false
  /// Best priority that was passed on to what this one waits for.
  var pulledPriority = Priority.none

  /// Counts events; 0 if none waits for a successful run.
  var eventNumber: UInt64 = 0
  var needsRepair = false
  /// Whether a run was cut off by a crash, and no successful one came after it.
  var wasInterrupted = false
  var retries = 0
  var hasGivenUp = false
  var timerDue: Int64?

  var isStateChanged = false
  var isMemoryChanged = false

  init(resource: Resource, state: ResourceState) {
    self.resource = resource
    self.state = state
  }

  // Inlined: else each question copies the node, a dozen parts of which are counted.

  /// Whether it has a wish or a run.
  @inline(__always) var isActive: Bool { wish != nil || run != nil }

  /// Whether what requires this one may run.
  @inline(__always) var isGood: Bool {
    state.compliance == .compliant && state.blocked == .notBlocked
  }

  /// Whether a deployment would have something to do.
  @inline(__always) var isDirty: Bool {
    state.compliance == .hasUpdate || state.compliance == .nonCompliant || eventNumber > 0
  }

  @inline(__always) var memory: Deployment.Memory {
    Deployment.Memory(
      id: resource.id, hasEvent: eventNumber > 0, needsRepair: needsRepair,
      wasInterrupted: wasInterrupted)
  }
}

/// A resource of another agent that one of ours requires.
struct Remote: Sendable {
  var state: ResourceState?
  var dependents: [Int] = []

  var isGood: Bool {
    guard let state else { return false }
    return state.compliance == .compliant && state.blocked == .notBlocked
  }
  var isBlocked: Bool { state?.blocked == .blocked }
}

struct ReadyEntry: Sendable, Comparable {
  var priority: Priority
  var ticket: UInt64
  var slot: Int

  static func < (first: ReadyEntry, second: ReadyEntry) -> Bool {
    (first.priority.rawValue, first.ticket) < (second.priority.rawValue, second.ticket)
  }
}

struct TimerEntry: Sendable, Comparable {
  var due: Int64
  var slot: Int

  static func < (first: TimerEntry, second: TimerEntry) -> Bool {
    (first.due, first.slot) < (second.due, second.slot)
  }
}
