internal import EventLoop
public import RPCCore
internal import Synchronization

/// The client side of a target over HTTP/2: connects at the first call, and again with back-off
/// when the connection is lost.
///
/// Calls of all tasks share one connection for each server that they go to. A call whose connection
/// is lost fails with `.unavailable`, unless the server has certainly not begun it or a
/// ``RetryPolicy`` says otherwise: then it is tried again. The channel closes when it is released, or
/// earlier with ``close()``.
///
/// ```swift
/// let channel = try HTTP2Channel(target: .tcp(host: "127.0.0.1", port: 7400))
/// let greeter = GreeterV1.GreeterClient(channel)
/// let reply = try await greeter.greet(.init(name: "web1"))
/// ```
public final class HTTP2Channel: RPCChannel {
  private let core: ChannelCore
  private let options: HTTP2ChannelOptions
  private let isClosed = Atomic(false)

  /// Creates a channel; it connects at the first call.
  ///
  /// - Parameters:
  ///   - target: The servers.
  ///   - options: The limits.
  /// - Throws: `RPCError` with `.resourceExhausted` when the process has no descriptors or threads
  ///   left.
  public init(
    target: ChannelTarget,
    options: HTTP2ChannelOptions = HTTP2ChannelOptions()
  ) throws(RPCError) {
    self.options = options
    do throws(EventLoopError) {
      let loop = try EventLoop(name: "rpc-client", spin: options.spin)
      try loop.start()
      core = ChannelCore(target: target, loop: loop, options: options)
      loop.execute { [core] in core.prepare() }
    } catch {
      throw RPCError(.resourceExhausted, error.message, cause: error)
    }
  }

  /// Creates a channel to one address.
  ///
  /// - Parameters:
  ///   - target: The server.
  ///   - options: The limits.
  /// - Throws: `RPCError` with `.resourceExhausted` when the process has no descriptors or threads
  ///   left.
  public convenience init(
    target: ServiceAddress,
    options: HTTP2ChannelOptions = HTTP2ChannelOptions()
  ) throws(RPCError) {
    try self.init(target: ChannelTarget(target), options: options)
  }

  /// Creates a channel to a target in the form of a text: see ``ChannelTarget/init(parsing:)``.
  ///
  /// - Parameters:
  ///   - target: For example `tcp://host:port`, `dns:host:port` or `unix:///path`.
  ///   - options: The limits.
  /// - Throws: `RPCError` with `.invalidArgument` for a text that is no target.
  public convenience init(
    target: String,
    options: HTTP2ChannelOptions = HTTP2ChannelOptions()
  ) throws(RPCError) {
    try self.init(target: ChannelTarget(parsing: target), options: options)
  }

  deinit { close() }

  /// The executor of tasks that stay on the thread of the channel: their calls change no threads.
  ///
  /// Such a task must not block, or every call of the channel waits for it.
  public var tasks: any TaskExecutor { core.loop.tasks }

  /// Returns what has happened so far.
  ///
  /// - Returns: The channel with its connections and the calls on them.
  public func statistics() async -> ChannelStatistics {
    await withCheckedContinuation { continuation in
      core.loop.runOrExecute { [core] in continuation.resume(returning: core.statistics()) }
    }
  }

  /// Ends every call with `.cancelled` and closes the connection; later calls fail.
  public func close() {
    guard !isClosed.exchange(true, ordering: .relaxed) else { return }
    core.loop.execute { [core] in core.close() }
    core.loop.stop()
  }

  /// Opens a call without waiting for the connection: what goes wrong shows when the call is used.
  public func open(
    _ method: MethodDescriptor,
    options: CallOptions
  ) async throws(RPCError) -> any ClientCallStream {
    guard !isClosed.load(ordering: .relaxed) else {
      throw RPCError(.cancelled, "the channel is closed")
    }
    let stream = ClientStream(
      method, options: options, loop: core.loop, shared: core.shared,
      messageBytesMax: options.messageBytesMax ?? self.options.messageBytesMax)
    if core.loop.isCurrent {
      core.start(stream)
    } else {
      core.loop.execute { [core] in core.start(stream) }
    }
    return stream
  }
}
