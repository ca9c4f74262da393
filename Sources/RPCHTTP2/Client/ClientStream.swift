internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import Synchronization

/// The client side of one call.
///
/// ```
///  waiting --connection ready--> open --headers--> answered --trailers--> ended
///   ^ |                          |  |                 |
///   | +------ cancel, deadline --|--+-----------------+-----------------> ended
///   +--another attempt-----------+
/// ```
/// ``CallAttempts`` decides whether there is another attempt.
final class ClientStream: HTTP2MessageStream, ClientCallStream, @unchecked Sendable {
  // Sendable: as its base class says, variables are touched on the loop only.

  private enum State {
    case waiting
    case open
    case answered(Metadata)
    case ended(Status, initial: Metadata, trailing: Metadata)
  }

  let method: MethodDescriptor
  let options: CallOptions
  let deadline: Deadline?
  private var state = State.waiting
  private var headerWaiters: [CheckedContinuation<Result<Metadata, RPCError>, Never>] = []
  private let shared: ChannelShared
  private(set) var attempts = CallAttempts()
  private var retryTimer: TimerID?
  /// When the call was opened, for statistics.
  let startedAt = ContinuousClock.now
  private var endHandlers: [@Sendable (Status, Metadata) -> Void] = []

  init(
    _ method: MethodDescriptor,
    options: CallOptions,
    loop: EventLoop,
    shared: ChannelShared,
    messageBytesMax: Int
  ) {
    self.method = method
    self.options = options
    self.shared = shared
    deadline = options.effectiveDeadline
    super.init(
      loop: loop, codecs: shared.codecs, messageBytesMax: messageBytesMax,
      replayBytesMax: shared.replayBytesMax)
    sendCompression = options.compression
  }

  var hasEnded: Bool { if case .ended = state { true } else { false } }

  /// Whether the call has ended well.
  var isOK: Bool { if case .ended(let status, _, _) = state { status.code == .ok } else { false } }

  /// Starts the clock of the call.
  func begin() {
    guard let deadline else { return }
    startTimer(deadline) {
      self.deadlineTimer = nil
      self.end(
        RPCError(.deadlineExceeded, "the deadline of the call to \(self.method.path) passed"))
    }
  }

  /// The connection is there and the request is on it.
  func opened(_ id: StreamID, on connection: any StreamConnection) {
    guard case .waiting = state else { return }
    state = .open
    self.id = id
    self.connection = connection
    // Messages that were written before there was a connection.
    counters?.messagesSent += messagesSent
    announceWriter()
  }

  // MARK: - Called by the connection

  func received(_ block: HeaderBlock) {
    guard !block.isOverLimit else {
      return end(RPCError(.resourceExhausted, "the metadata of the response is too large"))
    }
    do throws(RPCError) {
      switch state {
      case .open:
        do throws(RPCError) {
          try receivedFirst(block)
        } catch {
          guard error.origin == .remote,
            tryAgain(after: .status(error.code, RetryPushback(parsing: block[RetryPushback.key])))
          else { throw error }
        }
      case .answered(let initial): try receivedTrailers(block, initial: initial)
      case .waiting, .ended: return
      }
    } catch {
      end(error)
    }
  }

