public import Resources
public import SouthboundKit
internal import Synchronization

/// Runs the built-in handlers. Nothing that a handler does makes a run throw: errors, a missing
/// handler and an exceeded time limit become outcomes.
public final class HandlerHost: Sendable {
  /// Sizes and times of the host.
  public struct Limits: Sendable, Hashable {
    /// Time that a cancelled handler gets to stop before its run is reported without it: 10 s.
    public var cancellationGrace: Duration

    /// Makes limits.
    public init(cancellationGrace: Duration = .seconds(10)) {
      self.cancellationGrace = cancellationGrace
    }
  }

  /// Identifiers of the handlers, sorted.
  public let handlerIDs: [String]
  /// The cache that the handlers share.
  public let cache: HandlerCache

  private let handlers: [String: (id: String, handler: any Handler)]
  private let limits: Limits
  private let minimumLevel: LogLevel
  private let now: @Sendable () -> Timestamp
  private let contents: @Sendable (ContentDigest) async throws -> [UInt8]
  private let watch: DeadlineWatch
  /// Resources whose handler did not stop when it was cancelled, and still runs.
  private let stuck = Mutex<Set<ResourceID>>([])

  /// Makes a host with the handlers of a registry.
  ///
  /// - Parameters:
  ///   - registry: The integrations.
  ///   - cache: The cache that the handlers share.
  ///   - limits: Sizes and times.
  ///   - minimumLevel: Log entries below it are not made.
  ///   - clock: Measures time limits.
  ///   - now: The time for log entries and outcomes.
  ///   - contents: Returns file contents by their digest.
  public init(
    registry: IntegrationRegistry, cache: HandlerCache, limits: Limits = Limits(),
    minimumLevel: LogLevel = .trace, clock: any Clock<Duration> = .continuous,
    now: @escaping @Sendable () -> Timestamp,
    contents: @escaping @Sendable (ContentDigest) async throws -> [UInt8]
  ) {
    self.cache = cache
    self.limits = limits
    self.minimumLevel = minimumLevel
    self.now = now
    self.contents = contents
    handlers = registry.handlers.mapValues { ($0.handlerID, $0.make()) }
    handlerIDs = handlers.values.map(\.id).sorted()
    watch = DeadlineWatch(clock: clock)
  }

  /// Identifier of the handler of a resource type; nil if there is none.
  public func handlerID(for resourceType: String) -> String? { handlers[resourceType]?.id }

  /// Runs a handler.
  ///
  /// Cancelling the calling task cancels the handler; it gets ``Limits/cancellationGrace`` to stop.
  ///
  /// - Parameters:
  ///   - operation: The run.
  ///   - onEntry: Is told each log entry at once; must return quickly.
  /// - Returns: How it ended.
  public func run(
    _ operation: Operation, onEntry: @escaping @Sendable (LogEntry) -> Void = { _ in }
  ) async -> Outcome {
    let id = operation.resource.id
    let started = now()
    guard let (handlerID, handler) = handlers[id.type] else {
      return refusal(
        operation, started, "this agent has no handler for `\(id.type)`", .wait, onEntry)
    }
    guard !stuck.withLock({ $0.contains(id) }) else {
      return refusal(
        operation, started, "an earlier run did not stop when it was cancelled, and still goes on",
        .none, onEntry)
    }
    let context = HandlerContext(
      resource: operation.resource, kind: operation.kind, actionID: operation.actionID,
      version: operation.version, handlerID: handlerID, cache: cache,
      environment: .init(
        now: now, contents: contents, onEntry: onEntry, minimumLevel: minimumLevel))
    let limit = operation.timeLimit ?? handler.timeLimit(context.desired)
    let engine = HandlerEngine(
      handler: handler, context: context, eventReceived: operation.eventReceived)
    let conclusion = await supervise(engine, limit: limit)
    return outcome(conclusion, context, started)
  }

  /// Runs the engine in a task of its own and gives up on it when it does not stop in time.
  private func supervise(_ engine: HandlerEngine, limit: Duration) async -> Conclusion {
    let race = Race()
    let id = engine.context.resource.id
    // The task ends by itself or is cancelled by the watch; if it does not even stop then, it is
    // in `stuck` until it does.
    let task = Task {
      let conclusion = await engine.run()
      if !race.finish(conclusion) { _ = self.stuck.withLock { $0.remove(id) } }
    }
    let ticket = watch.add(after: limit) { [limits, watch] in
      race.exceed(limit)
      task.cancel()
      return watch.later(limits.cancellationGrace) { self.abandon(race, id) }
    }
    return await withTaskCancellationHandler {
      let conclusion = await race.value()
      watch.remove(ticket)
      return conclusion
    } onCancel: {
      task.cancel()
      watch.replace(ticket, after: limits.cancellationGrace) { self.abandon(race, id) }
    }
  }

  private func abandon(_ race: Race, _ id: ResourceID) {
    _ = stuck.withLock { $0.insert(id) }
    let isFirst = race.finish(
      Conclusion(
        result: .failed,
        message: "the handler did not stop within \(limits.cancellationGrace) of its cancellation"))
    if !isFirst { _ = stuck.withLock { $0.remove(id) } }
  }

  private func outcome(
    _ conclusion: Conclusion, _ context: HandlerContext, _ started: Timestamp
  ) -> Outcome {
    let journal = context.snapshot
    let isDryRun = context.isDryRun
    var change = journal.change ?? .none
    if isDryRun { change = .none }
    return Outcome(
      result: conclusion.result, change: change, changes: journal.changes, facts: journal.facts,
      paths: journal.paths, message: conclusion.message, hint: conclusion.hint,
      isSkippedForDependencies: conclusion.isSkippedForDependencies, entries: journal.entries,
      started: started, finished: now(),
      isCompliant: conclusion.result == .successful && !(isDryRun && !journal.changes.isEmpty))
  }

  private func refusal(
    _ operation: Operation, _ started: Timestamp, _ message: String, _ hint: OutcomeHint,
    _ onEntry: @Sendable (LogEntry) -> Void
  ) -> Outcome {
    let time = now()
    let entry = LogEntry(
      sequence: 0, time: time, level: .error, template: message, text: message,
      agent: operation.resource.id.agent, resourceID: operation.resource.id,
      actionID: operation.actionID, version: operation.version)
    onEntry(entry)
    return Outcome(
      result: .failed, change: .none, changes: [], facts: [], paths: [], message: message,
      hint: hint,
      isSkippedForDependencies: false, entries: [entry], started: started, finished: time,
      isCompliant: false)
  }
}
