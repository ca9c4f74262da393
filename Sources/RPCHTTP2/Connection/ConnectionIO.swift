internal import EventLoop
internal import HTTP2

/// The socket and the session of one connection: reads, hands bytes over, writes.
///
/// It belongs to the actor of the connection and is used on its loop only.
final class ConnectionIO {
  enum ReadOutcome {
    case events([HTTP2Event])
    case nothing
    /// The connection is over; the text says why.
    case closed(String)
  }

  let session: HTTP2Session
  let input: InputBuffer
  private let loop: EventLoop
  private let socket: StreamSocket
  private var registration: SocketRegistration?
  private var interest: SocketEvents = []
  private var written = 0
  private(set) var isOpen = true
  /// All bytes that came from the socket.
  private(set) var readBytes = 0
  /// All bytes that the socket has taken.
  private(set) var writtenBytes = 0

  /// Output is written when it has this size, and given back to the system above it.
  private static let outputBytesMax = 256 << 10

  init(_ socket: StreamSocket, session: HTTP2Session, input: InputBuffer, loop: EventLoop) {
    self.socket = socket
    self.session = session
    self.input = input
    self.loop = loop
  }

  var peer: String { socket.peer.map(String.init(describing:)) ?? "unknown" }

  func start(_ handler: any SocketEventHandler, for interest: SocketEvents) {
    self.interest = interest
    registration = loop.register(socket.descriptor, for: interest, handler)
  }

  func finishConnecting(to address: SocketAddress) throws(EventLoopError) {
    try socket.finishConnecting(to: address)
    wait(for: .readable)
  }

  /// Reads once. The events refer to ``input``, so they are handled before the next read.
  func read() -> ReadOutcome {
    guard isOpen else { return .nothing }
    do {
      switch try socket.read(into: &input.bytes) {
      case .wouldBlock: return .nothing
      case .end: return .closed("the peer closed the connection")
      case .bytes(let count):
        readBytes += count
        try session.receive(input.bytes, count: count)
        return .events(session.takeEvents())
      }
    } catch let error as HTTP2Error {
      // The session has a GOAWAY to send that says why.
      _ = flush()
      return .closed("the peer broke HTTP/2: \(error)")
    } catch {
      return .closed("\(error)")
    }
  }

  /// Writes what the session has to say, as far as the socket takes it.
  ///
  /// - Returns: Why the connection is over, or `nil`.
  func flush() -> String? {
    guard isOpen else { return nil }
    do {
      while true {
        if written == session.output.count {
          recycleOutput()
          try session.produceOutput(upTo: Self.outputBytesMax)
          if session.output.isEmpty { break }
        }
        switch try socket.write(session.output, from: written) {
        case .bytes(let count):
          written += count
          writtenBytes += count
        case .wouldBlock, .end:
          wait(for: [.readable, .writable])
          return nil
        }
      }
      wait(for: .readable)
      return session.isAlive ? nil : "the connection has ended"
    } catch {
      return "\(error)"
    }
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    if let registration { loop.deregister(registration) }
    socket.close()
  }

  /// Whether the socket has taken everything that was produced.
  var isFlushed: Bool { written == session.output.count }

  private func recycleOutput() {
    written = 0
    if session.output.capacity > 2 * Self.outputBytesMax {
      session.output = []
    } else {
      session.output.removeAll(keepingCapacity: true)
    }
  }

  private func wait(for wanted: SocketEvents) {
    guard wanted != interest, let registration else { return }
    interest = wanted
    loop.update(registration, for: wanted)
  }
}

/// The buffer into which all connections of one loop read, one after the other.
final class InputBuffer: @unchecked Sendable {
  // Sendable: used on the one loop that it belongs to.

  /// A read takes at most this much; larger ones are no faster (one turn of a loop).
  static let size = 128 << 10

  var bytes = [UInt8](repeating: 0, count: InputBuffer.size)

  /// What all connections of the loop compress and decompress with.
  let codecs = MessageCodecs()
}
