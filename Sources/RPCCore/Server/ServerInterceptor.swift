/// Code around every call of a server: logging, metrics, authentication. Written once for all four
/// kinds of call.
public protocol ServerInterceptor: Sendable {
  /// Runs around one call.
  ///
  /// - Parameters:
  ///   - context: The call.
  ///   - next: The rest of the chain, ending in the handler. It may be left out, and called at most
  ///     once.
  /// - Throws: What `next` threw, or an `RPCError` of its own to end the call with.
  func intercept(_ context: ServerContext, next: () async throws -> Void) async throws
}
