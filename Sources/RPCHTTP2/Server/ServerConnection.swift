internal import EventLoop
internal import HTTP2
internal import RPCCore

/// One connection of a server: its socket, its session and its calls, on one loop.
actor ServerConnection: SocketEventHandler, TurnEndHandler, StreamConnection {
  private enum State {
    case serving
    /// A shutdown notice is out; the ping behind it has not been answered yet.
    case noticed
    case draining
    case closed
  }

  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }

  private let io: ConnectionIO
  private let router: RPCRouter
  private let options: HTTP2ServerOptions
  private let peer: String
  private var streams: [StreamID: ServerStream] = [:]
  private var waitingWriters: [HTTP2MessageStream] = []
  private var state = State.serving
  private var isFlushScheduled = false
  private var runningHandlers = 0
  private var ended: (@Sendable (ServerConnection) -> Void)?

  /// Messages up to this size are not counted: all streams together hold little of them.
  private static let smallMessageBytes = 64 << 10
  /// Reads of one readiness event; then other connections have their turn.
  private static let readsMax = 4

  init(
    _ socket: sending StreamSocket,
    loop: EventLoop,
    input: sending InputBuffer,
    router: RPCRouter,
    options: HTTP2ServerOptions,
    ended: @escaping @Sendable (ServerConnection) -> Void
  ) throws(HTTP2Error) {
    self.loop = loop
    self.router = router
    self.options = options
    self.ended = ended
    let session = try HTTP2Session(role: .server, settings: options.settings)
    let io = ConnectionIO(socket, session: session, input: input, loop: loop)
    peer = io.peer
    self.io = io
  }

  func start() {
    io.start(self, for: .readable)
    scheduleFlush()
  }

  // MARK: - Loop

  nonisolated func ready(_ events: SocketEvents) {
    assumeIsolated { $0.handleReady(events) }
  }

  nonisolated func turnEnded() {
    assumeIsolated { $0.flush() }
  }

  private func handleReady(_ events: SocketEvents) {
    if events.contains(.writable) { scheduleFlush() }
    guard !events.isDisjoint(with: [.readable, .failed]) else { return }
    for _ in 0..<Self.readsMax {
      switch io.read() {
      case .nothing: return
      case .closed(let reason): return close(reason)
      case .events(let events):
        for event in events { handle(event) }
        scheduleFlush()
      }
    }
  }

  private func scheduleFlush() {
    guard !isFlushScheduled, state != .closed else { return }
    isFlushScheduled = true
    loop.flushAtTurnEnd(self)
  }

  private func flush() {
    isFlushScheduled = false
    if let reason = io.flush() { return close(reason) }
    // Closing streams while flushing makes events too.
    for event in io.session.takeEvents() { handle(event) }
    waitingWriters.removeAll { !$0.resumeWriterIfRoom() }
    closeIfDrained()
  }

  // MARK: - Events

  private func handle(_ event: HTTP2Event) {
    switch event {
    case .headers(let id, let block):
      // A second block of a request is its trailers, and gRPC has none from the client.
      if streams[id] == nil { open(id, block) }
    case .data(let id, let range):
      guard let stream = streams[id] else { return io.session.consume(range.count, stream: id) }
      stream.received(io.input.bytes, range)
      if stream.inbound.frontBytes > Self.smallMessageBytes { limitMessageBytes(of: stream) }
    case .endOfStream(let id):
      streams[id]?.receivedEnd()
    case .closed(let id, let code):
      guard let stream = streams.removeValue(forKey: id) else { return }
      stream.closed(RPCError(.cancelled, "the client ended the call: \(code)", origin: .remote))
    case .pingAnswered:
      guard state == .noticed else { return }
      state = .draining
      io.session.submitGoAway(.noError)
      scheduleFlush()
    case .goAway: return  // The client opens no more calls; those under way go on.
    }
  }

  private func open(_ id: StreamID, _ block: HeaderBlock) {
    guard !block.isOverLimit else {
      let status = Status(
        .resourceExhausted,
        message: "metadata is larger than the limit of \(options.metadataBytesMax) bytes")
      return io.session.submitResponse(
        id, CallHeaders.response([:]) + CallHeaders.trailers(status, [:]), body: nil)
    }
    guard block[":method"] == "POST" else {
      return io.session.submitResponse(
        id, [HeaderField(":status", "405"), HeaderField("allow", "POST")], body: nil)
    }
    guard CallHeaders.isGRPC(block["content-type"]) else {
      return io.session.submitResponse(id, [HeaderField(":status", "415")], body: nil)
    }
    let stream = ServerStream(loop: loop, messageBytesMax: options.messageBytesMax)
    stream.id = id
    stream.connection = self
    // Not weak: a closed connection still counts the handlers that have to end.
    stream.handlersChanged = { change in self.assumeIsolated { $0.countHandlers(change) } }
    streams[id] = stream
    stream.open(block, router: router, peer: peer)
  }

  /// Flow control cannot bound incomplete messages: they get credit so that they become complete.
  private func limitMessageBytes(of stream: ServerStream) {
    let limit = options.connectionMessageBytesMax
    let held = streams.values.reduce(0) { $0 + $1.inbound.frontBytes }
    guard held > limit else { return }
    stream.end(
      RPCError(
        .resourceExhausted,
        "the messages under way on the connection have \(held) bytes, over the limit of \(limit)"))
  }

  private func countHandlers(_ change: Int) {
    runningHandlers += change
    if change < 0 { reportIfEnded() }
  }

  // MARK: - End

  /// Accepts no more calls and closes when those under way have ended.
  func drain() {
    guard state == .serving else { return }
    state = .noticed
    // RFC 9113 §6.8: calls that are on their way here must not be lost, so the last id is named
    // only after a round trip.
    io.session.submitShutdownNotice()
    io.session.submitPing()
    scheduleFlush()
  }

  /// Ends every call that is still under way, and closes.
  func terminate() {
    let error = RPCError(.unavailable, "the server is shutting down")
    for stream in streams.values { stream.end(error) }
    io.session.submitGoAway(.noError)
    _ = io.flush()
    close("the server is shutting down")
  }

  private func closeIfDrained() {
    guard state == .draining, streams.isEmpty, !io.session.wantsWrite else { return }
    close("the server is shutting down")
  }

  private func close(_ reason: String) {
    guard state != .closed else { return }
    state = .closed
    io.close()
    let error = RPCError(.cancelled, "the connection of the client is gone: \(reason)")
    let open = streams.values
    streams = [:]
    for stream in open { stream.closed(error) }
    waitingWriters = []
    reportIfEnded()
  }

  /// The server may stop the loop once no handler needs it any more.
  private func reportIfEnded() {
    guard state == .closed, runningHandlers == 0, let ended else { return }
    self.ended = nil
    ended(self)
  }

  // MARK: - StreamConnection

  nonisolated func bodyChanged(of stream: HTTP2MessageStream) {
    assumeIsolated { $0.resume(stream) }
  }

  private func resume(_ stream: HTTP2MessageStream) {
    guard let id = stream.id else { return }
    io.session.resume(stream.body, stream: id)
    scheduleFlush()
  }

  nonisolated func credit(_ count: Int, for stream: HTTP2MessageStream) {
    guard count > 0 else { return }
    assumeIsolated { connection in
      guard let id = stream.id else { return }
      connection.io.session.consume(count, stream: id)
      connection.scheduleFlush()
    }
  }

  nonisolated func writerWaits(on stream: HTTP2MessageStream) {
    assumeIsolated { $0.waitingWriters.append(stream) }
  }

  nonisolated func reset(_ stream: HTTP2MessageStream, _ code: HTTP2ErrorCode) {
    assumeIsolated { connection in
      guard let id = stream.id else { return }
      connection.io.session.reset(id, code)
      connection.scheduleFlush()
    }
  }

  nonisolated func respond(
    on stream: HTTP2MessageStream,
    _ fields: [HeaderField],
    hasBody: Bool
  ) {
    assumeIsolated { connection in
      guard let id = stream.id else { return }
      connection.io.session.submitResponse(id, fields, body: hasBody ? stream.body : nil)
      connection.scheduleFlush()
    }
  }
}
