public import Resources

// New desired state, from the server or, at a start, from disk.
extension Deployment {
  /// What is on disk when an agent starts.
  public struct Stored: Sendable {
    /// States of the resources.
    public var states: [ResourceState]
    /// What was to be remembered.
    public var memories: [Memory]

    /// Makes one.
    public init(states: [ResourceState], memories: [Memory]) {
      self.states = states
      self.memories = memories
    }
  }

  /// The desired state of all resources of the agent, at once.
  public struct Release: Sendable {
    /// The version.
    public var version: VersionNumber
    /// Its resources, in any order.
    public var resources: [Resource]
    /// States as the server knows them; used where the agent knows none.
    public var knownStates: [ResourceState]
    /// States of resources of other agents that these require.
    public var remoteStates: [ResourceState]

    /// Makes a release.
    public init(
      version: VersionNumber, resources: [Resource], knownStates: [ResourceState] = [],
      remoteStates: [ResourceState] = []
    ) {
      self.version = version
      self.resources = resources
      self.knownStates = knownStates
      self.remoteStates = remoteStates
    }
  }

  /// Desired state that can be put in force.
  public struct CheckedRelease: Sendable {
    let release: Release
    /// Positions of the resources in the order of their ids.
    let order: [Int]

    /// Checks desired state.
    ///
    /// - Parameter release: The desired state.
    /// - Throws: ``DeploymentError`` if an id occurs twice or resources require each other in a
    ///   circle.
    public init(_ release: Release) throws(DeploymentError) {
      order = try Graph.check(release.resources)
      self.release = release
    }
  }

  /// Desired state is in force from now on. It must be on disk already.
  ///
  /// What did not change and is compliant is left alone; what changed or is not as desired is
  /// deployed; what is gone is forgotten (a run of it that goes on ends, and counts for nothing).
  ///
  /// - Parameters:
  ///   - release: The desired state.
  ///   - now: The time.
  /// - Returns: What to do.
  /// - Throws: ``DeploymentError`` if an id occurs twice or resources require each other in a
  ///   circle; the earlier desired state stays in force.
  public mutating func release(
    _ release: Release, at now: Moment
  ) throws(DeploymentError) -> [Action] {
    self.release(try CheckedRelease(release), at: now)
  }

  /// Desired state that was checked is in force from now on; see ``release(_:at:)``.
  ///
  /// - Parameters:
  ///   - checked: The desired state.
  ///   - now: The time.
  /// - Returns: What to do.
  public mutating func release(_ checked: CheckedRelease, at now: Moment) -> [Action] {
    let release = checked.release
    let order = checked.order
    var states = [ResourceID: ResourceState](minimumCapacity: release.knownStates.count)
    for state in release.knownStates where slots[state.id] == nil { states[state.id] = state }
    install(release, order: order, at: now) { id in
      guard let state = states[id] else { return nil }
      // An agent that lost its disk verifies what the server believes.
      let isKept = state.compliance == .compliant
      return (state, Memory(id: id, needsRepair: isKept, wasInterrupted: state.isDeploying))
    }
    // A resource that never had a run needs nothing of this: a restart finds it as new.
    for state in release.knownStates
    where states[state.id] != nil && state != ResourceState(id: state.id) {
      if let slot = slots[state.id] { noteAll(slot) }
    }
    return settle(at: now)
  }

