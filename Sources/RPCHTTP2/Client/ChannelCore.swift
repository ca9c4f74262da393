internal import EventLoop
internal import HTTP2
internal import RPCCore

/// The state of a channel: the ways to its servers, and the calls that wait for one.
///
/// ```
///  idle --call--> resolving --addresses--> serving --all lost (pick first), unused--> idle
///   ^                 |  none
///   |                 v
///   +--time is up-- unresolved: calls that do not wait fail with the error
/// ```
/// While serving, each ``Subchannel`` has a state of its own; a call waits while one is connecting,
/// and fails when all of them back off, unless it waits for readiness.
///
/// No actor, as ``ServerConnection`` says.
final class ChannelCore: @unchecked Sendable {
  // Sendable: the channel, its timers and its connections call it, all of them on the loop.

  private enum Phase {
    case idle
    case resolving
    case serving
    case unresolved(RPCError)
    case closed
  }

  /// A subchannel with what belongs to it.
  private final class Slot {
    let number: Int
    let addresses: [SocketAddress]
    var machine: Subchannel
    /// The connection that is being made or used.
    var connection: ClientConnection?
    var timer: TimerID?
    var error: RPCError?

    init(number: Int, addresses: [SocketAddress], machine: Subchannel) {
      self.number = number
      self.addresses = addresses
      self.machine = machine
    }
  }

  let loop: EventLoop
  let shared: ChannelShared

  private let target: ChannelTarget
  private let authority: String
  private let options: HTTP2ChannelOptions
  private let input = InputBuffer()
  private var phase = Phase.idle
  private var slots: [Slot] = []
  private var slotNumbers = 0
  /// The slot that a call is offered first.
  private var next = 0
  private var waiting: [ClientStream] = []
  private var waitingCompactedAt = ChannelCore.compactionCountMin
  private var draining: [ClientConnection] = []
  private var resolutionFailures = 0
  private var resolvedAt: ContinuousClock.Instant?
  private var resolveTimer: TimerID?
  private var idleTimer: (id: TimerID, callsStarted: Int)?
  /// Doubles each time that a server calls the pings too many.
  private var keepaliveFactor = 1

  /// The most calls that wait for a connection.
  private static let waitingMax = 10_000
  private static let compactionCountMin = 64
  /// The least time between two questions to the resolver while connections are lost.
  private static let resolveInterval = Duration.seconds(30)
  /// A channel that servers told to ping less pings at least so often.
  private static let keepaliveFactorMax = 1 << 10

  init(target: ChannelTarget, loop: EventLoop, options: HTTP2ChannelOptions) {
    self.target = target
    authority = target.addresses[0].authority
    self.loop = loop
    self.options = options
    shared = ChannelShared(codecs: input.codecs, options: options)
  }

  /// Called once, before the first call.
  func prepare() {
    shared.restart = { [weak self] stream in
      guard let self else { return stream.end(RPCError(.cancelled, "the channel is gone")) }
      place(stream)
    }
  }

  // MARK: - Calls

  func start(_ stream: ClientStream) {
    loop.checkIsolated()
    shared.callsStarted += 1
    stream.begin()
    place(stream)
  }

  private func place(_ stream: ClientStream) {
    switch phase {
    case .serving:
      if let connection = pick() { return connection.start(stream) }
      for slot in slots { want(slot) }
      // Connecting may have failed at once.
      if case .serving = phase, let error = backoffError { return refuse(stream, error) }
      wait(stream)
    case .idle:
      wait(stream)
      resolve()
    case .resolving: wait(stream)
    case .unresolved(let error): refuse(stream, error)
    case .closed: stream.end(closedError)
    }
  }

  private func refuse(_ stream: ClientStream, _ error: RPCError) {
    if stream.options.waitForReady { wait(stream) } else { stream.end(error) }
  }

  private func wait(_ stream: ClientStream) {
    guard !stream.hasEnded else { return }
    if waiting.count >= waitingCompactedAt {
      waiting.removeAll { $0.hasEnded }
      waitingCompactedAt = max(Self.compactionCountMin, 2 * waiting.count)
    }
    guard waiting.count < Self.waitingMax else {
      return stream.end(
        RPCError(.resourceExhausted, "\(Self.waitingMax) calls wait for \(target) already"))
    }
    waiting.append(stream)
  }

  /// Finds a connection for calls that wait, or fails those that do not.
  private func placeWaiting() {
    let streams = waiting
    waiting = []
    for stream in streams where !stream.hasEnded { place(stream) }
  }

