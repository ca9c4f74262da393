internal import RPCCore
internal import Synchronization

/// One call in memory: two pipes, and how it ended.
final class InProcessCall: Sendable {
  private struct State {
    var initial: Metadata?
    var ending: (status: Status, trailing: Metadata)?
    var waiters: [CheckedContinuation<Result<Metadata, RPCError>, Never>] = []
    var handler: Task<Void, Never>?
    var deadline: Task<Void, Never>?
    var context: ServerContext?
    var endHandlers: [@Sendable (Status, Metadata) -> Void] = []
  }

  let requests: Pipe
  let responses: Pipe
  private let state = Mutex(State())

  init(requestBytesMax: Int, responseBytesMax: Int) {
    requests = Pipe(messageBytesMax: requestBytesMax)
    responses = Pipe(messageBytesMax: responseBytesMax)
  }

  // MARK: - Server

  func start(_ method: RPCRouter.Method, _ options: CallOptions, _ stream: InProcessServerStream) {
    let deadline = options.effectiveDeadline
    guard deadline?.hasPassed != true else {
      return fail(
        RPCError(.deadlineExceeded, "the deadline of the call had passed before it began"))
    }
    let context = ServerContext(
      method: method.descriptor, metadata: options.metadata, peer: "in-process",
      deadline: deadline, stream: stream)
    // Owned by the call, which cancels it when nobody waits for the answer any more.
    let handler = ServerContext.$current.withValue(context) {
      Task {
        let (status, trailing) = await method.run(stream, context)
        self.end(status, trailing, cancelsHandler: false)
      }
    }
    state.withLock { state in
      state.handler = handler
      state.context = context
    }
    guard let deadline else { return }
    let timer = Task {
      try? await Task.sleep(until: deadline.instant, clock: .continuous)
      guard !Task.isCancelled else { return }
      self.fail(RPCError(.deadlineExceeded, "the deadline of the call passed"))
    }
    let isOver = state.withLock { state in
      state.deadline = timer
      return state.ending != nil
    }
    if isOver { timer.cancel() }
  }

  func setInitial(_ metadata: Metadata) throws(RPCError) {
    let (isFirst, waiters) = state.withLock { state in
      guard state.initial == nil, state.ending == nil else {
        return (false, [] as [CheckedContinuation<Result<Metadata, RPCError>, Never>])
      }
      state.initial = metadata
      defer { state.waiters = [] }
      return (true, state.waiters)
    }
    guard isFirst else {
      throw RPCError(
        .failedPrecondition, "the initial metadata of the call has been sent already")
    }
    for waiter in waiters { waiter.resume(returning: .success(metadata)) }
  }

  /// Makes the initial metadata empty when a message goes out before it.
  func messageGoesOut() {
    try? setInitial([:])
  }

  // MARK: - Ending

  func fail(_ error: RPCError) {
    end(error.status, error.metadata, cancelsHandler: true)
  }

  private func end(_ status: Status, _ trailing: Metadata, cancelsHandler: Bool) {
    let ended: State? = state.withLock { state in
      guard state.ending == nil else { return nil }
      let before = state
      state.ending = (status, trailing)
      state.waiters = []
      state.handler = nil
      state.deadline = nil
      state.context = nil
      state.endHandlers = []
      return before
    }
    guard let ended else { return }
    let error = Self.error(status, trailing)
    let over = error ?? RPCError(.failedPrecondition, "the call has been answered already")
    // A failure of this side drops what is unread; a status of the server comes behind it.
    responses.end(
      error.map { .failure($0) } ?? .success(()), writeFailure: over, dropsUnread: cancelsHandler)
    requests.end(.failure(over), writeFailure: over, dropsUnread: true)
    let initial: Result<Metadata, RPCError> =
      error.map { .failure($0) } ?? .success(ended.initial ?? [:])
    for waiter in ended.waiters { waiter.resume(returning: initial) }
    for handler in ended.endHandlers { handler(status, trailing) }
    ended.deadline?.cancel()
    guard cancelsHandler else { return }
    ended.context?.markCancelled(error ?? over)
    ended.handler?.cancel()
  }

  private static func error(_ status: Status, _ trailing: Metadata) -> RPCError? {
    guard status.code != .ok else { return nil }
    return RPCError(
      status.code, status.message, metadata: trailing, details: status.details, origin: .remote)
  }

  // MARK: - Client

  var ending: (status: Status, trailing: Metadata)? { state.withLock(\.ending) }

  func whenEnded(_ body: @escaping @Sendable (Status, Metadata) -> Void) {
    let ending = state.withLock { state in
      if state.ending == nil { state.endHandlers.append(body) }
      return state.ending
    }
    if let ending { body(ending.status, ending.trailing) }
  }

  func initialMetadata() async throws(RPCError) -> Metadata {
    let result = await withCheckedContinuation { continuation in
      let now: Result<Metadata, RPCError>? = state.withLock { state in
        if let initial = state.initial { return .success(initial) }
        if let (status, trailing) = state.ending {
          return Self.error(status, trailing).map { .failure($0) } ?? .success([:])
        }
        state.waiters.append(continuation)
        return nil
      }
      if let now { continuation.resume(returning: now) }
    }
    return try result.get()
  }
}