  private func receivedFirst(_ block: HeaderBlock) throws(RPCError) {
    if block === shared.plainResponse { return answered([:]) }
    let httpStatus = block[":status"].flatMap { Int($0) } ?? 0
    // RFC 9110 §15.2: an interim response comes before the final one.
    guard !(100..<200).contains(httpStatus) else { return }
    if let status = CallHeaders.status(of: block) {
      let pushback = RetryPushback(parsing: block[RetryPushback.key])
      if status.code != .ok, tryAgain(after: .status(status.code, pushback)) { return }
      return try receivedTrailers(block, initial: [:])
    }
    guard httpStatus == 200 else {
      throw RPCError(
        StatusCode(httpStatus: httpStatus), "the server answered with HTTP status \(httpStatus)",
        origin: .remote)
    }
    guard CallHeaders.isGRPC(block["content-type"]) else {
      throw RPCError(
        .unknown,
        "the server answered with content-type \(block["content-type"] ?? "none") instead of gRPC",
        origin: .remote)
    }
    guard let compression = CallHeaders.compression(of: block) else {
      throw RPCError(
        .internalError,
        "the server used grpc-encoding \(block["grpc-encoding"] ?? ""), which was never offered")
    }
    if compression != .identity { receiveCompression = compression }
    let metadata = try CallHeaders.metadata(of: block)
    if compression == .identity, metadata.isEmpty { shared.plainResponse = block }
    answered(metadata)
  }

  private func answered(_ metadata: Metadata) {
    body.stopKeeping()
    state = .answered(metadata)
    resumeHeaderWaiters(.success(metadata))
  }

  private func receivedTrailers(
    _ block: HeaderBlock,
    initial: Metadata
  ) throws(RPCError) {
    let isPlain = block === shared.plainTrailers
    guard let status = isPlain ? Status(.ok) : CallHeaders.status(of: block) else {
      throw RPCError(.unknown, "the server ended the call without grpc-status", origin: .remote)
    }
    guard status.code != .ok || !inbound.hasFragment else {
      throw RPCError(.internalError, "the last message of the call is incomplete")
    }
    let trailing = isPlain ? [:] : try CallHeaders.metadata(of: block)
    state = .ended(status, initial: initial, trailing: trailing)
    if let error = status.error(trailing: trailing) {
      receiveEnding = .failure(error)
      sendFailure = error
    } else {
      if status.message.isEmpty, status.details.isEmpty, trailing.isEmpty {
        shared.plainTrailers = block
      }
      receiveEnding = .success(())
      sendFailure = Self.answeredError
    }
    finishEnding()
  }

  private static let answeredError = RPCError(
    .failedPrecondition, "the server has answered the call already")

  /// What is left when the call has a status: nobody waits, nothing is sent, no timer runs.
  private func finishEnding() {
    isOver.store(true, ordering: .relaxed)
    stopTimer()
    if let retryTimer { loop.cancel(retryTimer) }
    if body.unsentBytes > 0 { body.removeAll() }
    if !body.isFinished { body.finish() }
    resumeReceiver()
    failWriter()
    if case .ended(let status, let initial, let trailing) = state {
      shared.callEnded(status.code)
      if status.code == .ok { shared.throttle.succeeded() }
      resumeHeaderWaiters(
        status.error(trailing: trailing).map { .failure($0) } ?? .success(initial))
      guard !endHandlers.isEmpty else { return }
      let handlers = endHandlers
      endHandlers = []
      for handler in handlers { handler(status, trailing) }
    }
  }

  func receivedEnd() {
    guard !hasEnded else { return }
    if case .waiting = state { return }
    end(RPCError(.unknown, "the server ended the call without a status", origin: .remote))
  }

  /// The stream is gone from the connection.
  ///
  /// Its id and connection stay: messages that wait to be read hold credit of the connection.
  func closed(_ error: RPCError, _ failure: CallAttempts.Failure) {
    if case .open = state, tryAgain(after: failure) { return }
    end(error)
  }

  // MARK: - Attempts

  /// Starts over, if the failure and what has happened so far allow it.
  private func tryAgain(after failure: CallAttempts.Failure) -> Bool {
    guard body.isReplayable else { return false }
    let decision = attempts.failed(
      failure, policy: options.retry ?? shared.retry, throttle: &shared.throttle,
      using: &shared.generator)
    guard case .again(let wait) = decision else { return false }
    shared.retries += 1
    connection?.release(self)
    connection = nil
    counters = nil
    id = nil
    state = .waiting
    replayBody()
    guard wait > .zero else {
      // Not at once: the connection may be in the middle of its end.
      loop.execute { self.restart() }
      return true
    }
    retryTimer = loop.setTimer(at: .now + wait) {
      self.retryTimer = nil
      self.restart()
    }
    return true
  }

