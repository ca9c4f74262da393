internal import EventLoop
internal import RPCCore
internal import Synchronization

/// The connections of a server on one loop; the first of its listeners accepts for all.
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
  /// All listeners of the server, this one among them; set on the one that accepts.
  private var siblings: [ServerListener] = []
  /// The connections here, counted by the listener that accepts.
  private nonisolated let count = Atomic(0)
  /// The counts of connections that are gone.
  private var past = ServerStatistics()
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  init(loop: EventLoop, router: RPCRouter, options: HTTP2ServerOptions) {
    self.loop = loop
    self.router = router
    self.options = options
  }

  // MARK: - Listening

  /// Binds every address, or none; hands connections to all listeners of the server.
  func listen(
    at addresses: [ServiceAddress],
    with siblings: [ServerListener]
  ) throws(RPCError) -> [ServiceAddress] {
    self.siblings = siblings
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

  /// Hands a connection to the loop that has the fewest.
  func accept(_ socket: sending StreamSocket) {
    guard !isShuttingDown else { return }
    let loads = siblings.map { $0.count.load(ordering: .relaxed) }
    // Over the limit the socket closes, and its client backs off.
    guard loads.reduce(0, +) < options.connectionsMax,
      let least = loads.indices.min(by: { loads[$0] < loads[$1] })
    else { return }
    let target = siblings[least]
    target.count.add(1, ordering: .relaxed)
    guard target !== self else { return adopt(socket) }
    let transit = SocketInTransit(socket)
    target.loop.execute { target.assumeIsolated { $0.adopt(transit) } }
  }

  private func adopt(_ transit: SocketInTransit) {
    guard let socket = transit.take() else { return }
    adopt(socket)
  }

  private func adopt(_ socket: sending StreamSocket) {
    guard !isShuttingDown else {
      count.subtract(1, ordering: .relaxed)
      return
    }
    do {
      let connection = try ServerConnection(
        socket, loop: loop, input: input, router: router, options: options
      ) { [weak self] connection in self?.assumeIsolated { $0.remove(connection) } }
      connections[ObjectIdentifier(connection)] = connection
      past.connectionsAccepted += 1
      connection.start()
    } catch {
      // No memory for a session: the socket closes, the client tries again.
      count.subtract(1, ordering: .relaxed)
    }
  }

  private func remove(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
    past.add(connection.statistics())
    count.subtract(1, ordering: .relaxed)
    endIfEmpty()
  }

  private func closeAcceptors() {
    for acceptor in acceptors { acceptor.close() }
    acceptors = []
  }

  /// What has happened on this loop.
  func statistics() -> ServerStatistics {
    var statistics = past
    for connection in connections.values {
      let one = connection.statistics()
      statistics.add(one)
      statistics.connections.append(one)
    }
    return statistics
  }

  // MARK: - Shutdown

  /// Stops listening, lets calls end until the grace is over, then ends them.
  func shutDown(grace: Duration) {
    guard !isShuttingDown else { return }
    isShuttingDown = true
    closeAcceptors()
    for connection in connections.values { connection.drain() }
    _ = loop.setTimer(at: .now + grace) { [weak self] in self?.assumeIsolated { $0.terminate() } }
    endIfEmpty()
  }

  private func terminate() {
    for connection in connections.values { connection.terminate() }
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

/// A connection on its way from the loop that accepted it to the one that serves it.
private final class SocketInTransit: Sendable {
  private let socket: Mutex<StreamSocket?>

  init(_ socket: sending StreamSocket) {
    self.socket = Mutex(socket)
  }

  func take() -> sending StreamSocket? {
    socket.withLock { socket in
      let taken = socket
      socket = nil
      return taken
    }
  }
}
