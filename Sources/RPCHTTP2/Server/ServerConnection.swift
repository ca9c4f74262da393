internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import TLS

/// One connection of a server: its socket, its session and its calls, on one loop.
///
/// No actor: its streams enter it several times in each call, and entering an actor by
/// `assumeIsolated` costs two allocations and some 500 instructions: an eighth of a call in all.
final class ServerConnection: SocketEventHandler, TurnEndHandler, SessionConnection,
  @unchecked Sendable
{
  // Sendable: the loop, the streams and the listener of the loop call it, all of them on the loop.

  private struct Refusal {
    let fields: [HeaderField]
    let text: String
  }

  let loop: EventLoop
  let io: ConnectionIO
  private let router: RPCRouter
  let options: HTTP2ServerOptions
  private let peer: String
  /// Who the client is by its certificate, once the handshake is over.
  private lazy var peerIdentity = io.peerIdentity
  /// The head of the last call: the calls of a client mostly begin alike.
  private var lastHead: RequestHead?
  let streams = StreamMap<ServerStream>()
  private var waitingWriters: [HTTP2MessageStream] = []
  /// Requests that are no gRPC and have not ended yet.
  private var refusals: [StreamID: Refusal] = [:]
  var keeper: ConnectionKeeper
  private var windows: WindowEstimator
  let counters = ConnectionCounters()
  private let createdAt: ContinuousClock.Instant
  private var seenDataBytes = 0
  /// The payload of the DATA frames of one read.
  private var receivedDataBytes = 0
  /// Whether headers or data go out at the end of this turn.
  private var hasResponse = false
  var keeperTimer: (id: TimerID, at: ContinuousClock.Instant)?
  var stallTimer: TimerID?
  var stalls = StallWatch()
  private var isFlushScheduled = false
  private var runningHandlers = 0
  private var ended: (@Sendable (ServerConnection) -> Void)?

  /// What is left to say of a call that is over on both sides.
  private static let endedError = RPCError(.cancelled, "the call is over", origin: .remote)
  /// Messages up to this size are not counted: all streams together hold little of them.
  private static let smallMessageBytes = 64 << 10
  /// Reads of one readiness event; then other connections have their turn.
  private static let readsMax = 4
  /// The events of about 25 calls: a write costs little beside them.
  private static let eventsPerFlush = 96

  init(
    _ socket: sending StreamSocket,
    loop: EventLoop,
    input: sending InputBuffer,
    router: RPCRouter,
    options: HTTP2ServerOptions,
    ended: @escaping @Sendable (ServerConnection) -> Void
  ) throws {
    self.loop = loop
    self.router = router
    self.options = options
    self.ended = ended
    let session = try HTTP2Session(
      role: .server, settings: options.settings, limits: options.frames)
    createdAt = session.receivedAt
    windows = WindowEstimator(
      streamBytes: options.streamWindowBytes, connectionBytes: options.connectionWindowBytes,
      streamBytesMax: options.streamWindowBytesMax)
    keeper = ConnectionKeeper(
      options.connection, now: session.receivedAt,
      ageFactor: options.connection.ageMax == nil ? 1 : Double.random(in: 0.9...1.1))
    let io = ConnectionIO(
      socket, session: session, tls: try options.tls?.makeSession(), input: input, loop: loop)
    peer = io.peer
    self.io = io
  }

  func start() {
    io.start(self, for: .readable)
    armKeeper()
    scheduleFlush()
  }

  // MARK: - Loop

  func ready(_ events: SocketEvents) {
    if events.contains(.writable) { scheduleFlush() }
    guard !events.isDisjoint(with: [.readable, .failed]) else { return }
    for _ in 0..<Self.readsMax {
      switch io.read() {
      case .nothing: return
      case .closed(let reason): return close(reason)
      case .events(let events):
        noteReceived()
        for (number, event) in events.enumerated() {
          handle(event)
          // The client reads the first answers while the server is still at the last requests.
          if number % Self.eventsPerFlush == Self.eventsPerFlush - 1, let reason = io.flush() {
            return close(reason)
          }
        }
        if receivedDataBytes > 0 {
          if windows.received(receivedDataBytes) { measureWindows() }
          receivedDataBytes = 0
        }
        scheduleFlush()
        guard io.mayHaveMore else { return }
      }
    }
  }

  func scheduleFlush() {
    guard !isFlushScheduled, io.isOpen else { return }
    isFlushScheduled = true
    loop.flushAtTurnEnd(self)
  }

  func turnEnded() {
    isFlushScheduled = false
    if let reason = io.flush() { return close(reason) }
    if hasResponse || io.session.sentDataBytes != seenDataBytes {
      hasResponse = false
      seenDataBytes = io.session.sentDataBytes
      keeper.responded()
    }
    // Closing streams while flushing makes events too.
    for event in io.session.takeEvents() { handle(event) }
    waitingWriters.removeAll { !$0.resumeWriterIfRoom() }
    if !io.isFlushed { armStallTimer() }
    closeIfDrained()
  }

  // MARK: - Events

  private func handle(_ event: HTTP2Event) {
    switch event {
    case .headers(let id, let block):
      // A block without a path is trailers, and gRPC has none from the client.
      if block[":path"] != nil || block.isOverLimit, streams[id] == nil, refusals[id] == nil {
        open(id, block)
      }
    case .data(let id, let range):
      guard let stream = streams[id] else { return io.session.consume(range.count, stream: id) }
      stream.received(io.input.bytes, range)
      receivedDataBytes += range.count
      if stream.inbound.frontBytes > Self.smallMessageBytes { limitMessageBytes(of: stream) }
    case .endOfStream(let id):
      streams[id]?.receivedEnd()
      if !refusals.isEmpty, let refusal = refusals.removeValue(forKey: id) { answer(id, refusal) }
    case .closed(let id, let code):
      if !refusals.isEmpty { refusals[id] = nil }
      guard let stream = streams.removeValue(of: id) else { return }
      noteStreams()
      counters.callEnded(isOK: stream.isOK)
      stream.closed(
        code == .noError
          ? Self.endedError
          : RPCError(.cancelled, "the client ended the call: \(code)", origin: .remote))
    case .pinged: perform(keeper.pingReceived(now: io.session.receivedAt))
    case .pingAnswered(PingTag.windows):
      guard windows.pingAnswered(now: io.session.receivedAt) else { return }
      io.session.submitWindows(
        streamBytes: windows.streamBytes, connectionBytes: windows.connectionBytes)
    case .pingAnswered: perform(keeper.pingAnswered())
    case .goAway: return  // The client opens no more calls; those under way go on.
    }
  }

  private func open(_ id: StreamID, _ block: HeaderBlock) {
    guard !block.isOverLimit else {
      let status = Status(
        .resourceExhausted,
        message: "metadata is larger than the limit of \(options.metadataBytesMax) bytes")
      return io.session.submitResponse(id, CallHeaders.trailersOnly(status, [:]), body: nil)
    }
    if lastHead?.block !== block {
      guard block[":method"] == "POST" else {
        return refuse(id, "405", [HeaderField("allow", "POST")], "calls are POST requests\n")
      }
      guard CallHeaders.isGRPC(block["content-type"]) else {
        return refuse(id, "415", [], "content-type must be application/grpc\n")
      }
    }
    guard runningHandlers < 2 * options.concurrentStreamsMax else {
      // Calls that were cancelled and whose handlers still run count too.
      return io.session.reset(id, .refusedStream)
    }
    let stream = ServerStream(
      loop: loop, codecs: io.input.codecs, messageBytesMax: options.messageBytesMax,
      startedAt: io.session.receivedAt)
    stream.id = id
    stream.connection = self
    streams[id] = stream
    counters.callsStarted += 1
    stream.counters = counters
    noteStreams()
    armStallTimer()
    do throws(RPCError) {
      stream.open(try head(of: block), peer: peer, identity: peerIdentity)
    } catch {
      stream.refuse(error)
    }
  }

  private func head(of block: HeaderBlock) throws(RPCError) -> RequestHead {
    if let lastHead, lastHead.block === block { return lastHead }
    let head = try RequestHead(block, router: router)
    lastHead = head
    return head
  }

  /// Answers what is no gRPC in plain HTTP, once the request is over: clients that know no gRPC do
  /// not expect an answer before.
  private func refuse(_ id: StreamID, _ status: String, _ fields: [HeaderField], _ text: String) {
    let head = [HeaderField(":status", status), HeaderField("content-type", "text/plain")]
    refusals[id] = Refusal(fields: head + fields, text: text)
    armStallTimer()
  }

  /// Answers refused requests that have not ended in the time for stalls.
  func answerRefusals() {
    for (id, refusal) in refusals { answer(id, refusal) }
    refusals = [:]
  }

  private func answer(_ id: StreamID, _ refusal: Refusal) {
    let body = OutboundBody()
    body.append { $0.append(contentsOf: refusal.text.utf8) }
    body.finish()
    io.session.submitResponse(id, .fields(refusal.fields), body: body)
  }

  /// Flow control cannot bound incomplete messages: they get credit so that they become complete.
  private func limitMessageBytes(of stream: ServerStream) {
    let limit = options.connectionMessageBytesMax
    // So few streams cannot hold too much.
    guard streams.count * options.messageBytesMax > limit else { return }
    let held = streams.all.reduce(0) { $0 + $1.value.inbound.frontBytes }
    guard held > limit else { return }
    stream.end(
      RPCError(
        .resourceExhausted,
        "the messages under way on the connection have \(held) bytes, over the limit of \(limit)"))
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
      streams.all.map { $0.value.statistics(method: $0.value.path, since: $0.value.startedAt) })
  }

  func handlersChanged(by change: Int) {
    runningHandlers += change
    if change < 0 { reportIfEnded() }
  }

  // MARK: - End

  /// Accepts no more calls and closes when those under way have ended.
  func drain() {
    perform(keeper.drainRequested(now: .now))
    armKeeper()
  }

  /// Ends every call that is still under way, and closes.
  func terminate() {
    let error = RPCError(.unavailable, "the server is shutting down")
    for (_, stream) in streams.all { stream.end(error) }
    io.session.submitGoAway(.noError)
    _ = io.flush()
    close("the server is shutting down")
  }

  private func closeIfDrained() {
    guard keeper.phase == .draining, streams.isEmpty, !io.session.wantsWrite, io.isFlushed else {
      return
    }
    close("the server is shutting down")
  }

  func close(_ reason: String) {
    guard io.isOpen else { return }
    keeper.closed()
    io.close()
    stopTimers()
    let error = RPCError(.cancelled, "the connection of the client is gone: \(reason)")
    for (_, stream) in streams.removeAll() {
      counters.callEnded(isOK: stream.isOK)
      stream.closed(error)
    }
    waitingWriters = []
    reportIfEnded()
  }

  /// The server may stop the loop once no handler needs it any more.
  private func reportIfEnded() {
    guard !io.isOpen, runningHandlers == 0, let ended else { return }
    self.ended = nil
    ended(self)
  }

  // MARK: - StreamConnection

  func bodyChanged(of stream: HTTP2MessageStream) {
    guard let id = stream.id else { return }
    hasResponse = true
    io.session.resume(stream.body, stream: id)
    scheduleFlush()
  }

  func writerWaits(on stream: HTTP2MessageStream) {
    waitingWriters.append(stream)
  }

  func release(_ stream: HTTP2MessageStream) {
    preconditionFailure("a server tries no call again")
  }

  func respond(on stream: HTTP2MessageStream, _ fields: FieldList, hasBody: Bool) {
    guard let id = stream.id else { return }
    hasResponse = true
    io.session.submitResponse(id, fields, body: hasBody ? stream.body : nil)
    scheduleFlush()
  }
}
