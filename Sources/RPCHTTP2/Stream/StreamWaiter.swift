internal import RPCCore

/// A task that waits for one stream, and how to tell it from a later one.
final class StreamWaiter<Value: Sendable>: Sendable {
  let token: WaitToken
  private let continuation: CheckedContinuation<Result<Value, RPCError>, Never>

  init(token: WaitToken, continuation: CheckedContinuation<Result<Value, RPCError>, Never>) {
    self.token = token
    self.continuation = continuation
  }

  func resume(_ result: Result<Value, RPCError>) {
    continuation.resume(returning: result)
  }
}

/// The identity of one wait: a late cancellation must not end the next one.
final class WaitToken: Sendable {}
