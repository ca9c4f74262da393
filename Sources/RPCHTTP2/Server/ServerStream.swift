internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import Synchronization

/// The server side of one call.
///
/// ```
///  opened --start--> running --handler returns--> answered --stream closes--> gone
///     |                 |  deadline: answered with DEADLINE_EXCEEDED, task cancelled
///     |                 |  RST_STREAM, connection lost: gone, task cancelled
///     +-- refused before a handler ran: answered
/// ```
final class ServerStream: HTTP2MessageStream, ServerCallStream, @unchecked Sendable {
  // Sendable: as its base class says, variables are touched on the loop only.

  private enum State {
    case opened
    case running(Task<Void, Never>?)
    case answered
    case gone
  }

  private var state = State.opened
  private var areHeadersSent = false
  private var initialMetadata = Metadata()
  private var method: RPCRouter.Method?
  private var context: ServerContext?

  /// When the call began.
  let startedAt: ContinuousClock.Instant
  /// Whether the call was answered with OK.
  private(set) var isOK = false

  init(
    loop: EventLoop,
    codecs: MessageCodecs,
    messageBytesMax: Int,
    startedAt: ContinuousClock.Instant
  ) {
    self.startedAt = startedAt
    super.init(loop: loop, codecs: codecs, messageBytesMax: messageBytesMax)
  }

  /// The path of the method; empty for one that is not known here.
  var path: String { method?.descriptor.path ?? "" }

  // MARK: - Start

  /// Makes ready for the handler and starts it: at once, or when its only message is complete.
  func open(_ head: RequestHead, peer: String, identity: PeerIdentity?) {
    if head.compression != .identity { receiveCompression = head.compression }
    let deadline = head.timeout.map { Deadline.after($0) }
    method = head.method
    context = ServerContext(
      method: head.method.descriptor, metadata: head.metadata, peer: peer, peerIdentity: identity,
      deadline: deadline, requestCompression: head.compression, acceptList: head.acceptList,
      stream: self)
    if let deadline { startTimer(deadline) { self.expire() } }
    if !head.method.descriptor.hasSingleRequest { start() }
  }

  private func start() {
    guard case .opened = state, let method, let context else { return }
    state = .running(nil)
    // A connection that is closed still counts the handlers that have to end.
    let connection = connection
    connection?.handlersChanged(by: 1)
    // Owned by the stream, which cancels it; it ends the stream, so nobody awaits it.
    let task = Task.immediate(executorPreference: loop.tasks) {
      let (status, trailers) = await ServerContext.$current.withValue(context) {
        await method.run(self, context)
      }
      guard self.loop.isCurrent else {
        return self.loop.execute { self.handlerReturned(status, trailers, connection) }
      }
      self.handlerReturned(status, trailers, connection)
    }
    if case .running = state { state = .running(task) }
  }

  private func handlerReturned(
    _ status: Status, _ trailers: Metadata, _ connection: (any StreamConnection)?
  ) {
    context = nil
    answer(status, trailers)
    connection?.handlersChanged(by: -1)
  }

  // MARK: - End

  private static let answeredError = RPCError(
    .failedPrecondition, "the call has been answered already")

  /// Ends the call with a status, once; later answers are dropped.
  func answer(_ status: Status, _ trailers: Metadata) {
    switch state {
    case .opened, .running: state = .answered
    case .answered, .gone: return
    }
    isOK = status.code == .ok
    if areHeadersSent {
      body.finish(trailers: CallHeaders.trailers(status, trailers))
      connection?.bodyChanged(of: self)
    } else {
      areHeadersSent = true
      connection?.respond(
        on: self, CallHeaders.trailersOnly(status, trailers, initial: initialMetadata),
        hasBody: false)
    }
    stopTimer()
    isOver.store(true, ordering: .relaxed)
    if sendFailure == nil { sendFailure = Self.answeredError }
    failWriter()
  }

  /// Answers a request that no handler can take, or a message that breaks the rules.
  override func refuse(_ error: RPCError) {
    let task = cancelledTask(error)
    sendFailure = sendFailure ?? error
    if areHeadersSent { body.removeAll() }
    answer(error.status, error.metadata)
    fail(error)
    task?.cancel()
  }

  /// Ends the call because time is up, the server stops, or the like.
  func end(_ error: RPCError) {
    refuse(error)
  }

  private func expire() {
    deadlineTimer = nil
    end(RPCError(.deadlineExceeded, "the deadline passed before the server had answered"))
  }

  private func cancelledTask(_ error: RPCError) -> Task<Void, Never>? {
    guard case .running(let task) = state else { return nil }
    context?.markCancelled(error)
    return task
  }

  // MARK: - Called by the connection

  func receivedEnd() {
    guard receiveEnding == nil else { return }
    guard !inbound.hasFragment else {
      return refuse(RPCError(.internalError, "the last message of the call is incomplete"))
    }
    receiveEnding = .success(())
    start()
    resumeReceiver()
  }

  func closed(_ error: RPCError) {
    let task = cancelledTask(error)
    state = .gone
    fail(error)
    connection = nil
    context = nil
    task?.cancel()
  }

  /// How far the call has come, when it waits for its client: to read an answer, or to send the
  /// only request that starts its handler.
  var progressIfClientIsDue: StallWatch.Progress? {
    let isDue: Bool
    switch state {
    case .opened: isDue = true
    case .running: isDue = body.unsentBytes > 0
    case .answered: isDue = true
    case .gone: isDue = false
    }
    guard isDue else { return nil }
    return StallWatch.Progress(sentBytes: body.sentBytes, receivedBytes: inbound.frontBytes)
  }

  /// Ends a call whose client stands still.
  func stall(_ limit: Duration) {
    let error = RPCError(.deadlineExceeded, "the client stood still for \(limit)")
    guard case .opened = state else {
      // Nothing that is sent would be read.
      connection?.reset(self, .cancel)
      return
    }
    end(error)
  }

  // MARK: - Called by the handler

  override func willSend() throws(RPCError) {
    guard !areHeadersSent else { return }
    areHeadersSent = true
    sendCompression = context?.negotiatedCompression ?? .identity
    connection?.respond(
      on: self, CallHeaders.response(initialMetadata, compression: sendCompression), hasBody: true)
  }

  func sendInitialMetadata(_ metadata: Metadata) async throws(RPCError) {
    let result = await withCheckedContinuation { continuation in
      loop.runOrExecute { continuation.resume(returning: self.setInitialMetadata(metadata)) }
    }
    try result.get()
  }

  private func setInitialMetadata(_ metadata: Metadata) -> Result<Void, RPCError> {
    if let sendFailure { return .failure(sendFailure) }
    guard !areHeadersSent else {
      return .failure(
        RPCError(.failedPrecondition, "the initial metadata of the call has been sent already"))
    }
    initialMetadata = metadata
    return Result { () throws(RPCError) in try willSend() }
  }
}
