internal import RPCCore

/// A task that waits for one stream, and how to tell it from a later one.
struct StreamWaiter<Value: Sendable> {
  let token: WaitToken
  let continuation: CheckedContinuation<Result<Value, RPCError>, Never>

  func resume(_ result: Result<Value, RPCError>) {
    continuation.resume(returning: result)
  }
}

/// The identity of one wait: a late cancellation must not end the next one.
final class WaitToken: Sendable {}
