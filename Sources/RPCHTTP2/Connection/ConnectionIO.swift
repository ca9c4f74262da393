internal import EventLoop
internal import HTTP2
internal import RPCCore
internal import TLS

/// The socket and the session of one connection, with TLS between them if there is any: reads, hands
/// bytes over, writes.
///
/// It belongs to its connection and is used on the loop only.
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
  private let tls: TLSSession?
  private var registration: SocketRegistration?
  private var interest: SocketEvents = []
  private var written = 0
  private(set) var isOpen = true
  /// Whether the last read may have left bytes in the socket: it filled the buffer. Another read would
  /// only say that there are none; if more come, the loop says so.
  private(set) var mayHaveMore = false
  /// All bytes that came from the socket.
  private(set) var readBytes = 0
  /// All bytes that the socket has taken.
  private(set) var writtenBytes = 0

  /// Output is written when it has this size, and given back to the system above it.
  private static let outputBytesMax = 256 << 10

  init(
    _ socket: StreamSocket, session: HTTP2Session, tls: TLSSession?, input: InputBuffer,
    loop: EventLoop
  ) {
    self.socket = socket
    self.tls = tls
    self.session = session
    self.input = input
    self.loop = loop
  }

  var peer: String { socket.peer.map(String.init(describing:)) ?? "unknown" }

  /// Who the peer proved to be by its certificate.
  var peerIdentity: PeerIdentity? {
    guard let peer = tls?.peer else { return nil }
    return PeerIdentity(
      commonName: peer.commonName, dnsNames: peer.dnsNames, ipAddresses: peer.ipAddresses,
      uris: peer.uris, fingerprint: peer.fingerprint)
  }

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
      switch try receive() {
      case .wouldBlock: return .nothing
      case .end: return .closed("the peer closed the connection")
      case .bytes(let count):
        try session.receive(input.bytes, count: count)
        return .events(session.takeEvents())
      }
    } catch let error as HTTP2Error {
      // The session has a GOAWAY to send that says why.
      _ = flush()
      return .closed("the peer broke HTTP/2: \(error)")
    } catch let error as TLSError {
      // The session may have an alert to send that says why.
      _ = flush()
      return .closed("\(error)")
    } catch {
      return .closed("\(error)")
    }
  }

  /// Moves bytes for the session into ``input``.
  private func receive() throws -> StreamSocket.Transfer {
    guard let tls else {
      let transfer = try socket.read(into: &input.bytes)
      if case .bytes(let count) = transfer {
        readBytes += count
        mayHaveMore = count == input.bytes.count
      }
      return transfer
    }
    // A record that is not complete, or is no data, gives nothing: the socket may have more.
    while true {
      if tls.state == .peerClosed { return .end }
      let transfer = try socket.read(into: &input.encrypted)
      guard case .bytes(let count) = transfer else { return transfer }
      readBytes += count
      mayHaveMore = count == input.encrypted.count
      let wasOpen = tls.state == .open
      try tls.receive(input.encrypted, count: count)
      let plain = try tls.read(into: &input.bytes)
      // What the session has to say first, its SETTINGS, has waited for the end of the handshake.
      if !tls.output.isEmpty || (!wasOpen && tls.state == .open), let reason = flush() {
        throw ConnectionLost(reason: reason)
      }
      if plain > 0 { return .bytes(plain) }
    }
  }

  private struct ConnectionLost: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
  }

  /// Writes what the session has to say, as far as the socket takes it.
  ///
  /// - Returns: Why the connection is over, or `nil`.
  func flush() -> String? {
    guard isOpen else { return nil }
    do {
      while true {
        if written == outputCount {
          recycleOutput()
          guard try produceOutput() else { break }
        }
        switch try writeOutput() {
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

  /// Makes the next bytes for the socket.
  ///
  /// - Returns: Whether there are any.
  private func produceOutput() throws -> Bool {
    guard let tls else {
      try session.produceOutput(upTo: Self.outputBytesMax)
      return !session.output.isEmpty
    }
    if tls.state == .open || tls.state == .peerClosed {
      try session.produceOutput(upTo: Self.outputBytesMax)
      if !session.output.isEmpty {
        try tls.write(session.output)
        session.output.removeAll(keepingCapacity: true)
      }
    }
    return !tls.output.isEmpty
  }

  private func writeOutput() throws(EventLoopError) -> StreamSocket.Transfer {
    if let tls {
      try socket.write(tls.output, from: written)
    } else {
      try socket.write(session.output, from: written)
    }
  }

  private var outputCount: Int { tls?.output.count ?? session.output.count }

  func close() {
    guard isOpen else { return }
    if let tls, isFlushed {
      // So that the peer can tell this end from one that somebody forced. What does not fit is lost.
      recycleOutput()
      tls.close()
      _ = try? socket.write(tls.output, from: 0)
    }
    isOpen = false
    if let registration { loop.deregister(registration) }
    socket.close()
  }

  /// Whether the socket has taken everything that was produced.
  var isFlushed: Bool { written == outputCount }

  private func recycleOutput() {
    written = 0
    Self.recycle(&session.output)
    if let tls { Self.recycle(&tls.output) }
  }

  private static func recycle(_ bytes: inout [UInt8]) {
    if bytes.capacity > 2 * outputBytesMax {
      bytes = []
    } else {
      bytes.removeAll(keepingCapacity: true)
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

  /// The longest record of TLS, with room to spare (RFC 5246 §6.2.3: 2^14 + 2048 and its head).
  private static let recordBytesMax = 20 << 10

  /// What comes from the socket of a connection with TLS. With the part of a record that is there
  /// already it decrypts to no more than fits into ``bytes``, so that nothing stays behind when the
  /// socket is empty.
  lazy var encrypted = [UInt8](
    repeating: 0, count: InputBuffer.size - InputBuffer.recordBytesMax)

  /// What all connections of the loop compress and decompress with.
  let codecs = MessageCodecs()
}
