public import Resources

/// The deploy engine of one agent: which resource is handled when, as a value.
///
/// Inputs go in through the methods below; each returns the actions that its owner performs, in
/// order. What ``Action/report(_:)`` and ``Action/remember(_:)`` carry must be on disk before the
/// ``Action/start(_:)`` that follows them is performed: then a restart from disk resumes where a
/// crash interrupted. There is no clock, no I/O and no concurrency in here; randomness comes from
/// the seed.
public struct Deployment: Sendable {
  /// Limits and intervals.
  public internal(set) var settings: Settings
  /// Version that is enforced; nil before the first release.
  public internal(set) var version: VersionNumber?
  /// Whether an operator of this agent stopped runs from starting.
  public internal(set) var isPaused = false
  /// Whether deployment is stopped in the whole environment.
  public internal(set) var isHalted = false

  // Resources in the order of their ids, so that slots and traces are the same everywhere.
  var nodes: [Node] = []
  var slots: [ResourceID: Int] = [:]
  var remotes: [ResourceID: Remote] = [:]
  var runs: [RunID: ActiveRun] = [:]
  /// Number of runs of each version.
  var runVersions: [VersionNumber: Int] = [:]
  var ready = BinaryHeap<ReadyEntry>()
  var timers = BinaryHeap<TimerEntry>()
  var generator: SeededGenerator
  var runCount: UInt64 = 0
  var ticketCount: UInt64 = 0
  /// Nodes with a wish or a run.
  var activeCount = 0

  // Gathered while one input is handled; empty between inputs.
  var changedStates: [Int] = []
  var changedMemories: [Int] = []
  var recoveries: [Int] = []
  var starts: [Run] = []
  var idled: [Int] = []
  var answers: [UInt64] = []

  /// Resources that each open ask waits for.
  var asked: [UInt64: Int] = [:]

  var openVersions: Set<VersionNumber> = []
  var armedDue: Int64?

  /// Makes an engine without desired state.
  ///
  /// - Parameters:
  ///   - settings: Limits and intervals.
  ///   - seed: Of the randomness that spreads timers.
  public init(settings: Settings = Settings(), seed: UInt64) {
    self.settings = settings
    generator = SeededGenerator(seed: seed)
  }

  // MARK: - Inputs