  /// Resumes after a start with what is on disk. To be called once, on a new engine.
  ///
  /// - Parameters:
  ///   - release: The desired state on disk.
  ///   - stored: States and memories on disk.
  ///   - now: The time.
  /// - Returns: What to do.
  /// - Throws: ``DeploymentError`` as ``release(_:at:)`` does.
  public mutating func restore(
    _ release: Release, _ stored: Stored, at now: Moment
  ) throws(DeploymentError) -> [Action] {
    let order = try Graph.check(release.resources)
    let states = Dictionary(stored.states.map { ($0.id, $0) }) { $1 }
    let hashes = Dictionary(release.resources.map { ($0.id, $0.attributeHash) }) { $1 }
    let memories = Dictionary(stored.memories.map { ($0.id, $0) }) { $1 }
    install(release, order: order, at: now) { id in
      var memory = memories[id] ?? Memory(id: id)
      guard let state = states[id] else {
        memory.wasInterrupted = true
        return (ResourceState(id: id), memory)
      }
      // What has work to do may have been at it when the process died: only runs of compliant
      // resources wait until their memory is stored.
      memory.wasInterrupted =
        memory.wasInterrupted || memory.needsRepair || memory.hasEvent || state.isDeploying
        || state.compliance != .compliant || state.attributeHash != hashes[id]
      return (state, memory)
    }
    return settle(at: now)
  }

  private mutating func install(
    _ release: Release, order: [Int], at now: Moment,
    recall: (ResourceID) -> (state: ResourceState, memory: Memory)?
  ) {
    version = release.version
    if hasSameGraph(release.resources, order) {
      for (slot, index) in order.enumerated() { renew(slot, release.resources[index]) }
    } else {
      rebuild(release.resources, order, recall)
    }
    let oldRemotes = remotes
    for state in release.remoteStates where remotes[state.id] != nil {
      remotes[state.id]?.state = state
    }
    recount()
    updateBlocked(at: now)
    for state in release.remoteStates {
      guard let old = oldRemotes[state.id] else { continue }
      for slot in old.dependents where isEvent(state, after: old.state, for: slot) {
        receiveEvent(in: slot, from: state.id, priority: .release)
      }
    }
    for slot in nodes.indices { wake(slot, at: now) }
  }

  private func hasSameGraph(_ resources: [Resource], _ order: [Int]) -> Bool {
    guard resources.count == nodes.count else { return false }
    for (slot, index) in order.enumerated() {
      guard nodes[slot].resource.id == resources[index].id,
        nodes[slot].resource.requires == resources[index].requires
      else { return false }
    }
    return true
  }

  /// Takes a new intent into an existing node.
  private mutating func renew(_ slot: Int, _ resource: Resource) {
    let isNewIntent =
      nodes[slot].resource.attributeHash != resource.attributeHash
      || nodes[slot].resource.unknownFields != resource.unknownFields
    nodes[slot].resource = resource
    guard isNewIntent else { return }
    nodes[slot].retries = 0
    nodes[slot].hasGivenUp = false
    let runningHash = nodes[slot].run.flatMap { runs[$0]?.attributeHash }
    let compliance = Deployment.compliance(
      of: resource, state: nodes[slot].state, runningHash: runningHash)
    nodes[slot].state.isDeploying = nodes[slot].run != nil
    setWithoutPassingOn(slot) { $0.compliance = compliance }
  }

  /// How a state relates to an intent.
  ///
  /// A state that was once out of date never becomes compliant by itself, even when the intent
  /// goes back to what was applied: a run in between may have been cut off.
  static func compliance(
    of resource: Resource, state: ResourceState, runningHash: ContentDigest?
  ) -> Compliance {
    if resource.isUndefined { return .undefined }
    if let runningHash, runningHash != resource.attributeHash { return .hasUpdate }
    guard state.attributeHash == resource.attributeHash else { return .hasUpdate }
    switch state.compliance {
    case .compliant, .nonCompliant: return state.compliance
    case .hasUpdate, .undefined: return .nonCompliant
    }
  }

