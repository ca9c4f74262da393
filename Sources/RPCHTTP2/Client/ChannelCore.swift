internal import EventLoop
internal import RPCCore

/// The state of a channel: its connection, and the calls that wait for one.
///
/// ```
///  idle --call--> connecting --connected--> ready --lost--> idle
///                     |  failed                   --GOAWAY--> idle (the connection drains)
///                     v
///                  backing off --timer, when calls wait--> connecting
/// ```
/// While backing off, a call fails at once with the last error, unless it waits for readiness.
actor ChannelCore {
  private enum State {
    case idle
    case resolving
    case connecting(ClientConnection, rest: [SocketAddress])
    case ready(ClientConnection)
    case backingOff(RPCError)
    case closed
  }

  nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }

  private let target: ServiceAddress
  private let options: HTTP2ChannelOptions
  nonisolated let input = InputBuffer()
  private var state = State.idle
  private var waiting: [ClientStream] = []
  private var draining: [ClientConnection] = []
  private var failures = 0
  private var isConfirmed = false
  private var connectTimer: TimerID?
  private var generator = SystemRandomNumberGenerator()

  /// The most calls that wait for a connection.
  private static let waitingMax = 10_000

  init(target: ServiceAddress, loop: EventLoop, options: HTTP2ChannelOptions) {
    self.target = target
    self.loop = loop
    self.options = options
  }

  // MARK: - Calls

  func start(_ stream: ClientStream) {
    stream.begin()
    switch state {
    case .ready(let connection): connection.assumeIsolated { $0.start(stream) }
    case .idle:
      wait(stream)
      resolve()
    case .resolving, .connecting: wait(stream)
    case .backingOff(let error):
      if stream.options.waitForReady { wait(stream) } else { stream.end(error) }
    case .closed: stream.end(RPCError(.cancelled, "the channel to \(target) is closed"))
    }
  }

  private func wait(_ stream: ClientStream) {
    waiting.removeAll { $0.hasEnded }
    guard waiting.count < Self.waitingMax else {
      return stream.end(
        RPCError(.resourceExhausted, "\(Self.waitingMax) calls wait for \(target) already"))
    }
    waiting.append(stream)
  }

  // MARK: - Connecting

  private func resolve() {
    state = .resolving
    switch target {
    case .unix(let path):
      do throws(EventLoopError) {
        connect(to: [try SocketAddress(unixPath: path)])
      } catch {
        failed(error.message)
      }
    case .tcp(let host, let port):
      SocketAddress.resolve(host: host, port: port, on: loop) { [weak self] result in
        self?.assumeIsolated { $0.resolved(result) }
      }
    }
  }

  private func resolved(_ result: Result<[SocketAddress], EventLoopError>) {
    guard case .resolving = state else { return }
    switch result {
    case .success(let addresses): connect(to: addresses)
    case .failure(let error): failed(error.message)
    }
  }

  private func connect(to addresses: [SocketAddress]) {
    guard let address = addresses.first else { return failed("\(target) has no address") }
    do {
      let connection = try ClientConnection(
        to: address, authority: target.authority, loop: loop, input: input, options: options
      ) { [weak self] connection, report in
        self?.assumeIsolated { $0.handle(report, of: connection) }
      }
      state = .connecting(connection, rest: Array(addresses.dropFirst()))
      isConfirmed = false
      connection.assumeIsolated { $0.start() }
      connectTimer = loop.setTimer(at: .now + options.connectTimeout) {
        connection.assumeIsolated { $0.close("no connection within the time limit") }
      }
    } catch {
      connectionFailed("\(error)", rest: Array(addresses.dropFirst()))
    }
  }

  private func handle(_ report: ClientConnection.Report, of connection: ClientConnection) {
    switch (state, report) {
    case (.connecting(let current, _), .connected) where current === connection:
      stopConnectTimer()
      state = .ready(connection)
      let streams = waiting
      waiting = []
      connection.assumeIsolated { connection in
        for stream in streams { connection.start(stream) }
      }
    case (.connecting(let current, let rest), .closed(let reason)) where current === connection:
      stopConnectTimer()
      connectionFailed(reason, rest: rest)
    case (.ready(let current), .confirmed) where current === connection:
      failures = 0
      isConfirmed = true
    case (.ready(let current), .draining) where current === connection:
      draining.append(connection)
      state = .idle
    case (.ready(let current), .closed(let reason)) where current === connection:
      // A server that accepts and closes at once must not be dialled in a tight loop.
      if isConfirmed { state = .idle } else { failed(reason) }
    case (_, .closed):
      draining.removeAll { $0 === connection }
    default:
      // Reports of a connection that the channel has left already: dropped, without harm.
      return
    }
  }

  private func connectionFailed(_ reason: String, rest: [SocketAddress]) {
    if rest.isEmpty { failed(reason) } else { connect(to: rest) }
  }

  private func failed(_ reason: String) {
    let error = RPCError(.unavailable, "cannot reach \(target): \(reason)")
    failures += 1
    state = .backingOff(error)
    let patient = waiting.filter { $0.options.waitForReady && !$0.hasEnded }
    for stream in waiting where !stream.options.waitForReady { stream.end(error) }
    waiting = patient
    let wait = options.backoff.wait(afterFailures: failures, using: &generator)
    connectTimer = loop.setTimer(at: .now + wait) { [weak self] in
      self?.assumeIsolated { $0.backoffEnded() }
    }
  }

  private func backoffEnded() {
    connectTimer = nil
    guard case .backingOff = state else { return }
    waiting.removeAll { $0.hasEnded }
    if waiting.isEmpty { state = .idle } else { resolve() }
  }

  private func stopConnectTimer() {
    if let connectTimer { loop.cancel(connectTimer) }
    connectTimer = nil
  }

  // MARK: - End

  func close() {
    let last = state
    state = .closed
    stopConnectTimer()
    let error = RPCError(.cancelled, "the channel to \(target) is closed")
    for stream in waiting { stream.end(error) }
    waiting = []
    switch last {
    case .connecting(let connection, _), .ready(let connection):
      connection.assumeIsolated { $0.shutDown() }
    case .idle, .resolving, .backingOff, .closed: break
    }
    for connection in draining { connection.assumeIsolated { $0.shutDown() } }
    draining = []
  }
}
