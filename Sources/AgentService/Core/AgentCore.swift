internal import AgentStore
internal import Deployment
internal import HandlerHost
internal import RPCCore
internal import Resources
internal import Schema
internal import SouthboundKit
internal import Synchronization

/// The agent behind its services: performs what the deploy engine decides, keeps it on disk, and
/// talks with the server. It knows the wire only in `AgentCore+Session`.
///
/// Order: what the engine reports goes into `batch`; the commit loop brings to the disk what the runs
/// in it changed, stores it, then the server is told. A run whose memory is not on disk yet waits for that commit; see `launchOrWait`.
actor AgentCore {
  nonisolated let configuration: AgentConfiguration
  let store: AgentStore
  let host: HandlerHost
  let cache: HandlerCache
  let fetcher: ContentFetcher
  let server: any RPCChannel
  let clock: AgentClock
  let disk: AgentDisk
  nonisolated let hub: LogHub

  var deployment: Deployment
  var bindings: [HandlerBinding] = []
  var instanceID: [UInt8] = []
  var initialActions: [Deployment.Action] = []

  // Waiting for the disk.
  var batch = AgentBatch()
  var committing = AgentBatch()
  /// Runs in `batch` that changed paths.
  var traces: [RunTrace] = []
  /// Paths that the disk refused: the next run of the resource answers for them, too.
  var refusedPaths: [ResourceID: [String]] = [:]
  var waitingStarts: [Deployment.Run] = []
  var droppedActions: UInt64 = 0
  var pendingAcknowledgement: UInt64?
  /// Bytes of the runs in `batch`, about.
  var batchBytes = 0
  /// Commits that left something on the disk that is no report yet.
  var spooledCount: UInt64 = 0
  /// What the disk does not take, with the reason.
  var diskErrors: [DiskUse: String] = [:]
  let commitSignal = Signal()
  let commitTurn = Turn()

  // Going on.
  var runTasks: [Deployment.RunID: Task<Void, Never>] = [:]
  var timerTask: Task<Void, Never>?
  var cacheTask: Task<Void, Never>?
  var isStopping = false
  var noting: @Sendable (AgentNotice) -> Void = { _ in }

  // The session.
  var session = SessionState()
  let sendSignal = Signal()
  let liveSignal = Signal()
  var plans: [[UInt8]: PlanInProgress] = [:]
  var planTasks: [[UInt8]: Task<Void, Never>] = [:]
  var partialState: PartialDesiredState?

  init(
    configuration: AgentConfiguration, store: AgentStore, host: HandlerHost, cache: HandlerCache,
    fetcher: ContentFetcher, server: any RPCChannel, clock: AgentClock, disk: AgentDisk
  ) {
    self.configuration = configuration
    self.store = store
    self.host = host
    self.cache = cache
    self.fetcher = fetcher
    self.server = server
    self.clock = clock
    self.disk = disk
    hub = LogHub(
      historyMax: configuration.limits.historyEntriesMax,
      subscribersMax: configuration.limits.subscribersMax)
    deployment = Deployment(
      settings: Deployment.Settings(
        parallelism: configuration.parallelism,
        deployIntervalSeconds: configuration.deployIntervalSeconds
          ?? Deployment.Settings.deployIntervalSecondsDefault,
        repairIntervalSeconds: configuration.repairIntervalSeconds
          ?? Deployment.Settings.repairIntervalSecondsDefault),
      seed: UInt64.random(in: 0 ... .max))
  }

  /// Reads the disk; nothing runs yet.
  func load() async throws {
    let stored = try await store.load()
    let first = try await store.reserveSequences(LogHub.sequencesReserved)
    hub.reserved(from: first, count: LogHub.sequencesReserved)
    instanceID = stored.instanceID
    bindings = stored.bindings
    session.acknowledged = stored.acknowledged
    _ = deployment.setHalted(stored.isHalted, at: clock.now())
    guard let version = stored.version else { return }
    let memories = stored.memories.map {
      Deployment.Memory(
        id: $0.id, hasEvent: $0.hasEvent, needsRepair: $0.needsRepair,
        wasInterrupted: $0.wasInterrupted)
    }
    initialActions = try deployment.restore(
      Deployment.Release(
        version: version, resources: stored.resources, remoteStates: stored.remoteStates),
      Deployment.Stored(states: stored.states, memories: memories), at: clock.now())
  }

  /// Works until the task is cancelled.
  func run(
    announcing address: String, noting: @escaping @Sendable (AgentNotice) -> Void
  ) async {
    self.noting = noting
    perform(initialActions)
    initialActions = []
    say(
      .info, "agent started with version {version} and {resources} resources",
      [
        "version": deployment.version.map { .int(Int64(clamping: $0.rawValue)) } ?? .null,
        "resources": .int(Int64(deployment.resourceCount)),
      ])
    let log = LogSubscription(filter: LogFilter(), entriesMax: 50_000)
    _ = hub.subscribe(log, history: configuration.limits.historyEntriesMax)
    // Ends after everything else, by `endSession`: what the last runs did is still reported.
    let talking = Task { await self.sessionLoop(announcing: address) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.commitLoop() }
      group.addTask { await self.writeLog(log) }
      group.addTask { await self.cache.runExpiry() }
      await group.waitForAll()
    }
    // A task of its own: this one is cancelled, and a cancelled task can store nothing.
    await Task { await self.shutDown(log, talking) }.value
  }

  private func shutDown(_ log: LogSubscription, _ talking: Task<Void, Never>) async {
    isStopping = true
    // What is cut off was not done: the server asks for it again.
    deployment.forgetAsks()
    timerTask?.cancel()
    for task in planTasks.values { task.cancel() }
    perform(deployment.stop())
    for task in runTasks.values { await task.value }
    await cacheTask?.value
    say(.info, "agent stopped", [:])
    await commitOnce(retrying: false)
    await cache.shutdown()
    await endSession(talking)
    // The acknowledgements of what was sent last.
    await commitOnce(retrying: false)
    var file = makeLogFile()
    file.write(log.takeAll())
    file.close()
    store.close()
  }

  private func makeLogFile() -> LogFile {
    LogFile(
      path: "\(configuration.dataFolder)/agent.log",
      bytesMax: configuration.limits.logFileBytesMax, filesMax: configuration.limits.logFilesMax)
  }

  private nonisolated func writeLog(_ log: LogSubscription) async {
    var file = await makeLogFile()
    var isRefused = false
    while let batch = await log.next() {
      let isWritten = file.write(batch)
      if !isWritten, !isRefused {
        await say(
          .warning, "the disk does not take the log, entries that are missing in it are counted",
          [:])
      }
      isRefused = !isWritten
    }
    file.close()
  }

  // MARK: - Performing

  /// Performs what the engine decided.
  func perform(_ actions: [Deployment.Action]) {
    for action in actions {
      switch action {
      case .report(let state): batch.states[state.id] = state
      case .remember(let memory):
        batch.memories[memory.id] = ResourceMemory(
          id: memory.id, hasEvent: memory.hasEvent, needsRepair: memory.needsRepair,
          wasInterrupted: memory.wasInterrupted)
      case .openVersion(let version): cache.beginRun(of: version)
      case .closeVersion(let version): inOrder { await $0.endRun(of: version) }
      case .armTimer(let due): armTimer(due)
      case .answer(let number):
        session.answers.append(.triggerAnswer(SessionsV1.TriggerAnswer(number: number)))
      case .cancel(let id): runTasks[id]?.cancel()
      case .start(let run): launchOrWait(run)
      }
    }
    if hasUncommitted { commitSignal.set() }
  }

  /// Finalisers run one after the other, and nobody waits for them.
  func inOrder(_ body: @escaping @Sendable (HandlerCache) async -> Void) {
    let earlier = cacheTask
    // Awaited at shutdown.
    cacheTask = Task { [cache] in
      await earlier?.value
      await body(cache)
    }
  }

  private func armTimer(_ due: Int64?) {
    timerTask?.cancel()
    timerTask = nil
    guard let due, !isStopping else { return }
    // Replaced by the next timer, cancelled at shutdown.
    timerTask = Task { [clock] in
      do { try await clock.sleep(due - clock.now().elapsedNanos) } catch { return }
      self.timerFired()
    }
  }

  private func timerFired() {
    guard !isStopping else { return }
    perform(deployment.timerFired(at: clock.now()))
  }

  // MARK: - Saying something

  /// Logs in the agent's own name; from warnings on the server keeps it too.
  func say(_ level: LogLevel, _ template: String, _ arguments: [String: Value]) {
    guard level >= configuration.minimumLevel else { return }
    let arguments = arguments.mapValues(\.redacted)
    let entry = hub.append(
      LogEntry(
        sequence: 0, time: clock.now().wall, level: level, template: template,
        arguments: arguments, text: LogTemplate.render(template, arguments: arguments),
        agent: configuration.namePatterns.first ?? "*"))
    guard level >= .warning, batch.entries.count < configuration.limits.unstoredActionsMax else {
      return
    }
    batch.entries.append(entry)
    commitSignal.set()
  }
}