  private mutating func rebuild(
    _ resources: [Resource], _ order: [Int],
    _ recall: (ResourceID) -> (state: ResourceState, memory: Memory)?
  ) {
    let oldNodes = nodes
    let oldSlots = slots
    var newNodes: [Node] = []
    newNodes.reserveCapacity(resources.count)
    var newSlots = [ResourceID: Int](minimumCapacity: resources.count)
    let running = Dictionary(runs.values.map { ($0.resourceID, $0) }) { $1 }
    var renewed: [(slot: Int, resource: Resource)] = []
    var fresh: [(slot: Int, state: ResourceState?, memory: Memory?)] = []
    for index in order {
      let resource = resources[index]
      let slot = newNodes.count
      newSlots[resource.id] = slot
      if let oldSlot = oldSlots[resource.id] {
        var node = oldNodes[oldSlot]
        node.requires = []
        node.remoteRequires = []
        node.dependents = []
        newNodes.append(node)
        renewed.append((slot, resource))
      } else {
        let recalled = recall(resource.id)
        newNodes.append(makeNode(resource, recalled, running[resource.id]))
        fresh.append((slot, recalled?.state, recalled?.memory))
      }
    }
    for id in runs.keys {
      guard let run = runs[id], newSlots[run.resourceID] == nil else { continue }
      runs[id]?.isOrphan = true
    }
    nodes = newNodes
    slots = newSlots
    for node in oldNodes where newSlots[node.resource.id] == nil { close(node.asks) }
    for (slot, resource) in renewed { renew(slot, resource) }
    for (slot, state, memory) in fresh {
      if nodes[slot].state != state { noteChanged(slot) }
      let known = memory ?? Memory(id: nodes[slot].resource.id)
      guard nodes[slot].memory != known else { continue }
      nodes[slot].isMemoryChanged = true
      changedMemories.append(slot)
    }
    connect()
    timers.removeAll()
    for (slot, node) in nodes.enumerated() {
      if let due = node.timerDue { timers.insert(TimerEntry(due: due, slot: slot)) }
    }
  }

  private func makeNode(
    _ resource: Resource, _ recalled: (state: ResourceState, memory: Memory)?,
    _ running: ActiveRun?
  ) -> Node {
    var node = Node(resource: resource, state: ResourceState(id: resource.id))
    if let recalled {
      node.state = recalled.state
      node.eventNumber = recalled.memory.hasEvent ? 1 : 0
      node.needsRepair = recalled.memory.needsRepair
      node.wasInterrupted = recalled.memory.wasInterrupted
      if node.state.blocked == .blocked { node.state.blocked = .notBlocked }
    }
    // A run of the time before it was gone must end first; its result counts for nothing, but what
    // it changes is told when the next one succeeds.
    node.run = running?.id
    if running != nil { node.wasInterrupted = true }
    node.state.isDeploying = false
    node.state.compliance = Deployment.compliance(
      of: resource, state: node.state, runningHash: nil)
    return node
  }

  /// Draws the edges anew.
  private mutating func connect() {
    let oldRemotes = remotes
    remotes = [:]
    for slot in nodes.indices {
      for id in nodes[slot].resource.requires {
        if let requirement = slots[id] {
          nodes[slot].requires.append(requirement)
          nodes[requirement].dependents.append(slot)
        } else {
          nodes[slot].remoteRequires.append(id)
          remotes[id, default: Remote(state: oldRemotes[id]?.state)].dependents.append(slot)
        }
      }
    }
  }

  /// Counts busy and bad requirements anew, and queues what is ready.
  private mutating func recount() {
    activeCount = 0
    ready.removeAll()
    for slot in nodes.indices {
      nodes[slot].isBusy = false
      nodes[slot].busyRequirements = 0
      nodes[slot].pulledPriority = .none
      nodes[slot].badRequirements =
        nodes[slot].requires.count { !nodes[$0].isGood }
        + nodes[slot].remoteRequires.count { !(remotes[$0]?.isGood ?? false) }
      if nodes[slot].wish != nil || nodes[slot].run != nil { activeCount += 1 }
    }
    for slot in nodes.indices where nodes[slot].wish != nil || nodes[slot].run != nil {
      updateBusy(slot)
    }
    for slot in nodes.indices { enqueueIfReady(slot) }
    idled = nodes.indices.filter { !nodes[$0].asks.isEmpty }
  }