  private func restart() {
    guard !hasEnded else { return }
    shared.restart(self)
  }

  // MARK: - End

  /// Ends the call for a message that breaks the rules. It may be read after the status has come:
  /// then the reader learns it, who would otherwise take the message for one that was never sent.
  override func refuse(_ error: RPCError) {
    if hasEnded { fail(error) } else { end(error) }
  }

  /// Ends the call from this side; the server is told unless the stream is gone.
  func end(_ error: RPCError) {
    guard !hasEnded else { return }
    var initial = Metadata()
    if case .answered(let metadata) = state { initial = metadata }
    state = .ended(error.status, initial: initial, trailing: error.metadata)
    connection?.reset(self, .cancel)
    fail(error)
    finishEnding()
  }

  // MARK: - Called by the caller

  func finishSending() {
    guard !isOver.load(ordering: .relaxed) else { return }
    if loop.isCurrent { finishOnLoop() } else { loop.execute { self.finishOnLoop() } }
  }

  private func finishOnLoop() {
    guard !hasEnded, !body.isFinished else { return }
    body.finish()
    connection?.bodyChanged(of: self)
  }

  func cancel() {
    guard !isOver.load(ordering: .relaxed) else { return discardUnread() }
    loop.runOrExecute {
      guard !self.hasEnded else { return self.discardUnreadOnLoop() }
      self.end(RPCError(.cancelled, "the caller cancelled the call to \(self.method.path)"))
    }
  }

  /// Messages that nobody will read any more still hold credit of the connection.
  private func discardUnread() {
    if loop.isCurrent {
      discardUnreadOnLoop()
    } else {
      loop.execute { self.discardUnreadOnLoop() }
    }
  }

  private func discardUnreadOnLoop() {
    let credit = inbound.removeAll()
    if credit > 0 { connection?.credit(credit, for: self) }
  }

  func initialMetadata() async throws(RPCError) -> Metadata {
    let result = await withCheckedContinuation { continuation in
      loop.runOrExecute {
        switch self.state {
        case .waiting, .open: self.headerWaiters.append(continuation)
        case .answered(let metadata): continuation.resume(returning: .success(metadata))
        case .ended(let status, let initial, let trailing):
          continuation.resume(
            returning: status.error(trailing: trailing).map { .failure($0) } ?? .success(initial))
        }
      }
    }
    return try result.get()
  }

  private func resumeHeaderWaiters(_ result: Result<Metadata, RPCError>) {
    guard !headerWaiters.isEmpty else { return }
    for waiter in headerWaiters { waiter.resume(returning: result) }
    headerWaiters = []
  }

  func whenEnded(_ body: @escaping @Sendable (Status, Metadata) -> Void) {
    loop.runOrExecute {
      guard case .ended(let status, _, let trailing) = self.state else {
        return self.endHandlers.append(body)
      }
      body(status, trailing)
    }
  }

  func status() async -> Status? {
    await withCheckedContinuation { continuation in
      loop.runOrExecute {
        if case .ended(let status, _, _) = self.state {
          continuation.resume(returning: status)
        } else {
          continuation.resume(returning: nil)
        }
      }
    }
  }

  func trailingMetadata() async -> Metadata {
    await withCheckedContinuation { continuation in
      loop.runOrExecute {
        if case .ended(_, _, let trailing) = self.state {
          continuation.resume(returning: trailing)
        } else {
          continuation.resume(returning: Metadata())
        }
      }
    }
  }
}

extension Status {
  /// The error that a caller sees for a status of the server; `nil` for OK.
  func error(trailing: Metadata) -> RPCError? {
    guard code != .ok else { return nil }
    return RPCError(code, message, metadata: trailing, details: details, origin: .remote)
  }
}
