/// The TLS of one connection: bytes of the peer in, plaintext out, and the other way round. It knows
/// no socket.
///
/// ```
///  handshaking --finished, ALPN h2--> open --close_notify of the peer--> peerClosed
///       |                              |  close()                          |  close()
///       | any error                    v                                   v
///       +---> failed <--any error--  closed                              closed
/// ```
/// Received bytes and plaintext after ``close()`` are dropped: both sides may be on their way when
/// they hear of the end. After an error the output may hold an alert that the peer should see.
///
/// Not thread-safe: it belongs to the loop of its connection.
public final class TLSSession {
  /// Where a session stands.
  public enum State: Sendable, Hashable {
    /// The peers negotiate; no plaintext goes either way.
    case handshaking
    /// Plaintext goes both ways.
    case open
    /// The peer has said that it sends no more.
    case peerClosed
    /// This side has said that it sends no more.
    case closed
    /// The session broke.
    case failed(TLSError)
  }

  /// Which side this is.
  public let role: TLSRole
  /// Where the session stands.
  public private(set) var state = State.handshaking
  /// The bytes for the peer. The connection removes what it has written.
  public var output: [UInt8] = []
  /// The certificate of the peer, once the session is open; `nil` if it has shown none.
  public private(set) var peer: PeerCertificate?
  private let handle: TLSSessionHandle
  private var hasReceived = false

  /// RFC 8446 §5.1 and §6: the types of a record that can be the first one.
  private static let alertRecord: UInt8 = 21
  private static let handshakeRecord: UInt8 = 22
  /// RFC 8446 §6: a fatal alert, protocol_version, in a record of its own.
  private static let versionAlert: [UInt8] = [21, 3, 3, 0, 2, 2, 70]

  init(_ handle: TLSSessionHandle, role: TLSRole) throws(TLSError) {
    self.handle = handle
    self.role = role
    if role == .client { try shakeHands() }
  }

  /// The version and the cipher, for example `TLSv1.3 TLS_AES_256_GCM_SHA384`.
  public var summary: String { handle.summary }

  /// Takes bytes of the peer. What they mean shows in ``state`` and ``read(into:)``.
  ///
  /// - Parameters:
  ///   - bytes: A buffer that starts with the bytes.
  ///   - count: How many of them are valid.
  /// - Throws: `TLSError` when the connection has to be closed, after sending what waits.
  public func receive(_ bytes: borrowing [UInt8], count: Int) throws(TLSError) {
    guard count > 0 else { return }
    switch state {
    case .failed(let error): throw error
    case .closed, .peerClosed: return
    case .handshaking, .open: break
    }
    if !hasReceived {
      hasReceived = true
      try checkFirst(bytes, count)
    }
    handle.feed(bytes, count: count)
    if state == .handshaking { try shakeHands() }
  }

  /// Moves decrypted bytes into a buffer, from its start, until the buffer is full or there are no
  /// more.
  ///
  /// - Parameter buffer: The buffer; its size is the most that is moved.
  /// - Returns: The number of bytes; 0 when no whole record is here.
  /// - Throws: `TLSError` when the connection has to be closed, after sending what waits.
  public func read(into buffer: inout [UInt8]) throws(TLSError) -> Int {
    guard state == .open else { return 0 }
    var count = 0
    while count < buffer.count {
      switch handle.read(into: &buffer, from: count) {
      case .bytes(let more): count += more
      case .wants:
        takeOutput()
        return count
      case .closed:
        state = .peerClosed
        return count
      case .failed(let failure): throw fail(failure)
      }
    }
    return count
  }

  /// Encrypts bytes; the result waits in ``output``.
  ///
  /// - Parameters:
  ///   - plaintext: The bytes.
  ///   - start: The first of them to take.
  /// - Throws: `TLSError` with `.closed` before the handshake has ended or after the end.
  public func write(_ plaintext: borrowing [UInt8], from start: Int = 0) throws(TLSError) {
    switch state {
    case .open, .peerClosed: break
    case .failed(let error): throw error
    case .handshaking: throw TLSError(.closed, "the handshake has not ended yet")
    case .closed: throw TLSError(.closed, "the session is closed")
    }
    var position = start
    while position < plaintext.count {
      switch handle.write(plaintext, from: position) {
      case .bytes(let count): position += count
      case .failed(let failure): throw fail(failure)
      case .wants, .closed: throw fail(.init("the session takes no plaintext"))
      }
    }
    takeOutput()
  }

  /// Says that this side sends no more; has no effect before the handshake has ended.
  public func close() {
    guard state == .open || state == .peerClosed else { return }
    handle.shutDown()
    takeOutput()
    state = .closed
  }

  // MARK: - Handshake

  private func shakeHands() throws(TLSError) {
    switch handle.shakeHands() {
    case .wants: takeOutput()
    case .bytes:
      takeOutput()
      guard handle.hasNegotiatedHTTP2 else {
        throw fail(
          TLSError(
            .noHTTP2,
            "the \(peerName) did not negotiate HTTP/2: it needs ALPN with the protocol h2"))
      }
      peer = handle.peerCertificate()
      state = .open
    case .closed: throw fail(TLSError(.closed, "the \(peerName) closed during the handshake"))
    case .failed(let failure): throw fail(failure)
    }
  }

  private var peerName: String { role == .client ? "server" : "client" }

  /// Says clearly what OpenSSL would call a wrong version.
  private func checkFirst(_ bytes: borrowing [UInt8], _ count: Int) throws(TLSError) {
    guard bytes[0] != Self.handshakeRecord, role == .server || bytes[0] != Self.alertRecord else {
      return
    }
    let hex = bytes[..<min(count, 8)].map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    output += Self.versionAlert
    let error = TLSError(
      .notTLS,
      "the \(peerName) does not speak TLS: its first bytes are \(hex.joined(separator: " "))")
    state = .failed(error)
    throw error
  }

  private func takeOutput() {
    handle.takeOutput(into: &output)
  }

  private func fail(_ failure: TLSFailure) -> TLSError {
    fail(failure.error(peerName: peerName))
  }

  private func fail(_ error: TLSError) -> TLSError {
    takeOutput()
    state = .failed(error)
    return error
  }
}
