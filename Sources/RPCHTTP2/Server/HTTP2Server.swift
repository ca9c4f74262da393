internal import EventLoop
public import RPCCore
internal import Synchronization

/// A gRPC server over HTTP/2: listens at TCP ports and unix sockets and answers with a router.
///
/// It has one loop, or several that share the connections: see ``HTTP2ServerOptions/loops``. A
/// handler runs on the loop of its connection, so it must not block; work that takes long goes to
/// an actor of its own.
///
/// ```swift
/// let server = try HTTP2Server(
///   addresses: [.tcp(host: "127.0.0.1", port: 7400)], router: RPCRouter(services: [greeter]))
/// try await server.run()
/// ```
public final class HTTP2Server: Sendable {
  private enum State {
    case new
    case listening([ServiceAddress])
  }

  private let addresses: [ServiceAddress]
  private let options: HTTP2ServerOptions
  /// One a loop; the first one accepts.
  private let listeners: [ServerListener]
  private let state = Mutex(State.new)

  /// Creates a server; it listens once ``start()`` or ``run()`` is called.
  ///
  /// - Parameters:
  ///   - addresses: Where to listen; port 0 lets the kernel choose.
  ///   - router: What answers.
  ///   - options: The limits.
  /// - Throws: `RPCError` with `.resourceExhausted` when the process has no descriptors left.
  public init(
    addresses: [ServiceAddress],
    router: RPCRouter,
    options: HTTP2ServerOptions = HTTP2ServerOptions()
  ) throws(RPCError) {
    self.addresses = addresses
    self.options = options
    do throws(EventLoopError) {
      var listeners: [ServerListener] = []
      for number in 0..<max(1, options.loops) {
        let loop = try EventLoop(name: "rpc-server-\(number)", spin: options.spin)
        listeners.append(ServerListener(loop: loop, router: router, options: options))
      }
      self.listeners = listeners
    } catch {
      throw RPCError(.resourceExhausted, error.message, cause: error)
    }
  }

  /// The addresses at which the server listens, with the ports that the kernel chose; empty before.
  public var boundAddresses: [ServiceAddress] {
    state.withLock { if case .listening(let bound) = $0 { bound } else { [] } }
  }

  /// Starts to listen and to answer, and returns.
  ///
  /// - Returns: The addresses, with the ports that the kernel chose.
  /// - Throws: `RPCError` that names the address: `.alreadyExists` when it is in use.
  @discardableResult
  public func start() async throws(RPCError) -> [ServiceAddress] {
    do throws(EventLoopError) {
      for listener in listeners { try listener.loop.start() }
    } catch {
      throw RPCError(.resourceExhausted, error.message, cause: error)
    }
    do throws(RPCError) {
      let bound = try await listeners[0].listen(at: addresses, with: listeners)
      state.withLock { $0 = .listening(bound) }
      return bound
    } catch {
      for listener in listeners { listener.loop.stop() }
      throw error
    }
  }

  /// Listens, unless ``start()`` was called, and answers until the server is shut down.
  ///
  /// Cancelling the task shuts the server down with the grace of its options.
  ///
  /// - Throws: `RPCError` as ``start()`` does.
  public func run() async throws(RPCError) {
    if boundAddresses.isEmpty { try await start() }
    await withTaskCancellationHandler {
      for listener in listeners { await listener.waitUntilEnded() }
    } onCancel: {
      for listener in listeners {
        listener.loop.execute { [options] in
          listener.assumeIsolated { $0.shutDown(grace: options.shutdownGrace) }
        }
      }
    }
  }

  /// Returns what has happened so far.
  ///
  /// - Returns: The server with its connections and the calls on them.
  public func statistics() async -> ServerStatistics {
    var statistics = ServerStatistics()
    statistics.addresses = boundAddresses.map(\.description)
    for listener in listeners { statistics.add(await listener.statistics()) }
    return statistics
  }

  /// Stops accepting, lets the calls under way end, and ends them when the grace is over.
  ///
  /// Returns when every call has ended. A second call waits for the first.
  ///
  /// - Parameter grace: The time that calls have to end; `nil` is that of the options.
  public func shutdown(grace: Duration? = nil) async {
    guard !boundAddresses.isEmpty else { return }
    for listener in listeners { await listener.shutDown(grace: grace ?? options.shutdownGrace) }
    for listener in listeners { await listener.waitUntilEnded() }
  }
}