  private func pick() -> ClientConnection? {
    let count = slots.count
    for offset in 0..<count {
      let index = (next + offset) % count
      guard slots[index].machine.state == .ready else { continue }
      next = index + 1
      return slots[index].connection
    }
    return nil
  }

  /// The error of the last attempt when no way is open or being opened.
  private var backoffError: RPCError? {
    var error: RPCError?
    for slot in slots {
      guard case .backingOff = slot.machine.state else { return nil }
      error = slot.error
    }
    return error
  }

  private var closedError: RPCError {
    RPCError(.cancelled, "the channel to \(target) is closed")
  }

  // MARK: - Resolving

  private func resolve() {
    phase = .resolving
    resolveAddresses()
  }

  /// Asks again behind the back of calls: a lost server may have a new address.
  private func resolveAgain() {
    guard options.balancing == .roundRobin, case .serving = phase, let resolvedAt,
      resolvedAt.duration(to: .now) >= Self.resolveInterval
    else { return }
    self.resolvedAt = .now
    resolveAddresses()
  }

  private func resolveAddresses() {
    TargetResolver.resolve(target, on: loop) { [weak self] result in
      self?.resolved(result)
    }
  }

  private func resolved(_ result: Result<[SocketAddress], EventLoopError>) {
    switch (phase, result) {
    case (.resolving, .success(let addresses)), (.serving, .success(let addresses)):
      resolutionFailures = 0
      resolvedAt = .now
      serve(addresses)
    case (.resolving, .failure(let error)): resolutionFailed(error.message)
    case (.serving, .failure), (.idle, _), (.unresolved, _), (.closed, _):
      // Known addresses stay in use; a channel that has gone idle meanwhile asks again.
      return
    }
  }

  private func resolutionFailed(_ reason: String) {
    resolutionFailures += 1
    phase = .unresolved(unreachable(reason))
    let wait = options.backoff.wait(
      afterFailures: resolutionFailures, using: &shared.generator)
    resolveTimer = loop.setTimer(at: .now + wait) { [weak self] in
      self?.resolutionBackoffEnded()
    }
    placeWaiting()
  }

  private func resolutionBackoffEnded() {
    resolveTimer = nil
    guard case .unresolved = phase else { return }
    goIdle()
  }

  /// Leaves the work to the next call, unless one waits already.
  private func goIdle() {
    phase = .idle
    waiting.removeAll { $0.hasEnded }
    if !waiting.isEmpty { resolve() }
  }

  /// Makes the slots of addresses; those that stay keep their connections.
  private func serve(_ addresses: [SocketAddress]) {
    let groups: [[SocketAddress]] =
      switch options.balancing {
      case .pickFirst: [addresses]
      case .roundRobin: addresses.map { [$0] }
      }
    let old = slots
    slots = groups.map { group in
      if let known = old.first(where: { $0.addresses == group }) { return known }
      slotNumbers += 1
      let failures = options.balancing == .pickFirst ? old.first?.machine.failures ?? 0 : 0
      return Slot(
        number: slotNumbers, addresses: group,
        machine: Subchannel(
          addressCount: group.count, backoff: options.backoff,
          connectTimeout: options.connectTimeout, failures: failures))
    }
    for slot in old where !slots.contains(where: { $0 === slot }) { retire(slot) }
    phase = .serving
    armIdleTimer()
    for slot in slots { want(slot) }
    placeWaiting()
  }

  /// Lets the calls of a server end that the target does not name any more.
  private func retire(_ slot: Slot) {
    slot.machine.close()
    stopTimer(of: slot)
    guard let connection = slot.connection else { return }
    slot.connection = nil
    draining.append(connection)
    connection.drain()
  }

  // MARK: - Connecting

  private func want(_ slot: Slot) {
    perform(slot.machine.wanted(now: .now, using: &shared.generator), slot)
  }

  private func perform(_ action: Subchannel.Action, _ slot: Slot) {
    switch action {
    case .none: return
    case .connect(let number, let deadline): connect(slot, number, deadline)
    case .start: placeWaiting()
    case .backOff(let until): backOff(slot, until)
    case .disconnected: disconnected(slot)
    }
  }

  private func connect(_ slot: Slot, _ number: Int, _ deadline: ContinuousClock.Instant) {
    do {
      let connection = try ClientConnection(
        to: slot.addresses[number], authority: authority, loop: loop, input: input,
        options: connectionOptions
      ) { [weak self] connection, report in
        self?.handle(report, of: connection)
      }
      slot.connection = connection
      slot.timer = loop.setTimer(at: deadline) {
        connection.close("the time limit for connecting has passed")
      }
      connection.start()
    } catch {
      perform(slot.machine.lost("\(error)", now: .now), slot)
    }
  }

