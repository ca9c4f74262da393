internal import RPCCore
internal import Synchronization

/// What waits for one consumer. It is bounded by its own shape: newer things replace older ones, or
/// are counted when there is no room.
protocol MailboxContents: Sendable {
  /// Nothing waits.
  init()
  /// Whether nothing waits.
  var isEmpty: Bool { get }
}

/// Hands things to one consumer, who takes all that wait at once. Producers never wait.
final class Mailbox<Contents: MailboxContents>: Sendable {
  private struct State: Sendable {
    var contents = Contents()
    var waiter: CheckedContinuation<Void, Never>?
    var end: RPCError?
    var isCancelled = false
  }

  private let state = Mutex(State())

  /// Changes what waits, and wakes the consumer if that is something.
  func update(_ change: (inout Contents) -> Void) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.end == nil else { return nil }
      change(&state.contents)
      return state.contents.isEmpty ? nil : state.waiter.take()
    }
    waiter?.resume()
  }

  /// Ends it: the consumer gets the error at once, and what waits is dropped.
  func close(_ error: RPCError) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.end == nil { state.end = error }
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Waits until there is something, and takes it.
  ///
  /// - Returns: What waited; never nothing.
  /// - Throws: The error it was closed with; CANCELLED when the task is cancelled.
  func take() async throws(RPCError) -> Contents {
    while true {
      let (taken, end) = state.withLock { state -> (Contents?, RPCError?) in
        if let end = state.end { return (nil, end) }
        if state.isCancelled { return (nil, RPCError(.cancelled, "the call was cancelled")) }
        if state.contents.isEmpty { return (nil, nil) }
        defer { state.contents = Contents() }
        return (state.contents, nil)
      }
      if let end { throw end }
      if let taken { return taken }
      await wait()
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isReady = state.withLock { state -> Bool in
          if state.isCancelled || state.end != nil || !state.contents.isEmpty { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        state.isCancelled = true
        return state.waiter.take()
      }
      waiter?.resume()
    }
  }
}
