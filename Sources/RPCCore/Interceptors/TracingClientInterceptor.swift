/// Gives each call its place in a distributed trace (W3C Trace Context) and sends it along: a child
/// of the trace in the metadata of the call, else of the call that the task answers, else a new one.
public struct TracingClientInterceptor: ClientInterceptor {
  private let ended: @Sendable (MethodDescriptor, TraceContext, Duration, Status) -> Void

  /// Creates the interceptor.
  ///
  /// - Parameter ended: Called once for each call, with its trace, how long it took and how it ended.
  ///   It must not block.
  public init(
    ended: @escaping @Sendable (MethodDescriptor, TraceContext, Duration, Status) -> Void =
      { _, _, _, _ in }
  ) {
    self.ended = ended
  }

  /// Puts the trace into the metadata.
  public func intercept(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    next: Next
  ) async throws(RPCError) -> any ClientCallStream {
    var generator = SystemRandomNumberGenerator()
    let parent = TraceContext(options.metadata) ?? ServerContext.current?.trace
    let trace = parent?.child(using: &generator) ?? .root(using: &generator)
    var traced = options
    trace.inject(into: &traced.metadata)
    let start = ContinuousClock.now
    do throws(RPCError) {
      let call = try await next(traced)
      call.whenEnded { [ended] status, _ in ended(method, trace, start.duration(to: .now), status) }
      return call
    } catch {
      ended(method, trace, start.duration(to: .now), error.status)
      throw error
    }
  }
}
