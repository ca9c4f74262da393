internal import AgentStore
internal import Deployment
internal import HandlerHost
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping

/// What one session with the server knows.
struct SessionState {
  var isOpen = false
  /// Whether the agent stops: when everything is reported, the session ends.
  var isEnding = false
  /// Whether the last look at the disk found nothing that is still to be reported, or no way to it.
  var isDrained = false
  /// How the last attempt to open a session ended; empty while one is open.
  var error = ""
  /// Last report number that the server has stored.
  var acknowledged: UInt64 = 0
  /// Last report number that was sent in this session.
  var sent: UInt64 = 0
  /// Reports that were made, and are not sent yet, as far as they are in memory.
  var sealed: [UInt64: SealedReport] = [:]
  /// Heartbeats wait only behind fewer messages than this.
  static let controlMax = 100
  /// Small messages that go before reports.
  var control: [SessionsV1.AgentMessage.OneOf_Kind] = []
  /// Messages that follow what is not on the disk yet, and then the reports of it.
  var answers: [SessionsV1.AgentMessage.OneOf_Kind] = []
  /// Those that follow what is being stored just now.
  var committingAnswers: [SessionsV1.AgentMessage.OneOf_Kind] = []
  /// Those whose reports are on the disk, and may not be sent yet.
  var storedAnswers: [SessionsV1.AgentMessage.OneOf_Kind] = []
  /// ``AgentCore/spooledCount`` at the last look at the disk that found nothing to report.
  var searchedCount: UInt64?
  var live: LogSubscription?
  var leaseSeconds: Double = 30
  /// Version of the last desired state in this session, if it was taken; else 0.
  var takenVersion: UInt64 = 0
  /// Sessions so far: sleepers of an earlier one do nothing.
  var count: UInt64 = 0

  /// What the answers of checks tell cannot be stored now: they are sent without.
  mutating func releasePlanAnswers() {
    for answer in committingAnswers + answers {
      if case .planAnswer = answer { control.append(answer) }
    }
    committingAnswers.removeAll { if case .planAnswer = $0 { true } else { false } }
    answers.removeAll { if case .planAnswer = $0 { true } else { false } }
  }

  var inFlight: Int { Int(clamping: sent - min(sent, acknowledged)) }
}

// The session: dialled again and again with growing pauses; everything on the way is on disk, so
// that a session may end at any point.
extension AgentCore {
  func sessionLoop(announcing address: String) async {
    let limits = configuration.limits
    var pause = limits.reconnectSecondsInitial
    var lastComplaint = ""
    while !Task.isCancelled, !session.isEnding {
      let before = session.count
      do {
        try await SessionsV1.AgentSessionsClient(server).connect { writer, responses in
          try await self.converse(writer, responses, address)
        }
        if session.count > before { lastComplaint = "" }
      } catch {
        guard !Task.isCancelled, !session.isEnding else { break }
        let complaint = "\(error)"
        // The same complaint again and again helps nobody.
        if session.count > before || complaint != lastComplaint {
          let level = level(of: error)
          if level == .error { noting(.trouble("no session with the server: \(complaint)")) }
          say(
            level, "no session with the server, the agent goes on by itself: {error}",
            ["error": .string(complaint)])
        }
        lastComplaint = complaint
        session.error = complaint
      }
      closeSession()
      guard !session.isEnding else { break }
      if session.count > before { pause = limits.reconnectSecondsInitial }
      let jitter = Double.random(in: 0.8...1.2)
      do { try await clock.sleep(seconds: pause * jitter) } catch { break }
      pause = min(2 * pause, limits.reconnectSecondsMax)
    }
    closeSession()
  }

  /// A server that is away is nothing special; one that refuses this agent needs somebody's help.
  private func level(of error: any Error) -> LogLevel {
    switch (error as? RPCError)?.code {
    case .alreadyExists, .invalidArgument, .notFound, .permissionDenied, .unauthenticated,
      .failedPrecondition, .unimplemented:
      .error
    default: .info
    }
  }

  /// Says good-bye to the server when it has acknowledged what is on the disk: it gives the names of
  /// the agent to another one at once. One that does not listen is left alone after a while.
  func endSession(_ talking: Task<Void, Never>) async {
    session.isEnding = true
    guard session.isOpen else {
      talking.cancel()
      return await talking.value
    }
    sendSignal.set()
    // Cancelled as soon as the session has ended.
    let patience = Task { [clock, limits = configuration.limits] in
      do { try await clock.sleep(seconds: limits.farewellSeconds) } catch { return }
      talking.cancel()
    }
    await talking.value
    patience.cancel()
  }

