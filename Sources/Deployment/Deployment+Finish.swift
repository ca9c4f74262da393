import Resources

// The end of a run: state, events, the next try.
extension Deployment {
  mutating func finish(
    _ run: ActiveRun, in slot: Int, _ result: RunResult, at now: Moment
  ) {
    nodes[slot].run = nil
    if nodes[slot].wish == nil { becomeIdle(slot) }
    if run.attributeHash != nodes[slot].resource.attributeHash {
      applyStale(run, result, in: slot, at: now)
    } else if run.kind == .check {
      applyCheck(result, in: slot, version: run.version, at: now)
    } else {
      apply(run, result, in: slot, at: now)
    }
    // What a run that was cut off by a crash had changed, nobody knows: assume that it did.
    let wasInterrupted = nodes[slot].wasInterrupted && result.result == .successful
    if run.kind != .check, wasInterrupted { remember(slot) { $0.wasInterrupted = false } }
    let hasChanged = result.change != .none || (wasInterrupted && run.kind != .check)
    if hasChanged, nodes[slot].resource.sendsEvents {
      let source = nodes[slot].resource.id
      for dependent in nodes[slot].dependents {
        receiveEvent(in: dependent, from: source, priority: run.priority)
      }
    }
    updateBusy(slot)
    enqueueIfReady(slot)
    if nodes[slot].wish == nil { armTimer(slot, at: now, counting: .afterRun(result)) }
  }

  /// The success of the last run is taken back. A run that goes on decides anew.
  mutating func revoke(_ slot: Int, _ message: String, at now: Moment) {
    remember(slot) { $0.retries += 1 }
    change(slot) { state in
      state.compliance = .nonCompliant
      state.handlerResult = .failed
      state.message = message
    }
    guard nodes[slot].wish == nil, nodes[slot].run == nil else { return }
    armTimer(
      slot, at: now, counting: .afterRun(RunResult(result: .failed, advice: .backOff)))
  }

  /// The run applied desired state that is not the present one: it says how the last run ended,
  /// and what is there now, but nothing about the present desired state.
  private mutating func applyStale(
    _ run: ActiveRun, _ result: RunResult, in slot: Int, at now: Moment
  ) {
    change(slot) { state in
      state.isDeploying = false
      state.handlerResult = result.result
      state.time = now.wall
      state.change = result.change
      if run.kind != .check {
        state.attributeHash = run.attributeHash
        state.version = run.version
      }
      if state.compliance != .undefined { state.compliance = .hasUpdate }
    }
    if nodes[slot].wish == nil {
      schedule(slot, .deploy, .release, reason: "the desired state changed during a run")
    }
  }

  private mutating func apply(
    _ run: ActiveRun, _ result: RunResult, in slot: Int, at now: Moment
  ) {
    let succeeded = result.result == .successful
    let wasTemporarilyBlocked = nodes[slot].state.blocked == .temporarilyBlocked
    remember(slot) { node in
      node.needsRepair = false
      if succeeded, node.eventNumber == run.eventNumber { node.eventNumber = 0 }
      node.retries = succeeded ? 0 : node.retries + 1
      node.hasGivenUp = !succeeded && result.advice == .giveUp
    }
    change(slot) { state in
      state.isDeploying = false
      state.compliance = succeeded ? .compliant : .nonCompliant
      state.handlerResult = result.result
      if succeeded, wasTemporarilyBlocked { state.blocked = .notBlocked }
      state.version = run.version
      state.attributeHash = run.attributeHash
      state.change = result.change
      state.time = now.wall
      state.message = result.message
    }
  }

  /// A check says whether the resource differs. That it does not differ makes up for earlier drift,
  /// but not for a run that failed: the handler may have more to do than what can be compared.
  mutating func applyCheck(
    _ result: RunResult, in slot: Int, version: VersionNumber?, at now: Moment
  ) {
    let node = nodes[slot]
    let isCurrent = node.state.attributeHash == node.resource.attributeHash
    if result.differs, isCurrent { remember(slot) { $0.needsRepair = true } }
    change(slot) { state in
      state.isDeploying = false
      guard result.result == .successful, isCurrent, state.compliance != .hasUpdate else {
        if result.result != .successful { state.message = result.message }
        return
      }
      if result.differs {
        state.compliance = .nonCompliant
        state.message = result.message
      } else if state.handlerResult == .successful {
        state.compliance = .compliant
        state.message = ""
      }
      state.change = .none
      state.time = now.wall
      state.version = version ?? state.version
    }
  }

