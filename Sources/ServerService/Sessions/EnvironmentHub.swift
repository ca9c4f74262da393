internal import Logging
internal import RPCCore
internal import Resources
internal import Schema
internal import Store

/// The live side of one environment: who is connected, who watches, what travels between them. What
/// must last is in the store before it passes through here.
actor EnvironmentHub {
  struct Release: Sendable {
    var version: VersionNumber
    /// Number of resources of each agent.
    var agents: [String: Int]
    /// Agents that require a resource of another agent.
    var requirers: [ResourceID: Set<String>]
  }

  /// What a session is to be sent as desired state.
  struct Slice: Sendable {
    var version: VersionNumber
    var names: Set<String>
    var remote: [ResourceID]
  }

  let name: EnvironmentName
  let store: any Store
  let clock: ServerClock
  let logger: Logger

  var record: EnvironmentRecord?
  var release: Release?
  var table = SessionTable()
  var watchers: [UInt64: Mailbox<WatchContents>] = [:]
  var wishes = WishTable()
  var subscribers: [UInt64: LogSubscriber] = [:]
  var plans: [PlanID: PlanRun] = [:]
  var refusals = RefusalTable()
  /// Names that some instance once served: the store knew them when the hub was made.
  private var knownPatterns: Set<GlobPattern> = []
  private var nextNumber: UInt64 = 1
  private var lastHeartbeat: Duration = .zero
  /// Whether a release is in the store that could not be read yet.
  private var isStale = false
  /// Whether what agents were asked for before this start was read from the store.
  private var hasWishes = false
  private let started: Duration

  init(name: EnvironmentName, store: any Store, clock: ServerClock, logger: Logger) {
    self.name = name
    self.store = store
    self.clock = clock
    self.logger = logger
    started = clock.elapsed()
  }

  func takeNumber() -> UInt64 {
    defer { nextNumber += 1 }
    return nextNumber
  }

  /// Reads settings and release from the store; tells agents and watches of a newer release.
  func reload() async throws {
    let record = try await store.environment(name)
    if knownPatterns.isEmpty {
      let instances = try await store.instances(in: name)
      knownPatterns = Set(instances.flatMap(\.hello.namePatterns).map(GlobPattern.init))
    }
    if !hasWishes {
      hasWishes = true
      do { try await restoreWishes() } catch {
        hasWishes = false
        throw error
      }
    }
    var next: Release?
    if let version = record.releasedVersion, version != release?.version {
      next = Release(
        version: version, agents: try await store.agents(of: version, in: name),
        requirers: try await store.remoteRequirers(of: version, in: name))
    }
    self.record = record
    // A newer release may have been read while this one was.
    guard let next, release.map({ $0.version < next.version }) ?? true else { return }
    release = next
    _ = table.assign(next.agents.keys, at: clock.elapsed())
    for session in table.sessions.values {
      session.stream?.mailbox.update { $0.hasDesiredState = true }
    }
    for watcher in watchers.values { watcher.update { $0.isReleased = true } }
    await deliverWishes()
  }

  /// Reads a new release; if the store cannot just now, each tick tries again.
  func releaseChanged() async {
    isStale = true
    do {
      try await reload()
      isStale = false
    } catch {
      logger.error(
        "a release could not be read, trying again",
        metadata: ["environment": "\(name)", "error": "\(error)"])
    }
  }

  func settingsChanged(_ environment: EnvironmentRecord) {
    record = environment
    for session in table.sessions.values {
      session.stream?.mailbox.update { $0.settings = environment }
    }
    wakeWatchers()
  }

  // MARK: Sessions

  /// Opens a session. ALREADY_EXISTS if another instance serves one of the names.
  func open(_ hello: AgentHello) async throws -> OpenSession {
    try refuseConflict(hello)
    let instance = try await store.openInstance(hello, in: name, at: clock.now())
    try refuseConflict(hello)
    guard let record else { throw RPCError(.notFound, "there is no environment \(name)") }
    guard table.sessions.count < ServerLimits.sessionsMax else {
      throw RPCError(
        .resourceExhausted, "\(ServerLimits.sessionsMax) agents are connected already")
    }
    let mailbox = Mailbox<SessionContents>()
    let stream = takeNumber()
    let now = clock.elapsed()
    for replaced in table.open(instance, stream: stream, mailbox, at: now) {
      replaced.close(RPCError(.aborted, "a newer session serves these names"))
    }
    failPlans(of: instance.key)
    knownPatterns.formUnion(hello.namePatterns.map(GlobPattern.init))
    reassign()
    if release != nil { mailbox.update { $0.hasDesiredState = true } }
    wakeWatchers()
    await deliverWishes()
    return OpenSession(
      key: instance.key, stream: stream, acknowledged: instance.hello.acknowledged,
      environment: record, mailbox: mailbox)
  }

  private func refuseConflict(_ hello: AgentHello) throws(RPCError) {
    guard let (pattern, other) = table.conflict(with: hello, at: clock.elapsed()) else {
      refusals.accepted(hello.instanceID)
      return
    }
    let message =
      "agent name `\(pattern)` is served by another instance at `\(other.record.hello.address)`; "
      + "stop it, or wait \(ServerLimits.leaseSeconds) s after it was last heard of"
    refusals.add(
      RefusalTable.Refusal(
        instanceID: hello.instanceID, patterns: hello.namePatterns.map(GlobPattern.init),
        address: hello.address, message: message, time: clock.now(), since: clock.elapsed()))
    logger.warning(
      "agent refused",
      metadata: ["agent.address": "\(hello.address)", "reason": "\(message)"])
    throw RPCError(.alreadyExists, message)
  }

  /// Notes the end of a stream.
  func close(_ session: OpenSession, isGraceful: Bool) async {
    guard table.isCurrent(session.key, session.stream) else { return }
    table.close(session.key, isGraceful: isGraceful)
    failPlans(of: session.key)
    reassign()
    // Another one may serve its names already.
    await deliverWishes()
    wakeWatchers()
    try? await store.noteSeen([session.key: clock.now()])
  }

  /// Notes a sign of life; throws when the stream is no longer the one of its instance.
  func heard(_ session: OpenSession) throws(RPCError) {
    guard table.isCurrent(session.key, session.stream) else {
      throw RPCError(.aborted, "a newer session serves these names")
    }
    table.heard(session.key, at: clock.elapsed())
  }

  /// Stores a report, acknowledges it, and passes it on.
  func receive(_ report: AgentReport, from session: OpenSession) async throws {
    try heard(session)
    var report = report
    let patterns = table[session.key]?.patterns ?? []
    report.states.removeAll { state in !patterns.contains { $0.matches(state.id.agent) } }
    // What is stored can be sent: each part fits into the messages of all that lists it.
    report.states = report.states.map(\.bounded)
    report.actions = report.actions.map(\.bounded)
    report.facts = report.facts.map(\.bounded)
    report.entries = report.entries.map(\.bounded)
    let outcome = try await store.apply(report, in: name, at: clock.now())
    session.mailbox.update { $0.acknowledged = outcome.acknowledged }
    guard outcome.isNew else { return }
    publish(outcome.states, from: session.key)
    publish(report.entries, from: session.key)
    for action in report.actions { publish(action.entries, from: session.key) }
  }

  /// Notes what keeps an agent from work, so that nobody waits for it without a word.
  func receive(
    _ condition: SessionsV1.AgentCondition, from session: OpenSession
  ) throws(RPCError) {
    try heard(session)
    var hindrance: Hindrance?
    if condition.paused || !condition.diskError.isEmpty {
      hindrance = Hindrance(
        isPaused: condition.paused,
        diskError: condition.diskError.cut(toBytes: WireBounds.lineBytesMax),
        since: table[session.key]?.hindrance?.since ?? clock.elapsed())
    }
    table.hinder(session.key, hindrance)
    if let reason = stuckReason(of: table[session.key]) {
      failPlans(of: session.key, .failed, reason)
    }
    wakeWatchers()
  }

  func desiredStateStored(_ version: VersionNumber, by session: OpenSession) async throws {
    try heard(session)
    try await store.noteDesiredStateStored(version, by: session.key)
    table.stored(version, session.key)
    wakeWatchers()
  }

  /// What a session is to be sent; nil if nothing is released.
  func slice(of session: OpenSession) -> Slice? {
    guard let release, let names = table[session.key]?.names else { return nil }
    let remote = release.requirers.filter { id, agents in
      !names.contains(id.agent) && !agents.isDisjoint(with: names)
    }
    return Slice(version: release.version, names: names, remote: remote.keys.sorted())
  }

  private func publish(_ states: [ResourceState], from reporter: AgentInstanceKey) {
    if states.isEmpty { return }
    for watcher in watchers.values { watcher.update { $0.add(states) } }
    guard let release, !release.requirers.isEmpty else { return }
    for state in states {
      guard let requirers = release.requirers[state.id] else { continue }
      for session in table.sessions.values
      where session.record.key != reporter && !session.names.isDisjoint(with: requirers) {
        session.stream?.mailbox.update { $0.remoteStates[state.id] = state }
      }
    }
  }

  // MARK: Time

  /// Ends leases, sends heartbeats, and lets watches look at the time.
  func tick() async {
    if isStale { await releaseChanged() }
    let now = clock.elapsed()
    refusals.expire(at: now)
    if table.expire(at: now) {
      reassign()
      await deliverWishes()
    }
    if now - lastHeartbeat >= .seconds(ServerLimits.heartbeatSeconds) {
      lastHeartbeat = now
      var times: [AgentInstanceKey: Timestamp] = [:]
      let date = clock.now()
      for session in table.sessions.values {
        guard let stream = session.stream else { continue }
        stream.mailbox.update { $0.hasHeartbeat = true }
        if now - session.lastHeard < SessionTable.lease { times[session.record.key] = date }
      }
      if !times.isEmpty { try? await store.noteSeen(times) }
    }
    wakeWatchers()
  }

  /// Ends every stream of the environment.
  func close(_ error: RPCError) {
    for session in table.sessions.values { session.stream?.mailbox.close(error) }
    for watcher in watchers.values { watcher.close(error) }
    for subscriber in subscribers.values { subscriber.mailbox.close(error) }
    for plan in plans.values { plan.mailbox.close(error) }
  }

  /// Gives names to sessions anew; those whose names changed get their desired state.
  private func reassign() {
    guard let release else { return }
    for key in table.assign(release.agents.keys, at: clock.elapsed()) {
      table[key]?.stream?.mailbox.update { $0.hasDesiredState = true }
    }
  }

  func wakeWatchers() {
    for watcher in watchers.values { watcher.update { $0.isWoken = true } }
  }

  /// Whether the agent of a name can do something now.
  func presence(of agent: String) -> AgentPresence {
    if let session = table.server(of: agent), session.stream != nil {
      return .connected(storedVersion: session.storedVersion, hindrance: session.hindrance)
    }
    let isKnown = knownPatterns.contains { $0.matches(agent) }
    return .absent(since: table.left[agent] ?? started, isKnown: isKnown)
  }
}