  /// A handler run ended. Results of runs that are not known (any more) are ignored.
  ///
  /// - Parameters:
  ///   - id: The run.
  ///   - result: How it ended.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func finish(_ id: RunID, _ result: RunResult, at now: Moment) -> [Action] {
    guard let run = runs.removeValue(forKey: id) else { return [] }
    runVersions[run.version, default: 1] -= 1
    if runVersions[run.version] == 0 { runVersions[run.version] = nil }
    if let slot = slots[run.resourceID] {
      if run.isOrphan {
        release(slot, fromOrphan: id)
      } else {
        finish(run, in: slot, result, at: now)
      }
    }
    return settle(at: now)
  }

  /// A dry run that was made outside of this engine looked at a resource, and its findings are to
  /// be kept. Ignored if the desired state is another one by now, or if a run changes it just now.
  ///
  /// - Parameters:
  ///   - id: The resource.
  ///   - attributeHash: Hash of the desired state that it was compared with.
  ///   - result: What was found.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func observe(
    _ id: ResourceID, attributeHash: ContentDigest, _ result: RunResult, at now: Moment
  ) -> [Action] {
    guard let slot = slots[id], nodes[slot].run == nil,
      nodes[slot].resource.attributeHash == attributeHash
    else { return [] }
    applyCheck(result, in: slot, version: version, at: now)
    return settle(at: now)
  }

  /// A run that ended well did not last: what it changed did not reach the disk. Ignored if the
  /// resource is not believed to be as desired (any more).
  ///
  /// - Parameters:
  ///   - id: The resource.
  ///   - attributeHash: Hash of the desired state that the run applied.
  ///   - message: One line for people.
  ///   - now: The time.
  /// - Returns: What to do; it is tried again with back-off.
  public mutating func revoke(
    _ id: ResourceID, attributeHash: ContentDigest, message: String, at now: Moment
  ) -> [Action] {
    guard let slot = slots[id], nodes[slot].state.compliance == .compliant,
      nodes[slot].state.attributeHash == attributeHash
    else { return [] }
    revoke(slot, message, at: now)
    return settle(at: now)
  }

  /// States of resources of other agents arrived. Repeated ones do nothing.
  ///
  /// - Parameters:
  ///   - states: The states.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func receive(remote states: [ResourceState], at now: Moment) -> [Action] {
    var blockedChanged = false
    for state in states {
      guard let old = remotes[state.id] else { continue }
      let wasGood = old.isGood
      blockedChanged = blockedChanged || old.isBlocked != (state.blocked == .blocked)
      remotes[state.id]?.state = state
      let isGood = remotes[state.id]?.isGood ?? false
      for slot in old.dependents {
        if wasGood != isGood { addBadRequirements(isGood ? -1 : 1, to: slot) }
        if isEvent(state, after: old.state, for: slot) {
          receiveEvent(in: slot, from: state.id, priority: .release)
        }
      }
    }
    if blockedChanged { updateBlocked(at: now) }
    return settle(at: now)
  }

  /// Somebody wishes resources to be handled now.
  ///
  /// - Parameters:
  ///   - kind: `deploy` for what is not as desired, `repair` for everything, `check` to look only.
  ///   - ids: Which resources; empty for all. Unknown ones are ignored.
  ///   - ask: If given, ``Action/answer(_:)`` with this number follows when nothing of it waits or
  ///     runs any more; at once if nothing is concerned.
  ///   - now: The time.
  /// - Returns: What to do, and the number of resources that are concerned.
  public mutating func trigger(
    _ kind: ActionKind, _ ids: [ResourceID] = [], ask: UInt64? = nil, at now: Moment
  ) -> (actions: [Action], concerned: Int) {
    let chosen = ids.isEmpty ? Array(nodes.indices) : ids.compactMap { slots[$0] }
    var concerned: [Int] = []
    for slot in chosen where nodes[slot].state.blocked != .blocked {
      switch kind {
      case .deploy:
        guard nodes[slot].isDirty else { continue }
        concerned.append(slot)
        // A run that is going on right now applies the same desired state.
        guard nodes[slot].run == nil else { continue }
        schedule(slot, .deploy, .userDeploy, reason: "deploy was asked for")
      case .repair:
        concerned.append(slot)
        schedule(slot, .repair, .userRepair, reason: "repair was asked for")
      case .check, .plan:
        concerned.append(slot)
        schedule(slot, .check, .check, reason: "check was asked for")
      }
    }
    if let ask { self.ask(ask, for: concerned) }
    return (settle(at: now), concerned.count)
  }

  /// The time that ``Action/armTimer(dueNanos:)`` named has come. Harmless if it is called early.
  ///
  /// - Parameter now: The time.
  /// - Returns: What to do.
  public mutating func timerFired(at now: Moment) -> [Action] {
    armedDue = nil
    fireTimers(at: now)
    return settle(at: now)
  }

  /// Stops runs from starting; those that go on end.
  ///
  /// - Parameter now: The time.
  /// - Returns: What to do.
  public mutating func pause(at now: Moment) -> [Action] {
    isPaused = true
    return settle(at: now)
  }

  /// Lets runs start again.
  ///
  /// - Parameter now: The time.
  /// - Returns: What to do.
  public mutating func resume(at now: Moment) -> [Action] {
    isPaused = false
    return settle(at: now)
  }

  /// Deployment was stopped, or allowed again, in the whole environment. Does not touch a pause.
  ///
  /// - Parameters:
  ///   - halted: Whether it is stopped.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func setHalted(_ halted: Bool, at now: Moment) -> [Action] {
    isHalted = halted
    return settle(at: now)
  }

  /// Takes other limits and intervals; timers are set anew.
  ///
  /// - Parameters:
  ///   - settings: The new ones.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func update(settings: Settings, at now: Moment) -> [Action] {
    guard settings != self.settings else { return [] }
    self.settings = settings
    for slot in nodes.indices where nodes[slot].wish == nil && nodes[slot].run == nil {
      armTimer(slot, at: now, counting: .fromLastRun)
    }
    return settle(at: now)
  }

  /// The process ends: every run is to be cancelled. Nothing starts any more.
  ///
  /// - Returns: What to do.
  public mutating func stop() -> [Action] {
    isPaused = true
    return runs.keys.sorted { $0.rawValue < $1.rawValue }.map { .cancel($0) }
  }

  // MARK: - Views

  /// States of all resources, in the order of their ids.
  public var states: [ResourceState] { nodes.map(\.state) }

  /// Desired resources, in the order of their ids.
  public var resources: [Resource] { nodes.map(\.resource) }

  /// Finds a resource.
  ///
  /// - Parameter id: Its id.
  /// - Returns: The resource as desired, and its state; nil if there is none.
  public func view(_ id: ResourceID) -> (resource: Resource, state: ResourceState)? {
    slots[id].map { (nodes[$0].resource, nodes[$0].state) }
  }

  /// Whether a resource is there and believed to be as desired.
  ///
  /// - Parameter id: Its id.
  /// - Returns: False if there is none.
  public func isCompliant(_ id: ResourceID) -> Bool {
    slots[id].map { nodes[$0].state.compliance == .compliant } ?? false
  }

  /// Whether a resource is desired exactly like this.
  ///
  /// - Parameter resource: A resource.
  /// - Returns: Nil if there is none of its id.
  public func isDesired(_ resource: Resource) -> Bool? {
    slots[resource.id].map { nodes[$0].resource == resource }
  }

  /// Number of resources.
  public var resourceCount: Int { nodes.count }

  /// Number of resources that wait for a run or are in one.
  public var pendingCount: Int { activeCount }

  /// Number of runs that are going on, also of resources that are gone.
  public var runningCount: Int { runs.count }

  /// Resources of other agents whose states this engine wants to know.
  public var remoteRequirements: [ResourceID] { remotes.keys.sorted() }
}
