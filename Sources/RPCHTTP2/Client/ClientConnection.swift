internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import TLS

/// One connection of a channel: its socket, its session and its calls, on one loop.
///
/// No actor, as ``ServerConnection`` says.
final class ClientConnection: SocketEventHandler, TurnEndHandler, SessionConnection,
  @unchecked Sendable
{
  // Sendable: the loop, the streams and the core of the channel call it, all of them on the loop.

  private enum State {
    case connecting(SocketAddress)
    /// The socket is connected; the server has not sent its SETTINGS.
    case greeting
    case ready
    /// The server accepts no more calls; those under way go on.
    case draining
    case closed
  }

  /// What the channel hears of its connection, on the loop.
  enum Report: Sendable {
    /// The server has sent its SETTINGS: calls may start.
    case connected
    /// The server takes no more calls.
    case draining(HTTP2ErrorCode, debug: String)
    case closed(String)
  }

  let loop: EventLoop
  let io: ConnectionIO
  private let authority: String
  private let scheme: String
  private let report: @Sendable (ClientConnection, Report) -> Void
  private var state: State
  private let streams = StreamMap<ClientStream>()
  private var waitingWriters: [HTTP2MessageStream] = []
  private var isFlushScheduled = false
  /// The payload of the DATA frames of one read.
  private var receivedDataBytes = 0
  private var keeper: ClientKeeper
  private var keeperTimer: (id: TimerID, at: ContinuousClock.Instant)?
  private let messageBytesMax: Int
  private var windows: WindowEstimator
  private let counters = ConnectionCounters()
  private let createdAt: ContinuousClock.Instant
  /// The headers of plain requests by the path of their method.
  private var preparedRequests: [String: PreparedFields] = [:]
  /// Why the server takes no more calls, when that is no ordinary end.
  private var goAway: String?

  private static let readsMax = 4
  private static let preparedRequestsMax = 256
  /// Messages up to this size are not counted: all streams together hold little of them.
  private static let smallMessageBytes = 64 << 10

  init(
    to address: SocketAddress,
    authority: String,
    loop: EventLoop,
    input: InputBuffer,
    options: HTTP2ChannelOptions,
    report: @escaping @Sendable (ClientConnection, Report) -> Void
  ) throws {
    self.loop = loop
    self.authority = authority
    self.report = report
    state = .connecting(address)
    messageBytesMax = options.connectionMessageBytesMax
    let session = try HTTP2Session(role: .client, settings: options.settings)
    windows = WindowEstimator(
      streamBytes: options.streamWindowBytes, connectionBytes: options.connectionWindowBytes,
      streamBytesMax: options.streamWindowBytesMax)
    createdAt = session.receivedAt
    keeper = ClientKeeper(
      interval: options.keepaliveInterval, timeout: options.keepaliveTimeout,
      isAllowedWithoutCalls: options.keepaliveWithoutCalls, now: session.receivedAt)
    scheme = options.tls == nil ? "http" : "https"
    let tls = try options.tls?.makeSession(
      serverName: options.tlsServerName ?? ServiceAddress.host(ofAuthority: authority))
    io = ConnectionIO(
      try StreamSocket.connect(to: address), session: session, tls: tls, input: input, loop: loop)
  }

  func start() {
    io.start(self, for: [.readable, .writable])
  }

  // MARK: - Loop

  func ready(_ events: SocketEvents) {
    if case .connecting(let address) = state { return finishConnecting(to: address) }
    if events.contains(.writable) { scheduleFlush() }
    guard !events.isDisjoint(with: [.readable, .failed]) else { return }
    for _ in 0..<Self.readsMax {
      switch io.read() {
      case .nothing: return
      case .closed(let reason): return close(reason)
      case .events(let events):
        keeper.received(now: io.session.receivedAt)
        // An answered ping makes the next deadline nearer than the one that the timer waits for.
        armKeeper()
        greet()
        for event in events { handle(event) }
        if receivedDataBytes > 0 {
          if windows.received(receivedDataBytes) { measureWindows() }
          receivedDataBytes = 0
        }
        scheduleFlush()
        guard io.mayHaveMore else { return }
      }
    }
  }

  private func finishConnecting(to address: SocketAddress) {
    do throws(EventLoopError) {
      try io.finishConnecting(to: address)
      state = .greeting
      scheduleFlush()
    } catch {
      close(error.message)
    }
  }

  /// Calls start once the limits of the server are known: until then it may be no server of HTTP/2.
  private func greet() {
    guard case .greeting = state, io.session.hasPeerSettings else { return }
    state = .ready
    report(self, .connected)
    armKeeper()
  }

  func scheduleFlush() {
    guard !isFlushScheduled, io.isOpen else { return }
    if case .connecting = state { return }
    isFlushScheduled = true
    loop.flushAtTurnEnd(self)
  }

  func turnEnded() {
    isFlushScheduled = false
    if let reason = io.flush() { return close(reason) }
    for event in io.session.takeEvents() { handle(event) }
    waitingWriters.removeAll { !$0.resumeWriterIfRoom() }
    closeIfDrained()
  }

  // MARK: - Events

  private func handle(_ event: HTTP2Event) {
    switch event {
    case .headers(let id, let block): streams[id]?.received(block)
    case .data(let id, let range):
      guard let stream = streams[id] else { return io.session.consume(range.count, stream: id) }
      stream.received(io.input.bytes, range)
      receivedDataBytes += range.count
      if stream.inbound.frontBytes > Self.smallMessageBytes { limitMessageBytes(of: stream) }
    case .endOfStream(let id): streams[id]?.receivedEnd()
    case .closed(let id, let code):
      guard let stream = streams.removeValue(of: id) else { return }
      callsChanged()
      if !stream.hasEnded {
        let status = StatusCode(http2Error: code.rawValue)
        stream.closed(
          RPCError(status, "the server reset the call: \(code)", origin: .remote),
          code == .refusedStream ? .refused : .status(status, .none))
      }
      counters.callEnded(isOK: stream.isOK)
    case .goAway(let code, let debug): receivedGoAway(code, debug)
    case .pinged: return
    case .pingAnswered(let tag):
      guard tag == PingTag.windows, windows.pingAnswered(now: io.session.receivedAt) else { return }
      io.session.submitWindows(
        streamBytes: windows.streamBytes, connectionBytes: windows.connectionBytes)
    }
  }

  private func receivedGoAway(_ code: HTTP2ErrorCode, _ debug: String) {
    switch state {
    case .greeting, .ready: break
    case .connecting, .draining, .closed: return
    }
    state = .draining
    goAway = code == .noError ? nil : "GOAWAY \(code) \(debug)"
    report(self, .draining(code, debug: debug))
  }

  /// Flow control cannot bound incomplete messages: they get credit so that they become complete.
  private func limitMessageBytes(of stream: ClientStream) {
    let held = streams.all.reduce(0) { $0 + $1.value.inbound.frontBytes }
    guard held > messageBytesMax else { return }
    stream.end(
      RPCError(
        .resourceExhausted,
        "the messages under way on the connection have \(held) bytes, over the limit of "
          + "\(messageBytesMax)"))
  }

  private func measureWindows() {
    windows.pingSent(now: .now)
    counters.pingsSent += 1
    io.session.submitPing(PingTag.windows)
  }

  /// What has happened so far.
  func statistics() -> ConnectionStatistics {
    counters.statistics(
      io, windows, createdAt: createdAt,
      streams.all.map {
        $0.value.statistics(method: $0.value.method.path, since: $0.value.startedAt)
      })
  }

  // MARK: - Keeping

  private func callsChanged() {
    guard keeper.isActive else { return }
    keeper.callsChanged(hasCalls: !streams.isEmpty)
    armKeeper()
  }

  /// Sets the timer to the next deadline, unless it is early enough.
  private func armKeeper() {
    guard keeper.isActive, io.isOpen, let next = keeper.nextDeadline else { return }
    if let timer = keeperTimer {
      guard next < timer.at else { return }
      loop.cancel(timer.id)
    }
    let id = loop.setTimer(at: next) { self.keeperTimeCame() }
    keeperTimer = (id, next)
  }

  private func keeperTimeCame() {
    keeperTimer = nil
    switch keeper.timeCame(now: .now) {
    case .none: break
    case .ping:
      counters.pingsSent += 1
      io.session.submitPing(PingTag.keepalive)
      scheduleFlush()
    case .close: return close("the server did not answer a ping in time")
    }
    armKeeper()
  }

  // MARK: - Calls

  /// Puts a call on the connection.
  func start(_ stream: ClientStream) {
    guard !stream.hasEnded else { return }
    do throws(HTTP2Error) {
      let id = try io.session.submitRequest(headers(of: stream), body: stream.body)
      streams[id] = stream
      counters.callsStarted += 1
      stream.counters = counters
      stream.opened(id, on: self)
      callsChanged()
      scheduleFlush()
    } catch {
      // Stream ids are used up (RFC 9113 §5.1.1), or memory: the connection ends with its calls.
      stream.end(RPCError(.unavailable, "the connection takes no more calls: \(error)"))
      drain()
    }
  }

  /// The fields of a request; those of calls that say nothing but their method lie ready.
  private func headers(of stream: ClientStream) -> FieldList {
    let isPlain =
      stream.deadline == nil && stream.options.metadata.isEmpty
      && stream.options.compression == .identity && stream.attempts.previous == 0
    if isPlain, let prepared = preparedRequests[stream.method.path] { return .prepared(prepared) }
    let fields = CallHeaders.request(
      stream.method, scheme: scheme, authority: authority, deadline: stream.deadline,
      compression: stream.options.compression, previousAttempts: stream.attempts.previous,
      metadata: stream.options.metadata)
    guard isPlain, preparedRequests.count < Self.preparedRequestsMax else { return .fields(fields) }
    let prepared = PreparedFields(fields)
    preparedRequests[stream.method.path] = prepared
    return .prepared(prepared)
  }

  // MARK: - End

  /// Closes at once; calls under way fail with `.unavailable`.
  func close(_ reason: String) {
    guard io.isOpen else { return }
    var reason = reason
    if case .greeting = state { reason = "no SETTINGS of an HTTP/2 server came: \(reason)" }
    state = .closed
    if let keeperTimer { loop.cancel(keeperTimer.id) }
    io.close()
    let open = streams.removeAll()
    let text = [reason, goAway].compactMap { $0 }.joined(separator: ": ")
    let error = RPCError(.unavailable, "the connection to \(authority) is lost: \(text)")
    // The channel hears of it first, so that calls that start over find another connection.
    report(self, .closed(text))
    for (id, stream) in open {
      stream.closed(
        error, io.session.hasSentRequest(id) ? .status(.unavailable, .none) : .unsent)
      counters.callEnded(isOK: stream.isOK)
    }
    waitingWriters = []
  }

  /// Whether calls are under way.
  var hasCalls: Bool { !streams.isEmpty }

  /// Takes no more calls and closes when those under way have ended.
  func drain() {
    switch state {
    case .connecting, .greeting: close("the channel does not need the connection")
    case .ready:
      state = .draining
      report(self, .draining(.noError, debug: ""))
      io.session.submitGoAway(.noError)
      scheduleFlush()
    case .draining, .closed: return
    }
  }

  /// Says goodbye and closes.
  func shutDown() {
    guard io.isOpen else { return }
    if case .connecting = state { return close("the channel was closed") }
    for (_, stream) in streams.all {
      stream.end(RPCError(.cancelled, "the channel was closed"))
    }
    io.session.submitGoAway(.noError)
    _ = io.flush()
    close("the channel was closed")
  }

  private func closeIfDrained() {
    guard case .draining = state, streams.isEmpty else { return }
    close("the server closed the connection in an orderly way")
  }

  // MARK: - StreamConnection

  func bodyChanged(of stream: HTTP2MessageStream) {
    guard let id = stream.id else { return }
    io.session.resume(stream.body, stream: id)
    scheduleFlush()
  }

  func writerWaits(on stream: HTTP2MessageStream) {
    waitingWriters.append(stream)
  }

  func release(_ stream: HTTP2MessageStream) {
    guard let id = stream.id else { return }
    // A stream that has been closed is counted there.
    if streams.removeValue(of: id) != nil {
      counters.callEnded(isOK: false)
      callsChanged()
    }
    io.session.reset(id, .cancel)
    scheduleFlush()
  }

  func respond(on stream: HTTP2MessageStream, _ fields: FieldList, hasBody: Bool) {
    preconditionFailure("a client does not respond")
  }
}
