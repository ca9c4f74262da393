internal import EventLoop
internal import HTTP2
internal import RPCCore

/// One connection of a channel: its socket, its session and its calls, on one loop.
actor ClientConnection: SocketEventHandler, TurnEndHandler, StreamConnection {
  private enum State {
    case connecting(SocketAddress)
    case ready
    /// The server accepts no more calls; those under way go on.
    case draining
    case closed
  }

  /// What the channel hears of its connection, on the loop.
  enum Report: Sendable {
    case connected
    /// The server has spoken HTTP/2: the attempt has succeeded.
    case confirmed
    case draining
    case closed(String)
  }

  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }

  private let io: ConnectionIO
  private let authority: String
  private let report: @Sendable (ClientConnection, Report) -> Void
  private var state: State
  private var streams: [StreamID: ClientStream] = [:]
  private var waitingWriters: [HTTP2MessageStream] = []
  private var isFlushScheduled = false
  private var isConfirmed = false

  private static let readsMax = 4

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
    let session = try HTTP2Session(role: .client, settings: options.settings)
    io = ConnectionIO(
      try StreamSocket.connect(to: address), session: session, input: input, loop: loop)
  }

  func start() {
    io.start(self, for: [.readable, .writable])
  }

  // MARK: - Loop

  nonisolated func ready(_ events: SocketEvents) {
    assumeIsolated { $0.handleReady(events) }
  }

  nonisolated func turnEnded() {
    assumeIsolated { $0.flush() }
  }

  private func handleReady(_ events: SocketEvents) {
    if case .connecting(let address) = state { return finishConnecting(to: address) }
    if events.contains(.writable) { scheduleFlush() }
    guard !events.isDisjoint(with: [.readable, .failed]) else { return }
    for _ in 0..<Self.readsMax {
      switch io.read() {
      case .nothing: return
      case .closed(let reason): return close(reason)
      case .events(let events):
        confirm()
        for event in events { handle(event) }
        scheduleFlush()
      }
    }
  }

  private func finishConnecting(to address: SocketAddress) {
    do throws(EventLoopError) {
      try io.finishConnecting(to: address)
      state = .ready
      report(self, .connected)
      scheduleFlush()
    } catch {
      close(error.message)
    }
  }

  private func confirm() {
    guard !isConfirmed else { return }
    isConfirmed = true
    report(self, .confirmed)
  }

  private func scheduleFlush() {
    guard !isFlushScheduled, io.isOpen else { return }
    if case .connecting = state { return }
    isFlushScheduled = true
    loop.flushAtTurnEnd(self)
  }

  private func flush() {
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
    case .endOfStream(let id): streams[id]?.receivedEnd()
    case .closed(let id, let code):
      guard let stream = streams.removeValue(forKey: id) else { return }
      stream.closed(
        RPCError(
          StatusCode(http2Error: code.rawValue), "the server reset the call: \(code)",
          origin: .remote))
    case .goAway(let code, let debug): receivedGoAway(code, debug)
    case .pinged: return
    case .pingAnswered: return  // No pings are sent yet: a drop without harm.
    }
  }

  private func receivedGoAway(_ code: HTTP2ErrorCode, _ debug: String) {
    guard case .ready = state else { return }
    state = .draining
    report(self, .draining)
  }

  // MARK: - Calls

  /// Puts a call on the connection.
  func start(_ stream: ClientStream) {
    guard !stream.hasEnded else { return }
    let fields = CallHeaders.request(
      stream.method, authority: authority, deadline: stream.deadline,
      compression: stream.options.compression, metadata: stream.options.metadata)
    do throws(HTTP2Error) {
      let id = try io.session.submitRequest(fields, body: stream.body)
      streams[id] = stream
      stream.opened(id, on: self)
      scheduleFlush()
    } catch {
      stream.end(RPCError(.unavailable, "the connection takes no more calls: \(error)"))
    }
  }

  // MARK: - End

  /// Closes at once; calls under way fail with `.unavailable`.
  func close(_ reason: String) {
    guard io.isOpen else { return }
    state = .closed
    io.close()
    let open = streams.values
    streams = [:]
    let error = RPCError(.unavailable, "the connection to \(authority) is lost: \(reason)")
    for stream in open { stream.closed(error) }
    waitingWriters = []
    report(self, .closed(reason))
  }

  /// Says goodbye and closes.
  func shutDown() {
    guard io.isOpen else { return }
    if case .connecting = state { return close("the channel was closed") }
    for stream in streams.values {
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

  nonisolated func bodyChanged(of stream: HTTP2MessageStream) {
    assumeIsolated { connection in
      guard let id = stream.id else { return }
      connection.io.session.resume(stream.body, stream: id)
      connection.scheduleFlush()
    }
  }

  nonisolated func credit(_ count: Int, for stream: HTTP2MessageStream) {
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
    preconditionFailure("a client does not respond")
  }
}
