internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import Synchronization

/// Both directions of one call over an HTTP/2 stream; base of the server's and the client's.
class HTTP2MessageStream: MessageStream, @unchecked Sendable {
  // Sendable: every variable is touched on the loop only. Functions that any thread may call check
  // that first, and otherwise post themselves to the loop.

  final let loop: EventLoop
  final private(set) var body: OutboundBody
  final let codecs: MessageCodecs
  private final let messageBytesMax: Int
  /// How messages of this side are compressed.
  final var sendCompression = CompressionAlgorithm.identity
  /// How messages of the peer are compressed.
  final var receiveCompression = CompressionAlgorithm.identity {
    didSet { inbound.acceptsCompressed = receiveCompression != .identity }
  }
  private final let isLastCompressed = Atomic(false)
  final var id: StreamID?
  /// Not weak, which costs at each use: the connection lets go of streams that are closed.
  final var connection: (any StreamConnection)?
  final var inbound: InboundMessages
  /// How receiving ended; messages that are here already come first.
  final var receiveEnding: Result<Void, RPCError>?
  /// Why nothing can be sent any more.
  final var sendFailure: RPCError?
  final var deadlineTimer: TimerID?
  /// The messages that went through the stream so far.
  final private(set) var messagesSent = 0
  final private(set) var messagesReceived = 0
  /// Those of the connection.
  final var counters: ConnectionCounters?
  private final var receiver: StreamWaiter<[UInt8]?>?
  private final var writer: StreamWaiter<Void>?
  /// Bytes that other threads have posted, and the size of the body when it was last looked at.
  private final let postedBytes = Atomic(0)
  private final let bodyBytesSeen = Atomic(0)
  /// Whether the call is over, for threads that need not bother the loop then.
  final let isOver = Atomic(false)

  init(loop: EventLoop, codecs: MessageCodecs, messageBytesMax: Int, replayBytesMax: Int = 0) {
    self.loop = loop
    body = OutboundBody(replayBytesMax: replayBytesMax)
    self.codecs = codecs
    self.messageBytesMax = messageBytesMax
    inbound = InboundMessages(messageBytesMax: messageBytesMax)
  }

  /// Makes ready for the first message: the server sends its headers.
  func willSend() throws(RPCError) {}

  /// Reacts to bytes that are no messages, or too large ones.
  func refuse(_ error: RPCError) {
    fail(error)
  }

  // MARK: - Sending

  final func sendNow<Message: RPCMessage>(
    _ message: Message,
    compressed: Bool
  ) throws(RPCError) -> SendOutcome {
    guard loop.isCurrent else { return .needsHop }
    try checkSendable()
    if compressed, sendCompression != .identity {
      appendCompressed(message.serialized())
    } else {
      body.append(message: message)
    }
    noteSent()
    connection?.bodyChanged(of: self)
    return isBodyFull ? .sentAndFull : .sent
  }

  final func send(_ bytes: [UInt8], compressed: Bool) async throws(RPCError) {
    if loop.isCurrent {
      try append(bytes, compressed)
      if isBodyFull { try await waitUntilWritable() }
      return
    }
    let posted = postedBytes.add(bytes.count, ordering: .relaxed).newValue
    loop.execute {
      self.postedBytes.subtract(bytes.count, ordering: .relaxed)
      // A call that has ended meanwhile says so at the next use of the stream.
      try? self.append(bytes, compressed)
    }
    let unsent = posted + bodyBytesSeen.load(ordering: .relaxed)
    if unsent > CallLimits.unsentBytesMax || isOver.load(ordering: .relaxed) {
      try await waitUntilWritable()
    } else if Task.isCancelled {
      throw RPCError(.cancelled, "the task that sends was cancelled")
    }
  }

  /// Whether a writer has to wait: for its own stream, or because all of the connection hold a lot.
  private final var isBodyFull: Bool {
    body.unsentBytes > CallLimits.unsentBytesMax || body.isOverAccount
  }

  private final func append(_ bytes: [UInt8], _ compressed: Bool) throws(RPCError) {
    try checkSendable()
    if compressed, sendCompression != .identity {
      appendCompressed(bytes)
    } else {
      body.append(messageBytes: bytes)
    }
    noteSent()
    bodyBytesSeen.store(body.unsentBytes, ordering: .relaxed)
    connection?.bodyChanged(of: self)
  }

  private final func noteSent() {
    messagesSent += 1
    counters?.messagesSent += 1
  }

  private final func appendCompressed(_ bytes: [UInt8]) {
    body.append(
      messageBytes: codecs.compress(bytes, by: sendCompression), isCompressed: true)
  }

  private final func checkSendable() throws(RPCError) {
    if let sendFailure { throw sendFailure }
    guard !body.isFinished else {
      throw RPCError(.failedPrecondition, "a message was sent after the last one")
    }
    try willSend()
  }

