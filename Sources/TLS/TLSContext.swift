internal import Synchronization

/// What all TLS connections of one server or channel share: certificates, keys, trust.
///
/// Any thread may use it. ``reload()`` and ``replace(with:)`` swap what new connections get, at once
/// and as a whole; connections that exist go on with what they began with.
public final class TLSContext: Sendable {
  private struct Current {
    var configuration: TLSConfiguration
    var handle: ContextHandle
  }

  /// Which side this is.
  public let role: TLSRole
  private let current: Mutex<Current>

  /// Reads the certificates and keys.
  ///
  /// - Parameter configuration: What to show and what to ask for.
  /// - Throws: `TLSError` with `.configuration` that names the file and the reason.
  public init(_ configuration: TLSConfiguration) throws(TLSError) {
    role = configuration.role
    let handle = try ContextHandle(configuration)
    current = Mutex(Current(configuration: configuration, handle: handle))
  }

  /// What new connections get.
  public var configuration: TLSConfiguration { current.withLock { $0.configuration } }

  /// Reads the same files again, for new connections.
  ///
  /// - Throws: `TLSError` with `.configuration`; then nothing has changed.
  public func reload() throws(TLSError) {
    try replace(with: configuration)
  }

  /// Takes another configuration, for new connections.
  ///
  /// - Parameter configuration: The configuration, for the same role.
  /// - Throws: `TLSError` with `.configuration`; then nothing has changed.
  public func replace(with configuration: TLSConfiguration) throws(TLSError) {
    guard configuration.role == role else {
      throw TLSError(.configuration, "a \(role) does not become a \(configuration.role)")
    }
    let handle = try ContextHandle(configuration)
    current.withLock { $0 = Current(configuration: configuration, handle: handle) }
  }

  /// Starts the session of one connection.
  ///
  /// - Parameter serverName: The DNS name or IP address that the certificate of the server must
  ///   have; for a client that checks it. A server ignores it.
  /// - Returns: The session; that of a client has output already.
  /// - Throws: `TLSError` with `.configuration` for a name that is none, or when memory is short.
  public func makeSession(serverName: String? = nil) throws(TLSError) -> TLSSession {
    let (configuration, handle) = current.withLock { ($0.configuration, $0.handle) }
    if role == .client, configuration.peerVerification != .none, serverName == nil {
      throw TLSError(.configuration, "a client that checks certificates needs the server's name")
    }
    return try TLSSession(
      TLSSessionHandle(
        in: handle, role: role, serverName: role == .client ? serverName : nil,
        checksName: configuration.peerVerification != .none), role: role)
  }
}