  /// Wants a run where the present desired state asks for one.
  private mutating func wake(_ slot: Int, at now: Moment) {
    switch nodes[slot].state.blocked {
    case .blocked: return
    case .temporarilyBlocked:
      if nodes[slot].badRequirements == 0 { recoveries.append(slot) }
      if nodes[slot].timerDue == nil { armTimer(slot, at: now, counting: .fromNow) }
      return
    case .notBlocked: break
    }
    if nodes[slot].isDirty {
      let hash = nodes[slot].resource.attributeHash
      let appliesIntent = nodes[slot].run.flatMap { runs[$0] }.map {
        !$0.isOrphan && $0.kind != .check && $0.attributeHash == hash
      }
      if appliesIntent != true {
        schedule(slot, .deploy, .release, reason: "version \(version?.description ?? "0")")
      }
    } else if nodes[slot].needsRepair, nodes[slot].run == nil {
      schedule(slot, .repair, .intervalRepair, reason: "a repair did not end")
    } else if nodes[slot].timerDue == nil, !nodes[slot].isActive {
      armTimer(slot, at: now, counting: .fromLastRun)
    }
  }

  // MARK: - Blocked

  /// Blocks what is undefined, or requires, however far away, something that is.
  mutating func updateBlocked(at now: Moment) {
    var isBlocked = [Bool](repeating: false, count: nodes.count)
    var causes: [Int: ResourceID] = [:]
    var pending: [Int] = []
    for slot in nodes.indices {
      let remote = nodes[slot].remoteRequires.first { remotes[$0]?.isBlocked ?? false }
      guard nodes[slot].resource.isUndefined || remote != nil else { continue }
      isBlocked[slot] = true
      if !nodes[slot].resource.isUndefined { causes[slot] = remote }
      pending.append(slot)
    }
    while let slot = pending.popLast() {
      let cause = causes[slot] ?? nodes[slot].resource.id
      for dependent in nodes[slot].dependents where !isBlocked[dependent] {
        isBlocked[dependent] = true
        causes[dependent] = cause
        pending.append(dependent)
      }
    }
    for slot in nodes.indices {
      if isBlocked[slot] {
        block(slot, cause: causes[slot])
      } else if nodes[slot].state.blocked == .blocked {
        change(slot) { state in
          state.blocked = .notBlocked
          state.message = ""
        }
        if nodes[slot].isDirty {
          schedule(slot, .deploy, .release, reason: "what was unknown is known")
        } else {
          armTimer(slot, at: now, counting: .fromLastRun)
        }
      }
    }
  }

  private mutating func block(_ slot: Int, cause: ResourceID?) {
    dropWish(slot)
    disarmTimer(slot)
    let unknown = nodes[slot].resource.unknownFields.joined(separator: ", ")
    let message =
      cause.map { "requires \($0), which has unknown values" } ?? "not known yet: \(unknown)"
    change(slot) { state in
      state.blocked = .blocked
      state.message = message
    }
  }

  // MARK: - Before the edges count

  /// Changes a state while the counts of the dependents are about to be made anew.
  private mutating func setWithoutPassingOn(
    _ slot: Int, _ body: (inout ResourceState) -> Void
  ) {
    let before = nodes[slot].state
    body(&nodes[slot].state)
    if nodes[slot].state != before { noteChanged(slot) }
  }

  /// Has everything about a node stored.
  private mutating func noteAll(_ slot: Int) {
    noteChanged(slot)
    guard !nodes[slot].isMemoryChanged else { return }
    nodes[slot].isMemoryChanged = true
    changedMemories.append(slot)
  }

  private mutating func noteChanged(_ slot: Int) {
    guard !nodes[slot].isStateChanged else { return }
    nodes[slot].isStateChanged = true
    changedStates.append(slot)
  }
}
