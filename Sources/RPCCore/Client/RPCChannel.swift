/// The client side of a target: opens calls, over connections that come and go.
public protocol RPCChannel: Sendable {
  /// Opens a call.
  ///
  /// The caller owns it and ends it: by reading to the end, or by `cancel()`.
  ///
  /// - Parameters:
  ///   - method: The method to call.
  ///   - options: What the caller asks beside the request.
  /// - Returns: The stream of the call.
  /// - Throws: `RPCError` with `.unavailable` when the server cannot be reached (at once, or at the
  ///   deadline with `waitForReady`), `.deadlineExceeded`, or `.cancelled` when the task is.
  func open(
    _ method: MethodDescriptor,
    options: CallOptions
  ) async throws(RPCError) -> any ClientCallStream
}
