internal import AgentStore
internal import Deployment
internal import Resources

// What happened goes to the disk, many things in one transaction: while one is on its way, what
// comes gathers for the next.
extension AgentCore {
  func commitLoop() async {
    while await commitSignal.wait() { await commitOnce(retrying: true) }
  }

  var hasUncommitted: Bool {
    !batch.isEmpty || !waitingStarts.isEmpty || pendingAcknowledgement != nil
      || !session.answers.isEmpty
  }

  /// Stores everything that waits. With a disk that refuses, tries again until the task is
  /// cancelled, and says so.
  func commitOnce(retrying: Bool) async {
    while hasUncommitted {
      // One at a time: the desired state is stored between two of them.
      await commitTurn.enter()
      noteDroppedActions()
      await takeBatch()
      let starts = waitingStarts
      waitingStarts = []
      let acknowledged = pendingAcknowledgement
      pendingAcknowledgement = nil
      session.committingAnswers = session.answers
      session.answers = []
      let isStored = await store(committing, acknowledged: acknowledged, retrying: retrying)
      if isStored {
        session.storedAnswers += session.committingAnswers
        if !session.committingAnswers.isEmpty { sendSignal.set() }
      } else {
        session.answers = session.committingAnswers + session.answers
        putBackCommitting()
        waitingStarts = starts + waitingStarts
        pendingAcknowledgement = pendingAcknowledgement ?? acknowledged
      }
      session.committingAnswers = []
      committing = AgentBatch()
      commitTurn.leave()
      guard isStored else { return }
      for run in starts { launch(run) }
      if hub.needsSequences { await reserveSequences() }
    }
  }

  /// What could not be stored waits again, before what came since.
  func putBackCommitting() {
    var merged = committing
    merged.states.merge(batch.states) { $1 }
    merged.memories.merge(batch.memories) { $1 }
    merged.remoteStates.merge(batch.remoteStates) { $1 }
    merged.actions += batch.actions
    merged.facts += batch.facts
    merged.entries += batch.entries
    batch = merged
    batchBytes = batch.actions.reduce(0) { $0 + $1.memoryBytes }
  }

  /// Adds a run that ended. While the disk refuses, the oldest go when memory is used up.
  func keep(_ action: ResourceAction) {
    let limits = configuration.limits
    batch.actions.append(action)
    batchBytes += action.memoryBytes
    var dropped = 0
    while batch.actions.count - dropped > limits.unstoredActionsMax
      || batchBytes > limits.unstoredBytesMax && batch.actions.count - dropped > 1
    {
      batchBytes -= batch.actions[dropped].memoryBytes
      dropped += 1
    }
    guard dropped > 0 else { return }
    batch.actions.removeFirst(dropped)
    droppedActions += UInt64(dropped)
  }

  private func store(
    _ taken: AgentBatch, acknowledged: UInt64?, retrying: Bool
  ) async -> Bool {
    while true {
      do {
        if let acknowledged { try await store.acknowledge(acknowledged) }
        if !taken.isEmpty {
          let reports = try await store.commit(taken, sealing: reportsToSeal)
          // A look at the disk may have found one already.
          for report in reports where report.number > session.sent {
            session.sealed[report.number] = report
          }
          if reports.isEmpty, taken.hasReport { spooledCount += 1 }
          if taken.hasReport { sendSignal.set() }
        }
        noteDiskAnswer()
        return true
      } catch {
        // A transaction of a cancelled task is rolled back: the last commit makes up for it.
        guard !Task.isCancelled else { return false }
        noteDiskRefusal(error)
        session.releasePlanAnswers()
        sendSignal.set()
        guard retrying else { return false }
        do { try await clock.sleep(seconds: configuration.limits.diskRetrySeconds) } catch {
          return false
        }
      }
    }
  }

  /// What happens becomes reports at once while the server keeps up; everything else is cut to size
  /// when its turn comes.
  private var reportsToSeal: Int {
    guard session.isOpen else { return 0 }
    let waiting = max(session.inFlight, session.sealed.count)
    return max(0, configuration.limits.reportsInFlightMax - waiting)
  }

  func reserveSequences() async {
    let count = LogHub.sequencesReserved
    guard let first = try? await store.reserveSequences(count) else { return }
    hub.reserved(from: first, count: count)
  }

  /// What did not fit into memory while the disk refused is counted.
  private func noteDroppedActions() {
    guard droppedActions > 0 else { return }
    let gap = LogGap(dropped: droppedActions, highestLevel: .info, reason: "disk refused")
    droppedActions = 0
    let text = "\(gap.dropped) finished runs are missing: the disk refused them"
    batch.entries.append(
      hub.append(
        LogEntry(
          sequence: 0, time: clock.now().wall, level: .error, template: text, text: text,
          agent: configuration.namePatterns.first ?? "*", gap: gap)))
  }
}

extension ResourceAction {
  /// Bytes that the run takes in memory, about.
  fileprivate var memoryBytes: Int {
    entries.reduce(500 + message.utf8.count) { $0 + $1.wireBytes }
  }
}
