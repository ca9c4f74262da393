/// Code around every call of a channel: logging, metrics, credentials. Written once for all four
/// kinds of call.
public protocol ClientInterceptor: Sendable {
  /// The rest of the chain, ending in the channel.
  typealias Next = (CallOptions) async throws(RPCError) -> any ClientCallStream

  /// Runs as a call is opened.
  ///
  /// It may change what goes with the call, refuse it, watch its end by
  /// ``ClientCallStream/whenEnded(_:)``, or return a stream of its own that wraps the one of `next`.
  ///
  /// - Parameters:
  ///   - method: The method to call.
  ///   - options: What the caller asks beside the request.
  ///   - next: Opens the call. It may be left out, and called more than once.
  /// - Returns: The stream of the call.
  /// - Throws: What `next` threw, or an `RPCError` of its own in the place of the call.
  func intercept(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    next: Next
  ) async throws(RPCError) -> any ClientCallStream
}

/// A channel whose calls go through interceptors.
public struct InterceptedChannel: RPCChannel {
  private let base: any RPCChannel
  private let interceptors: [any ClientInterceptor]

  /// Creates a channel over another one.
  ///
  /// - Parameters:
  ///   - base: What opens the calls.
  ///   - interceptors: Code around every call; the first is the outermost.
  public init(_ base: any RPCChannel, interceptors: [any ClientInterceptor]) {
    self.base = base
    self.interceptors = interceptors
  }

  /// Opens a call through all interceptors.
  public func open(
    _ method: MethodDescriptor,
    options: CallOptions
  ) async throws(RPCError) -> any ClientCallStream {
    try await open(method, options, from: 0)
  }

  private func open(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    from index: Int
  ) async throws(RPCError) -> any ClientCallStream {
    guard index < interceptors.count else { return try await base.open(method, options: options) }
    return try await interceptors[index].intercept(method, options) {
      (options: CallOptions) async throws(RPCError) -> any ClientCallStream in
      try await open(method, options, from: index + 1)
    }
  }
}

extension RPCChannel {
  /// Returns a channel whose calls go through interceptors and then to this one.
  ///
  /// - Parameter interceptors: Code around every call; the first is the outermost.
  /// - Returns: The channel.
  public func intercepted(by interceptors: any ClientInterceptor...) -> InterceptedChannel {
    InterceptedChannel(self, interceptors: interceptors)
  }
}
