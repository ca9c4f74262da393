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

  /// Called on the loop with 1 when the handler starts and -1 when it has returned.
  var handlersChanged: ((Int) -> Void)?

  // MARK: - Start

  /// Looks at the request and starts its handler: at once, or when its only message is complete.
  func open(
    _ block: HeaderBlock, router: RPCRouter, peer: String, identity: PeerIdentity?
  ) {
    do throws(RPCError) {
      let method = try router.method(at: block[":path"] ?? "")
      let metadata = try CallHeaders.metadata(of: block)
      let deadline = try Self.deadline(of: block)
      guard let compression = CallHeaders.compression(of: block) else {
        let name = block["grpc-encoding"] ?? ""
        throw RPCError(
          .unimplemented,
          "grpc-encoding \(name) is not supported; use \(CompressionAlgorithm.acceptList)")
      }
      receiveCompression = compression
      self.method = method
      context = ServerContext(
        method: method.descriptor, metadata: metadata, peer: peer, peerIdentity: identity,
        deadline: deadline, requestCompression: compression,
        acceptList: block["grpc-accept-encoding"] ?? "", stream: self)
      if let deadline { startTimer(deadline) { [weak self] in self?.expire() } }
      if !method.descriptor.hasSingleRequest { start() }
    } catch {
      refuse(error)
    }
  }

  private static func deadline(of block: HeaderBlock) throws(RPCError) -> Deadline? {
    guard let text = block["grpc-timeout"] else { return nil }
    guard let timeout = GRPCTimeout.parse(text) else {
      throw RPCError(.internalError, "grpc-timeout is not a number of up to 8 digits and a unit")
    }
    return .after(timeout)
  }

  private func start() {
    guard case .opened = state, let method, let context else { return }
    state = .running(nil)
    handlersChanged?(1)
    // Owned by the stream, which cancels it; it ends the stream, so nobody awaits it.
    let task = ServerContext.$current.withValue(context) {
      Task.immediate(executorPreference: loop.tasks) {
        let (status, trailers) = await method.run(self, context)
        self.loop.runOrExecute { self.handlerReturned(status, trailers) }
      }
    }
    if case .running = state { state = .running(task) }
  }

  private func handlerReturned(_ status: Status, _ trailers: Metadata) {
    context = nil
    answer(status, trailers)
    handlersChanged?(-1)
  }

  // MARK: - End

  /// Ends the call with a status, once; later answers are dropped.
  func answer(_ status: Status, _ trailers: Metadata) {
    switch state {
    case .opened, .running: state = .answered
    case .answered, .gone: return
    }
    isOK = status.code == .ok
    let fields = CallHeaders.trailers(status, trailers)
    if areHeadersSent {
      body.finish(trailers: fields)
      connection?.bodyChanged(of: self)
    } else {
      areHeadersSent = true
      connection?.respond(
        on: self, CallHeaders.response(initialMetadata) + fields, hasBody: false)
    }
    stopTimer()
    isOver.store(true, ordering: .relaxed)
    sendFailure =
      sendFailure ?? RPCError(.failedPrecondition, "the call has been answered already")
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
