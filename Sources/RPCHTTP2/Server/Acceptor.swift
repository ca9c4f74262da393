internal import EventLoop
internal import RPCCore

/// One listening socket: takes connections and hands them on.
final class Acceptor: SocketEventHandler, @unchecked Sendable {
  // Sendable: used on the loop of its listener only, which registers it there.

  private let socket: ListeningSocket
  private let loop: EventLoop
  private weak var listener: ServerListener?
  private var registration: SocketRegistration?

  /// Connections of one readiness event; then others have their turn.
  private static let acceptsMax = 64
  /// The pause after the process ran out of descriptors.
  private static let exhaustedPause = Duration.milliseconds(100)

  init(_ socket: ListeningSocket, loop: EventLoop, listener: ServerListener) {
    self.socket = socket
    self.loop = loop
    self.listener = listener
  }

  /// The address with the port that the kernel chose.
  var address: ServiceAddress? {
    socket.address.flatMap { address in
      if let path = address.unixPath { return .unix(path: path) }
      guard let host = address.host, let port = address.port else { return nil }
      return .tcp(host: host, port: port)
    }
  }

  func start() {
    registration = loop.register(socket.descriptor, for: .readable, self)
  }

  func ready(_ events: SocketEvents) {
    for _ in 0..<Self.acceptsMax {
      switch socket.accept() {
      case .socket(let accepted):
        listener?.assumeIsolated { $0.accept(accepted) }
      case .none: return
      case .exhausted: return pause()
      }
    }
  }

  private func pause() {
    guard let registration else { return }
    loop.update(registration, for: [])
    _ = loop.setTimer(at: .now + Self.exhaustedPause) { [weak self] in
      guard let self, self.registration == registration else { return }
      loop.update(registration, for: .readable)
    }
  }

  func close() {
    if let registration { loop.deregister(registration) }
    registration = nil
    socket.close()
  }
}
