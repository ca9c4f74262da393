internal import EventLoop
internal import RPCCore

/// The sockets of a server and the connections that came through them, on one loop.
actor ServerListener {
  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }

  private let router: RPCRouter
  private let options: HTTP2ServerOptions
  private let input = InputBuffer()
  private var acceptors: [Acceptor] = []
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  private var isShuttingDown = false
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  init(loop: EventLoop, router: RPCRouter, options: HTTP2ServerOptions) {
    self.loop = loop
    self.router = router
    self.options = options
  }

  // MARK: - Listening

  /// Binds every address, or none.
  func listen(at addresses: [ServiceAddress]) throws(RPCError) -> [ServiceAddress] {
    var bound: [ServiceAddress] = []
    for address in addresses {
      do throws(EventLoopError) {
        let acceptor = Acceptor(
          try ListeningSocket(at: try address.socketAddress()), loop: loop, listener: self)
        acceptors.append(acceptor)
        bound.append(acceptor.address ?? address)
      } catch {
        closeAcceptors()
        let isTaken = error.code == .addressInUse
        throw RPCError(
          isTaken ? .alreadyExists : .unavailable,
          isTaken
            ? "cannot listen on \(address): the address is in use; stop the other process or "
              + "choose another address" : "\(error)", cause: error)
      }
    }
    for acceptor in acceptors { acceptor.start() }
    return bound
  }

  func accept(_ socket: sending StreamSocket) {
    guard !isShuttingDown else { return }
    do {
      let connection = try ServerConnection(
        socket, loop: loop, input: input, router: router, options: options
      ) { [weak self] connection in self?.assumeIsolated { $0.remove(connection) } }
      connections[ObjectIdentifier(connection)] = connection
      connection.assumeIsolated { $0.start() }
    } catch {
      // No memory for a session: the socket closes, the client tries again.
    }
  }

  private func remove(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
    endIfEmpty()
  }

  private func closeAcceptors() {
    for acceptor in acceptors { acceptor.close() }
    acceptors = []
  }

  // MARK: - Shutdown

  /// Stops listening, lets calls end until the grace is over, then ends them.
  func shutDown(grace: Duration) {
    guard !isShuttingDown else { return }
    isShuttingDown = true
    closeAcceptors()
    for connection in connections.values { connection.assumeIsolated { $0.drain() } }
    _ = loop.setTimer(at: .now + grace) { [weak self] in self?.assumeIsolated { $0.terminate() } }
    endIfEmpty()
  }

  private func terminate() {
    for connection in connections.values { connection.assumeIsolated { $0.terminate() } }
    // Handlers that ignore their cancellation keep the loop, but nobody waits for them.
    resumeEndWaiters()
  }

  /// Suspends until the server has shut down.
  func waitUntilEnded() async {
    guard !(isShuttingDown && connections.isEmpty) else { return }
    await withCheckedContinuation { endWaiters.append($0) }
  }

  private func endIfEmpty() {
    guard isShuttingDown, connections.isEmpty else { return }
    resumeEndWaiters()
    loop.stop()
  }

  private func resumeEndWaiters() {
    for waiter in endWaiters { waiter.resume() }
    endWaiters = []
  }
}