  private var connectionOptions: HTTP2ChannelOptions {
    var options = options
    if let interval = options.keepaliveInterval {
      options.keepaliveInterval = interval * keepaliveFactor
    }
    return options
  }

  private func handle(_ report: ClientConnection.Report, of connection: ClientConnection) {
    guard let slot = slots.first(where: { $0.connection === connection }) else {
      if case .closed = report { draining.removeAll { $0 === connection } }
      return
    }
    switch report {
    case .connected:
      stopTimer(of: slot)
      perform(slot.machine.connected(), slot)
    case .draining(let code, let debug):
      // gRPC keepalive: a client that hears this pings half as often.
      if code == .enhanceYourCalm, debug == "too_many_pings" {
        keepaliveFactor = min(2 * keepaliveFactor, Self.keepaliveFactorMax)
      }
      stopTimer(of: slot)
      slot.connection = nil
      draining.append(connection)
      perform(slot.machine.draining("the server closes the connection: \(code)", now: .now), slot)
    case .closed(let reason):
      stopTimer(of: slot)
      slot.connection = nil
      perform(slot.machine.lost(reason, now: .now), slot)
    }
  }

  private func backOff(_ slot: Slot, _ until: ContinuousClock.Instant) {
    if case .backingOff(let reason) = slot.machine.state { slot.error = unreachable(reason) }
    slot.timer = loop.setTimer(at: until) { [weak self, number = slot.number] in
      self?.backoffEnded(number)
    }
    if backoffError != nil { placeWaiting() }
    resolveAgain()
  }

  private func backoffEnded(_ number: Int) {
    guard let slot = slots.first(where: { $0.number == number }) else { return }
    slot.timer = nil
    perform(slot.machine.timeCame(), slot)
  }

  private func disconnected(_ slot: Slot) {
    switch options.balancing {
    case .pickFirst: goIdle()
    case .roundRobin:
      want(slot)
      resolveAgain()
    }
  }

  private func unreachable(_ reason: String) -> RPCError {
    RPCError(.unavailable, "cannot reach \(target): \(reason)")
  }

  private func stopTimer(of slot: Slot) {
    if let timer = slot.timer { loop.cancel(timer) }
    slot.timer = nil
  }

  // MARK: - Statistics

  func statistics() -> ChannelStatistics {
    var statistics = ChannelStatistics()
    statistics.target = target.description
    statistics.state = connectivity
    statistics.callsStarted = shared.callsStarted
    statistics.callsSucceeded = shared.callsSucceeded
    statistics.callsFailed = shared.callsFailed
    statistics.callsWaiting = waiting.count { !$0.hasEnded }
    statistics.retries = shared.retries
    let connections = slots.compactMap(\.connection) + draining
    statistics.connections = connections.map { $0.statistics() }
    return statistics
  }

  private var connectivity: ChannelStatistics.State {
    switch phase {
    case .idle: return .idle
    case .resolving: return .connecting
    case .unresolved: return .transientFailure
    case .closed: return .shutDown
    case .serving: break
    }
    var isConnecting = false
    var isBackingOff = false
    for slot in slots {
      switch slot.machine.state {
      case .ready: return .ready
      case .connecting: isConnecting = true
      case .backingOff: isBackingOff = true
      case .idle, .closed: continue
      }
    }
    return isConnecting ? .connecting : isBackingOff ? .transientFailure : .idle
  }

  // MARK: - End

  private func armIdleTimer() {
    guard idleTimer == nil, let timeout = options.idleTimeout else { return }
    let id = loop.setTimer(at: .now + timeout) { [weak self] in
      self?.idleTimeCame()
    }
    idleTimer = (id, shared.callsStarted)
  }

  /// Closes what no call has used since the timer was set.
  private func idleTimeCame() {
    guard let timer = idleTimer else { return }
    idleTimer = nil
    guard case .serving = phase else { return }
    waiting.removeAll { $0.hasEnded }
    let isUsed = slots.contains { slot in
      slot.connection?.hasCalls ?? false
    }
    guard !isUsed, waiting.isEmpty, shared.callsStarted == timer.callsStarted else {
      return armIdleTimer()
    }
    phase = .idle
    for slot in slots { retire(slot) }
    slots = []
  }

  func close() {
    let old = slots
    phase = .closed
    slots = []
    if let resolveTimer { loop.cancel(resolveTimer) }
    if let idleTimer { loop.cancel(idleTimer.id) }
    for stream in waiting { stream.end(closedError) }
    waiting = []
    for slot in old {
      stopTimer(of: slot)
      slot.connection?.shutDown()
    }
    for connection in draining { connection.shutDown() }
    draining = []
  }
}
