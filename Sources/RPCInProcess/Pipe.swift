internal import RPCCore
internal import Synchronization

/// One direction of a call in memory: messages from one writer to one reader, with a limit.
///
/// The writer waits while more than `CallLimits.unsentBytesMax` bytes are unread.
final class Pipe: Sendable {
  private struct State {
    var messages: [[UInt8]] = []
    var head = 0
    var unreadBytes = 0
    var ending: Result<Void, RPCError>?
    var writeFailure: RPCError?
    var reader: Waiter<[UInt8]?>?
    var writer: Waiter<Void>?
  }

  private struct Waiter<Value: Sendable> {
    let token: Token
    let continuation: CheckedContinuation<Result<Value, RPCError>, Never>
  }

  /// The identity of one wait: a late cancellation must not end the next one.
  private final class Token: Sendable {}

  private let state = Mutex(State())
  private let messageBytesMax: Int

  init(messageBytesMax: Int) {
    self.messageBytesMax = messageBytesMax
  }

  // MARK: - Writing

  func write(_ message: [UInt8]) throws(RPCError) -> Bool {
    let limit = messageBytesMax
    let outcome: Result<(Waiter<[UInt8]?>?, Bool), RPCError> = state.withLock { state in
      if let failure = state.writeFailure { return .failure(failure) }
      guard state.ending == nil else {
        return .failure(RPCError(.failedPrecondition, "a message was sent after the last one"))
      }
      guard message.count <= limit else {
        return .failure(
          RPCError(
            .resourceExhausted,
            "message of \(message.count) bytes is larger than the limit of \(limit)"))
      }
      if let reader = state.reader {
        state.reader = nil
        return .success((reader, false))
      }
      state.messages.append(message)
      state.unreadBytes += message.count
      return .success((nil, state.unreadBytes > CallLimits.unsentBytesMax))
    }
    let (reader, isFull) = try outcome.get()
    reader?.continuation.resume(returning: .success(message))
    return isFull
  }

  func waitForRoom() async throws(RPCError) {
    let token = Token()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now: Result<Void, RPCError>? = state.withLock { state in
          if let failure = state.writeFailure { return .failure(failure) }
          guard state.unreadBytes > CallLimits.unsentBytesMax else { return .success(()) }
          guard !Task.isCancelled else { return .failure(Self.cancelled) }
          state.writer = Waiter(token: token, continuation: continuation)
          return nil
        }
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        guard let waiter = state.writer, waiter.token === token else { return nil as Waiter<Void>? }
        state.writer = nil
        return waiter
      }
      waiter?.continuation.resume(returning: .failure(Self.cancelled))
    }
    try result.get()
  }

  // MARK: - Reading

  func read() async throws(RPCError) -> [UInt8]? {
    let token = Token()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        var writer: Waiter<Void>?
        let now: Result<[UInt8]?, RPCError>? = state.withLock { state in
          if let message = Self.takeFirst(&state) {
            if state.unreadBytes <= CallLimits.unsentBytesMax / 2 {
              writer = state.writer
              state.writer = nil
            }
            return .success(message)
          }
          if let ending = state.ending { return ending.map { nil } }
          guard !Task.isCancelled else { return .failure(Self.cancelled) }
          precondition(state.reader == nil, "two tasks read from one stream")
          state.reader = Waiter(token: token, continuation: continuation)
          return nil
        }
        writer?.continuation.resume(returning: .success(()))
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        guard let waiter = state.reader, waiter.token === token else {
          return nil as Waiter<[UInt8]?>?
        }
        state.reader = nil
        return waiter
      }
      waiter?.continuation.resume(returning: .failure(Self.cancelled))
    }
    return try result.get()
  }

  private static let cancelled = RPCError(.cancelled, "the task was cancelled")

  private static func takeFirst(_ state: inout State) -> [UInt8]? {
    guard state.head < state.messages.count else { return nil }
    let message = state.messages[state.head]
    state.messages[state.head] = []
    state.head += 1
    state.unreadBytes -= message.count
    if state.head == state.messages.count {
      state.messages.removeAll(keepingCapacity: true)
      state.head = 0
    }
    return message
  }

  // MARK: - Ending

  /// Ends the pipe once; the reader gets what is here first, unless it is to be dropped.
  func end(_ ending: Result<Void, RPCError>, writeFailure: RPCError?, dropsUnread: Bool = false) {
    let (reader, writer) = state.withLock { state in
      if state.ending == nil || dropsUnread { state.ending = ending }
      if let writeFailure { state.writeFailure = state.writeFailure ?? writeFailure }
      if dropsUnread {
        state.messages = []
        state.head = 0
        state.unreadBytes = 0
      }
      let woken = (state.reader, state.writeFailure == nil ? nil : state.writer)
      state.reader = nil
      if state.writeFailure != nil { state.writer = nil }
      return woken
    }
    reader?.continuation.resume(returning: ending.map { nil })
    if let writeFailure { writer?.continuation.resume(returning: .failure(writeFailure)) }
  }
}
