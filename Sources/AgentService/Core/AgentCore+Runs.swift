internal import AgentStore
internal import Deployment
internal import HandlerHost
internal import Resources
internal import SouthboundKit

// Handler runs.
extension AgentCore {
  /// Starts a run, at once if its memory is on the disk: else a crash could cut off a repair that
  /// nobody remembers.
  func launchOrWait(_ run: Deployment.Run) {
    let id = run.resource.id
    if batch.memories[id] == nil, committing.memories[id] == nil {
      launch(run)
    } else {
      waitingStarts.append(run)
    }
  }

  func launch(_ run: Deployment.Run) {
    guard !isStopping else { return }
    let operation = Operation(
      kind: run.kind, resource: run.resource, version: run.version,
      eventReceived: run.eventReceived)
    let log = RunLog(hub: hub, bytesMax: configuration.limits.runLogBytesMax)
    log.add(
      entry(
        operation, .debug, "{kind} of version {version}: {reason}",
        [
          "kind": .string(run.kind.rawValue),
          "version": .int(Int64(clamping: run.version.rawValue)), "reason": .string(run.reason),
        ]))
    let host = host
    // Ends by itself within the handler's time limit; cancelled and awaited at shutdown.
    runTasks[run.id] = Task { @concurrent in
      let outcome = await host.run(operation) { log.add($0) }
      await self.finished(run, operation, outcome, log)
    }
  }

  private func finished(
    _ run: Deployment.Run, _ operation: Operation, _ outcome: Outcome, _ log: RunLog
  ) {
    runTasks[run.id] = nil
    let id = run.resource.id
    // A handler that said too much says so in its last entry.
    if let last = outcome.entries.last, last.gap != nil { log.add(last) }
    let entries = log.finish { gap in
      var missing = self.entry(
        operation, .warning, "{dropped} log entries are missing: {reason}",
        ["dropped": .int(Int64(clamping: gap.dropped)), "reason": .string(gap.reason)])
      missing.gap = gap
      return missing
    }
    let changes = outcome.changes.map { change in
      AttributeChange(
        field: change.field, current: change.current.map(presentable),
        desired: change.desired.map(presentable))
    }
    keep(
      ResourceAction(
        id: operation.actionID, resourceID: id, version: run.version, kind: run.kind,
        started: outcome.started, finished: outcome.finished, result: outcome.result,
        change: outcome.change, changes: changes, message: outcome.message, entries: entries
      ).bounded)
    batch.facts += outcome.facts.map(\.bounded)
    trace(run, operation, outcome)
    perform(deployment.finish(run.id, result(of: outcome, run.kind), at: clock.now()))
    commitSignal.set()
  }

  func result(of outcome: Outcome, _ kind: ActionKind) -> Deployment.RunResult {
    let advice: Deployment.Advice =
      switch outcome.hint {
      case .none, .wait: .atInterval
      case .retrySoon: .backOff
      case .giveUp: .giveUp
      }
    let differs = kind == .check && outcome.result == .successful && !outcome.changes.isEmpty
    var message = outcome.message
    if differs, message.isEmpty {
      message = "differs in \(outcome.changes.map(\.field).joined(separator: ", "))"
    }
    return Deployment.RunResult(
      result: outcome.result, change: outcome.change, differs: differs, advice: advice,
      message: message.cut(toBytes: WireBounds.lineBytesMax))
  }

  /// A value without secrets and without very long texts.
  func presentable(_ value: Value) -> Value {
    let bytesMax = configuration.limits.changeTextBytesMax
    func shortened(_ value: Value) -> Value {
      switch value {
      case .string(let text) where text.utf8.count > bytesMax:
        .string("(\(text.utf8.count) bytes of text)")
      case .bytes(let bytes) where bytes.count > bytesMax: .string("(\(bytes.count) bytes)")
      case .list(let values): .list(values.map(shortened))
      case .map(let entries): .map(entries.mapValues(shortened))
      default: value
      }
    }
    return shortened(value.redacted)
  }

  private nonisolated func entry(
    _ operation: Operation, _ level: LogLevel, _ template: String, _ arguments: [String: Value]
  ) -> LogEntry {
    LogEntry(
      sequence: 0, time: clock.now().wall, level: level, template: template, arguments: arguments,
      text: LogTemplate.render(template, arguments: arguments),
      agent: operation.resource.id.agent, resourceID: operation.resource.id,
      handlerID: host.handlerID(for: operation.resource.id.type) ?? "",
      actionID: operation.actionID, version: operation.version)
  }
}
