/// Gives each call its place in a distributed trace (W3C Trace Context): a child of the trace that
/// the client sent, or a new one when it sent none or a wrong one. Handlers find it in
/// ``ServerContext/trace``.
public struct TracingServerInterceptor: ServerInterceptor {
  private let ended: @Sendable (ServerContext, TraceContext, Duration, StatusCode) -> Void

  /// Creates the interceptor.
  ///
  /// - Parameter ended: Called once for each call, on its executor, with its trace, how long it took
  ///   and how it ended. It must not block.
  public init(
    ended: @escaping @Sendable (ServerContext, TraceContext, Duration, StatusCode) -> Void =
      { _, _, _, _ in }
  ) {
    self.ended = ended
  }

  /// Sets the trace and runs the handler.
  public func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
    var generator = SystemRandomNumberGenerator()
    let trace =
      TraceContext(context.metadata)?.child(using: &generator) ?? .root(using: &generator)
    context.trace = trace
    let start = ContinuousClock.now
    do {
      try await next()
      ended(context, trace, start.duration(to: .now), .ok)
    } catch {
      ended(context, trace, start.duration(to: .now), context.ending(of: error).code)
      throw error
    }
  }
}