  private func closeSession() {
    session.isOpen = false
    session.sealed = [:]
    session.control = []
    session.answers = []
    session.committingAnswers = []
    session.storedAnswers = []
    session.searchedCount = nil
    // The server repeats in the next session what was not answered in this one.
    deployment.forgetAsks()
    partialState = nil
    session.takenVersion = 0
    if let live = session.live { hub.unsubscribe(live) }
    session.live = nil
  }

  private func converse(
    _ writer: RequestWriter<SessionsV1.AgentMessage>,
    _ responses: ResponseStream<SessionsV1.ServerMessage>, _ address: String
  ) async throws {
    let hello = SessionsV1.Hello(
      environment: configuration.environment.rawValue, instanceID: instanceID,
      namePatterns: configuration.namePatterns, address: address,
      version: deployment.version?.rawValue ?? 0, acknowledged: session.acknowledged,
      softwareVersion: configuration.softwareVersion, handlerIDs: host.handlerIDs,
      takesChanges: true)
    try await writer.write(SessionsV1.AgentMessage(kind: .hello(hello)))
    guard case .welcome(let welcome)? = try await responses.next()?.kind else {
      throw RPCError(.failedPrecondition, "the server did not answer hello with welcome")
    }
    try await open(welcome)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.receiveAll(responses) }
      group.addTask { try await self.sendAll(writer) }
      group.addTask { try await self.paceLiveEntries() }
      group.addTask { try await self.beat() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func open(_ welcome: SessionsV1.Welcome) async throws {
    if welcome.acknowledged < session.acknowledged {
      say(
        .warning, "the server knows less than it acknowledged; everything is reported again", [:])
      try await store.restartNumbering(after: welcome.acknowledged)
    } else {
      do { try await store.acknowledge(welcome.acknowledged) } catch {
        // Nothing gets a number while the disk refuses; what has one may be sent.
        pendingAcknowledgement = welcome.acknowledged
        noteDiskRefusal(error)
        commitSignal.set()
      }
    }
    session.count += 1
    session.acknowledged = welcome.acknowledged
    session.sent = welcome.acknowledged
    session.sealed = [:]
    session.searchedCount = nil
    session.leaseSeconds = Double(max(1, welcome.leaseSeconds))
    session.isOpen = true
    session.error = ""
    if deployment.isPaused || isDiskRefusing { sendCondition() }
    let live = LogSubscription(
      filter: LogFilter(), entriesMax: configuration.limits.subscriberEntriesMax,
      onEntry: { [liveSignal] in liveSignal.set() })
    if hub.subscribe(live, history: 0) != nil { session.live = live }
    await apply(
      deploy: welcome.deployIntervalSeconds, repair: welcome.repairIntervalSeconds,
      isHalted: welcome.halted)
    say(.info, "session with the server is open", [:])
    sendSignal.set()
  }

  private func apply(deploy: UInt32, repair: UInt32, isHalted: Bool) async {
    var settings = deployment.settings
    settings.deployIntervalSeconds = configuration.deployIntervalSeconds ?? Double(deploy)
    settings.repairIntervalSeconds = configuration.repairIntervalSeconds ?? Double(repair)
    perform(deployment.update(settings: settings, at: clock.now()))
    guard isHalted != deployment.isHalted else { return }
    try? await store.store(isHalted: isHalted)
    perform(deployment.setHalted(isHalted, at: clock.now()))
  }

  // MARK: - Down

  private func receiveAll(_ responses: ResponseStream<SessionsV1.ServerMessage>) async throws {
    while let message = try await responses.next() {
      switch message.kind {
      case .desiredState(let part): try await receive(part)
      case .remoteStates(let message): receive(message)
      case .acknowledgement(let message): acknowledged(message.number)
      case .trigger(let message): trigger(message)
      case .planTask(let part): receive(part)
      case .settings(let message):
        await apply(
          deploy: message.deployIntervalSeconds, repair: message.repairIntervalSeconds,
          isHalted: message.halted)
      case .heartbeat, .welcome, nil: break
      }
    }
  }

  private func receive(_ message: SessionsV1.RemoteStates) {
    let states = message.states.compactMap { try? ResourceState($0) }
    for state in states { batch.remoteStates[state.id] = state }
    perform(deployment.receive(remote: states, at: clock.now()))
    commitSignal.set()
  }

  private func acknowledged(_ number: UInt64) {
    guard number > session.acknowledged, number <= session.sent else { return }
    session.acknowledged = number
    pendingAcknowledgement = number
    commitSignal.set()
    sendSignal.set()
  }

  private func trigger(_ message: SessionsV1.Trigger) {
    // Not answered, it comes again in the next session.
    guard !isStopping else { return }
    let ids = message.resourceIDs.compactMap { try? ResourceID(parsing: $0) }
    _ = trigger(message.mode, ids, ask: message.number > 0 ? message.number : nil)
  }

  func trigger(
    _ mode: ResourcesV1.DeployMode, _ ids: [ResourceID], ask: UInt64? = nil
  ) -> Int {
    let kind: ActionKind =
      switch mode {
      case .repair: .repair
      case .check: .check
      default: .deploy
      }
    let (actions, concerned) = deployment.trigger(kind, ids, ask: ask, at: clock.now())
    perform(actions)
    return concerned
  }

  // MARK: - Up

  /// Sends as the connection takes it; a slow server leaves everything else on the disk.
  private func sendAll(_ writer: RequestWriter<SessionsV1.AgentMessage>) async throws {
    repeat {
      // A look at the disk that began before the last commit says nothing about it.
      let isLast = session.isEnding
      while let message = try await nextMessage() {
        try await writer.write(SessionsV1.AgentMessage(kind: message))
      }
      if isLast, session.isDrained, session.inFlight == 0 {
        writer.finish()
        // The server ends the call.
        while await sendSignal.wait() {}
        return
      }
    } while await sendSignal.wait()
  }

  /// Live entries that come together go together: each message, however small, wakes both ends.
  /// Whatever else is sent takes those that wait along, before it.
  private func paceLiveEntries() async throws {
    while await liveSignal.wait() {
      sendSignal.set()
      try await clock.sleep(seconds: configuration.limits.livePauseSeconds)
    }
  }

  private func nextMessage() async throws -> SessionsV1.AgentMessage.OneOf_Kind? {
    try Task.checkCancellation()
    session.isDrained = false
    if !session.control.isEmpty { return session.control.removeFirst() }
    if let live = session.live {
      session.control = live.takeAll().entries.messageParts().map { part in
        .liveEntries(SessionsV1.LiveEntries(entries: part.map { LogV1.LogEntry($0) }))
      }
      if !session.control.isEmpty { return session.control.removeFirst() }
    }
    guard session.inFlight < configuration.limits.reportsInFlightMax else { return nil }
    // Only what was stored before the look at the disk is known to be reported after it.
    let ready = session.storedAnswers.count
    let (next, isDrained) = await nextReport()
    session.isDrained = isDrained || diskErrors[.state] != nil
    guard let report = next else {
      guard isDrained, ready > 0 else { return nil }
      session.control += session.storedAnswers.prefix(ready)
      session.storedAnswers.removeFirst(ready)
      return session.control.removeFirst()
    }
    session.sent = report.number
    return .report(
      SessionsV1.Report(
        number: report.number, states: report.states.map { ResourceV1.ResourceState($0) },
        actions: report.actions.map { ResourcesV1.ResourceAction($0) },
        facts: report.facts.map { ResourceV1.Fact($0) },
        entries: report.entries.map { LogV1.LogEntry($0) }))
  }

  /// The next report; nil if there is none, and whether that is because everything was sent.
  private func nextReport() async -> (report: SealedReport?, isDrained: Bool) {
    let next = session.sent + 1
    if let report = session.sealed.removeValue(forKey: next) { return (report, false) }
    // Between two commits there are many reasons to send something, and nothing new on the disk.
    if session.sealed.isEmpty, session.searchedCount == spooledCount { return (nil, true) }
    let (count, spooled) = (session.count, spooledCount)
    do {
      let stored = try await store.sealedReports(after: session.sent, limit: 4)
      for report in stored { session.sealed[report.number] = report }
      if let report = session.sealed.removeValue(forKey: next) { return (report, false) }
      let report = try await store.sealReport(
        gapSequence: hub.nextSequence(), time: clock.now().wall)
      if let report, report.number != next { session.sealed[report.number] = report }
      if report == nil, session.count == count { session.searchedCount = spooled }
      return (report?.number == next ? report : nil, report == nil)
    } catch {
      // The disk refuses; the commit loop says so and the next signal tries again.
      return (nil, false)
    }
  }

  /// Signs of life, three in each lease.
  private func beat() async throws {
    while true {
      try await clock.sleep(seconds: session.leaseSeconds / 3)
      // A connection that takes nothing needs no more signs of life.
      guard session.control.count < SessionState.controlMax else { continue }
      session.control.append(
        .heartbeat(SessionsV1.Heartbeat(timeUnixNanos: clock.now().wall.unixNanos)))
      sendSignal.set()
    }
  }
}