  /// A run of the time before its resource was gone and came back has ended.
  mutating func release(_ slot: Int, fromOrphan id: RunID) {
    guard nodes[slot].run == id else { return }
    nodes[slot].run = nil
    if nodes[slot].wish == nil { becomeIdle(slot) }
    updateBusy(slot)
    enqueueIfReady(slot)
  }

  // MARK: - Events

  /// Whether a state of a resource of another agent tells of a change that is news to a node.
  func isEvent(_ state: ResourceState, after old: ResourceState?, for slot: Int) -> Bool {
    guard state.change != .none, state.time != old?.time else { return false }
    return old != nil || nodes[slot].state.time == nil
  }

  /// Something that a node requires changed. It is told once, whatever the number of changes, and
  /// runs again even if it runs right now.
  mutating func receiveEvent(in slot: Int, from source: ResourceID, priority: Priority) {
    guard nodes[slot].resource.receivesEvents else { return }
    remember(slot) { $0.eventNumber += 1 }
    schedule(slot, .deploy, priority, reason: "\(source) changed")
  }

  // MARK: - Timers

  enum Counting {
    /// From the end of a run that has just ended.
    case afterRun(RunResult)
    /// From now on.
    case fromNow
    /// From the end of the last run, maybe of an earlier process.
    case fromLastRun
  }

  mutating func disarmTimer(_ slot: Int) { nodes[slot].timerDue = nil }

  /// Sets the time of the next run that nobody asked for.
  mutating func armTimer(_ slot: Int, at now: Moment, counting: Counting) {
    nodes[slot].timerDue = nil
    guard nodes[slot].state.blocked != .blocked,
      var seconds = intervalSeconds(slot, counting)
    else { return }
    let jitter = settings.jitterFraction
    let spread = seconds * jitter
    if case .fromLastRun = counting {
      // A clock that was set back makes ages negative, one that was set forward makes them long.
      let age = nodes[slot].state.time.map {
        Double(now.wall.unixNanos &- $0.unixNanos) / 1e9
      }
      seconds -= min(max(0, age ?? 0), seconds)
      // What is overdue at a start is spread, lest all of it runs at once.
      seconds += generator.fraction() * spread
    } else {
      seconds += (generator.fraction() * 2 - 1) * spread
    }
    let nanos = min(max(0, seconds), 1e9) * 1e9
    let due = now.elapsedNanos + Int64(nanos)
    nodes[slot].timerDue = due
    timers.insert(TimerEntry(due: due, slot: slot))
  }

  private func intervalSeconds(_ slot: Int, _ counting: Counting) -> Double? {
    let repair = settings.repairIntervalSeconds > 0 ? settings.repairIntervalSeconds : nil
    guard nodes[slot].isDirty, nodes[slot].state.blocked == .notBlocked, !nodes[slot].hasGivenUp
    else { return repair }
    let deploy = settings.deployIntervalSeconds > 0 ? settings.deployIntervalSeconds : nil
    let regular = [repair, deploy].compactMap { $0 }.min()
    guard case .afterRun(let result) = counting, result.result != .successful else {
      return regular
    }
    switch result.advice {
    case .atInterval, .giveUp: return regular
    case .after(let seconds): return max(0.001, seconds)
    case .backOff:
      let longest = deploy ?? Settings.backOffSecondsMax
      let doublings = min(max(0, nodes[slot].retries - 1), 30)
      return min(settings.backOffSecondsInitial * Double(1 << doublings), longest)
    }
  }

  mutating func fireTimers(at now: Moment) {
    while let entry = timers.first, entry.due <= now.elapsedNanos {
      _ = timers.popFirst()
      let slot = entry.slot
      guard nodes[slot].timerDue == entry.due else { continue }
      nodes[slot].timerDue = nil
      guard nodes[slot].wish == nil, nodes[slot].run == nil else { continue }
      switch nodes[slot].state.blocked {
      case .blocked: continue
      case .temporarilyBlocked: armTimer(slot, at: now, counting: .fromNow)
      case .notBlocked where nodes[slot].isDirty:
        schedule(slot, .deploy, .intervalDeploy, reason: "it is tried again by interval")
      case .notBlocked:
        schedule(slot, .repair, .intervalRepair, reason: "it is repaired by interval")
      }
    }
  }

  mutating func appendTimerAction(to actions: inout [Action]) {
    while let entry = timers.first, nodes[entry.slot].timerDue != entry.due {
      _ = timers.popFirst()
    }
    let due = timers.first?.due
    guard due != armedDue else { return }
    armedDue = due
    actions.append(.armTimer(dueNanos: due))
  }
}