  final func waitUntilWritable() async throws(RPCError) {
    let token = WaitToken()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = StreamWaiter<Void>(token: token, continuation: continuation)
        loop.runOrExecute { self.park(writer: waiter) }
        if Task.isCancelled { loop.execute { self.cancelWriter(token) } }
      }
    } onCancel: {
      loop.execute { self.cancelWriter(token) }
    }
    try result.get()
  }

  private final func park(writer waiter: StreamWaiter<Void>) {
    if let sendFailure { return waiter.resume(.failure(sendFailure)) }
    bodyBytesSeen.store(body.unsentBytes, ordering: .relaxed)
    guard isBodyFull else { return waiter.resume(.success(())) }
    precondition(writer == nil, "two tasks write to one stream")
    writer = waiter
    connection?.writerWaits(on: self)
  }

  private final func cancelWriter(_ token: WaitToken) {
    guard let waiter = writer, waiter.token === token else { return }
    writer = nil
    waiter.resume(.failure(RPCError(.cancelled, "the task that sends was cancelled")))
  }

  /// Goes back to the start of what was sent, for another attempt.
  final func replayBody() {
    body = body.replay()
    bodyBytesSeen.store(body.unsentBytes, ordering: .relaxed)
  }

  /// Tells a new connection of the writer that was here before it.
  final func announceWriter() {
    if writer != nil { connection?.writerWaits(on: self) }
  }

  /// Wakes the writer when there is room again.
  ///
  /// - Returns: Whether a writer still waits.
  final func resumeWriterIfRoom() -> Bool {
    guard let waiter = writer else { return false }
    guard body.unsentBytes <= CallLimits.unsentBytesMax / 2, !body.isOverAccount else {
      return true
    }
    writer = nil
    bodyBytesSeen.store(body.unsentBytes, ordering: .relaxed)
    waiter.resume(.success(()))
    return false
  }

  // MARK: - Receiving

  final var wasLastMessageCompressed: Bool { isLastCompressed.load(ordering: .relaxed) }

  final func receiveNow() -> Result<[UInt8]?, RPCError>? {
    loop.isCurrent ? takeReceived() : nil
  }

  final func receive() async throws(RPCError) -> [UInt8]? {
    if let result = receiveNow() { return try result.get() }
    let token = WaitToken()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = StreamWaiter<[UInt8]?>(token: token, continuation: continuation)
        loop.runOrExecute { self.park(receiver: waiter) }
        if Task.isCancelled { loop.execute { self.cancelReceiver(token) } }
      }
    } onCancel: {
      loop.execute { self.cancelReceiver(token) }
    }
    return try result.get()
  }

  private final func takeReceived() -> Result<[UInt8]?, RPCError>? {
    do throws(RPCError) {
      if let taken = try inbound.next() {
        messagesReceived += 1
        counters?.messagesReceived += 1
        connection?.credit(taken.credit, for: self)
        isLastCompressed.store(taken.isCompressed, ordering: .relaxed)
        guard taken.isCompressed else { return .success(taken.message) }
        return .success(
          try codecs.decompress(
            taken.message, by: receiveCompression, bytesMax: messageBytesMax))
      }
    } catch {
      refuse(error)
    }
    return receiveEnding.map { ending in ending.map { nil } }
  }

  private final func park(receiver waiter: StreamWaiter<[UInt8]?>) {
    if let result = takeReceived() { return waiter.resume(result) }
    precondition(receiver == nil, "two tasks read from one stream")
    receiver = waiter
  }

  private final func cancelReceiver(_ token: WaitToken) {
    guard let waiter = receiver, waiter.token === token else { return }
    receiver = nil
    waiter.resume(.failure(RPCError(.cancelled, "the task that receives was cancelled")))
  }

  /// Wakes the reader when there is something for it.
  final func resumeReceiver() {
    // Taking a message that breaks the rules ends the call, which comes back here: the waiter must
    // be gone by then.
    guard let waiter = receiver else { return }
    receiver = nil
    guard let result = takeReceived() else {
      receiver = waiter
      return
    }
    waiter.resume(result)
  }

  // MARK: - Called by the connection

  /// Takes payload of a DATA frame.
  final func received(_ bytes: [UInt8], _ range: Range<Int>) {
    guard receiveEnding == nil else {
      connection?.credit(range.count, for: self)
      return
    }
    do throws(RPCError) {
      let credit = try inbound.append(bytes, range)
      if credit > 0 { connection?.credit(credit, for: self) }
      resumeReceiver()
    } catch {
      connection?.credit(range.count, for: self)
      refuse(error)
    }
  }

  /// Ends the call in both directions: drops what waits and wakes who waits.
  final func fail(_ error: RPCError) {
    let credit = inbound.removeAll()
    if credit > 0 { connection?.credit(credit, for: self) }
    if receiveEnding == nil || hasUnreadSuccess { receiveEnding = .failure(error) }
    if sendFailure == nil { sendFailure = error }
    if body.unsentBytes > 0 { body.removeAll() }
    isOver.store(true, ordering: .relaxed)
    resumeReceiver()
    failWriter()
    stopTimer()
  }

  /// A half-closed request does not hide that the call has failed.
  private final var hasUnreadSuccess: Bool {
    if case .success = receiveEnding { true } else { false }
  }

  /// Wakes the writer with the reason why nothing can be sent any more.
  final func failWriter() {
    guard let waiter = writer, let sendFailure else { return }
    writer = nil
    waiter.resume(.failure(sendFailure))
  }

  /// Not weak in `expired`, which would make every reference to the stream slow: the end of the call
  /// stops the timer.
  final func startTimer(_ deadline: Deadline, _ expired: @escaping () -> Void) {
    deadlineTimer = loop.setTimer(at: deadline.instant, expired)
  }

  final func stopTimer() {
    guard let timer = deadlineTimer else { return }
    deadlineTimer = nil
    loop.cancel(timer)
  }
}
