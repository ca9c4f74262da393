import Resources

// Wishes, order, and what runs next.
//
// A node is busy while it has a wish or a run, or stands behind a busy one. A wish is ready when no
// direct requirement is busy; as busyness is passed on, that means that nothing it requires, however
// far away, is scheduled or running. A node with bad requirements is not run but skipped, and
// comes back when the last of them recovers.
extension Deployment {
  /// Wants a run of a node; a wish that it has already becomes the stronger of both.
  mutating func schedule(
    _ slot: Int, _ kind: ActionKind, _ priority: Priority, reason: String
  ) {
    switch nodes[slot].state.blocked {
    case .blocked: return
    case .temporarilyBlocked where kind != .check: return
    case .temporarilyBlocked, .notBlocked: break
    }
    if kind == .repair, nodes[slot].state.compliance == .compliant {
      remember(slot) { $0.needsRepair = true }
    }
    if var wish = nodes[slot].wish {
      wish.kind = stronger(wish.kind, kind)
      if priority < wish.priority {
        wish.priority = priority
        wish.reason = reason
        wish.ticket = nextTicket()
      }
      nodes[slot].wish = wish
    } else {
      nodes[slot].wish = Wish(
        kind: kind, priority: priority, ticket: nextTicket(), reason: reason)
      if nodes[slot].run == nil { activeCount += 1 }
      disarmTimer(slot)
      updateBusy(slot)
    }
    enqueueIfReady(slot)
    pullRequirements(of: slot, priority)
  }

  mutating func dropWish(_ slot: Int) {
    guard nodes[slot].wish != nil else { return }
    nodes[slot].wish = nil
    if nodes[slot].run == nil { becomeIdle(slot) }
    updateBusy(slot)
  }

  private func stronger(_ first: ActionKind, _ second: ActionKind) -> ActionKind {
    func strength(_ kind: ActionKind) -> Int {
      switch kind {
      case .deploy: 2
      case .repair: 1
      case .check, .plan: 0
      }
    }
    return strength(first) >= strength(second) ? first : second
  }

  private mutating func nextTicket() -> UInt64 {
    ticketCount += 1
    return ticketCount
  }

  mutating func enqueueIfReady(_ slot: Int) {
    guard let wish = nodes[slot].wish, nodes[slot].run == nil, nodes[slot].busyRequirements == 0
    else { return }
    ready.insert(ReadyEntry(priority: wish.priority, ticket: wish.ticket, slot: slot))
  }

  /// What an urgent wish waits for becomes as urgent.
  private mutating func pullRequirements(of slot: Int, _ priority: Priority) {
    guard nodes[slot].busyRequirements > 0, priority < nodes[slot].pulledPriority else { return }
    var pending = [slot]
    while let next = pending.popLast() {
      guard priority < nodes[next].pulledPriority else { continue }
      nodes[next].pulledPriority = priority
      for requirement in nodes[next].requires where nodes[requirement].isBusy {
        if var wish = nodes[requirement].wish, priority < wish.priority {
          wish.priority = priority
          wish.ticket = nextTicket()
          nodes[requirement].wish = wish
          enqueueIfReady(requirement)
        }
        if nodes[requirement].busyRequirements > 0 { pending.append(requirement) }
      }
    }
  }

  /// Passes on that a node became busy or idle. Iterative: chains may be long.
  mutating func updateBusy(_ slot: Int) {
    var pending = [slot]
    while let next = pending.popLast() {
      let isBusy = nodes[next].isActive || nodes[next].busyRequirements > 0
      guard isBusy != nodes[next].isBusy else { continue }
      nodes[next].isBusy = isBusy
      if !isBusy { nodes[next].pulledPriority = .none }
      for dependent in nodes[next].dependents {
        nodes[dependent].busyRequirements += isBusy ? 1 : -1
        if nodes[dependent].busyRequirements == 0 {
          nodes[dependent].pulledPriority = .none
          enqueueIfReady(dependent)
        }
        pending.append(dependent)
      }
    }
  }

  /// Ends the handling of an input: starts what can be started and returns what to do.
  mutating func settle(at now: Moment) -> [Action] {
    repeat {
      while let slot = recoveries.popLast() { recover(slot) }
      startReady(at: now)
    } while !recoveries.isEmpty
    var actions: [Action] = []
    actions.reserveCapacity(changedStates.count + starts.count + changedMemories.count + 2)
    for slot in changedStates {
      nodes[slot].isStateChanged = false
      actions.append(.report(nodes[slot].state))
    }
    changedStates.removeAll(keepingCapacity: true)
    for slot in changedMemories {
      nodes[slot].isMemoryChanged = false
      actions.append(.remember(nodes[slot].memory))
    }
    changedMemories.removeAll(keepingCapacity: true)
    appendVersionActions(to: &actions)
    appendTimerAction(to: &actions)
    appendAnswers(to: &actions)
    actions.append(contentsOf: starts.map { .start($0) })
    starts.removeAll(keepingCapacity: true)
    return actions
  }

  private mutating func appendVersionActions(to actions: inout [Action]) {
    // After most inputs nothing but the present version is open, as before.
    let isUnchanged =
      activeCount > 0 && openVersions.count == 1 && openVersions.first == version
      && runVersions.keys.allSatisfy { $0 == version }
    if isUnchanged { return }
    var open = Set(runVersions.keys)
    if activeCount > 0, let version { open.insert(version) }
    guard open != openVersions else { return }
    for version in open.subtracting(openVersions).sorted() { actions.append(.openVersion(version)) }
    for version in openVersions.subtracting(open).sorted() {
      actions.append(.closeVersion(version))
    }
    openVersions = open
  }

  private mutating func startReady(at now: Moment) {
    guard !isPaused, !isHalted, let version else { return }
    while runs.count < settings.parallelism, let entry = ready.popFirst() {
      let slot = entry.slot
      guard let wish = nodes[slot].wish, wish.ticket == entry.ticket, nodes[slot].run == nil,
        nodes[slot].busyRequirements == 0
      else { continue }
      if wish.kind != .check, nodes[slot].badRequirements > 0 {
        skipForRequirement(slot, at: now)
      } else {
        start(slot, wish, version: version)
      }
    }
  }

  private mutating func start(_ slot: Int, _ wish: Wish, version: VersionNumber) {
    runCount += 1
    // No copy of the node: it has a dozen parts that are counted.
    let resource = nodes[slot].resource
    let eventNumber = nodes[slot].eventNumber
    let run = ActiveRun(
      id: RunID(runCount), resourceID: resource.id, attributeHash: resource.attributeHash,
      version: version, kind: wish.kind, priority: wish.priority, eventNumber: eventNumber)
    runs[run.id] = run
    runVersions[version, default: 0] += 1
    nodes[slot].run = run.id
    nodes[slot].wish = nil
    // A check deploys nothing: if it is cut off, nothing can have changed.
    if wish.kind != .check { change(slot) { $0.isDeploying = true } }
    starts.append(
      Run(
        id: run.id, resource: resource, version: version, kind: wish.kind,
        eventReceived: wish.kind != .check && eventNumber > 0,
        followsInterruption: nodes[slot].wasInterrupted, reason: wish.reason))
  }

  private mutating func skipForRequirement(_ slot: Int, at now: Moment) {
    dropWish(slot)
    let message = describeBadRequirement(of: slot)
    change(slot) { state in
      state.handlerResult = .skipped
      state.blocked = .temporarilyBlocked
      state.message = message
    }
    armTimer(slot, at: now, counting: .fromNow)
  }

  private func describeBadRequirement(of slot: Int) -> String {
    for requirement in nodes[slot].requires where !nodes[requirement].isGood {
      let state = nodes[requirement].state
      let why =
        switch (state.blocked, state.handlerResult) {
        case (.temporarilyBlocked, _): "waits itself"
        case (_, .failed): "failed"
        case (_, .skipped): "was skipped"
        default: "is not as desired"
        }
      return "skipped: requires \(state.id), which \(why)"
    }
    for id in nodes[slot].remoteRequires where !(remotes[id]?.isGood ?? false) {
      let why = remotes[id]?.state == nil ? "has not reported yet" : "is not as desired"
      return "skipped: requires \(id) of agent \(id.agent), which \(why)"
    }
    return "skipped: something that it requires is not as desired"
  }

  /// A node whose last bad requirement recovered is tried again.
  private mutating func recover(_ slot: Int) {
    guard nodes[slot].badRequirements == 0, nodes[slot].state.blocked == .temporarilyBlocked else {
      return
    }
    change(slot) { state in
      state.blocked = .notBlocked
      state.message = ""
    }
    schedule(
      slot, nodes[slot].isDirty ? .deploy : .repair, .release,
      reason: "what it requires recovered")
  }

  // MARK: - Changes of state

  /// Changes a state, and passes on to dependents whether it is good.
  mutating func change(_ slot: Int, _ body: (inout ResourceState) -> Void) {
    var state = nodes[slot].state
    body(&state)
    guard state != nodes[slot].state else { return }
    let wasGood = nodes[slot].isGood
    nodes[slot].state = state
    if !nodes[slot].isStateChanged {
      nodes[slot].isStateChanged = true
      changedStates.append(slot)
    }
    let isGood = nodes[slot].isGood
    guard wasGood != isGood else { return }
    for dependent in nodes[slot].dependents {
      addBadRequirements(isGood ? -1 : 1, to: dependent)
    }
  }

  mutating func addBadRequirements(_ delta: Int, to slot: Int) {
    nodes[slot].badRequirements += delta
    if nodes[slot].badRequirements == 0, nodes[slot].state.blocked == .temporarilyBlocked {
      recoveries.append(slot)
    }
  }

  mutating func remember(_ slot: Int, _ body: (inout Node) -> Void) {
    let before = nodes[slot].memory
    body(&nodes[slot])
    guard nodes[slot].memory != before, !nodes[slot].isMemoryChanged else { return }
    nodes[slot].isMemoryChanged = true
    changedMemories.append(slot)
  }
}
