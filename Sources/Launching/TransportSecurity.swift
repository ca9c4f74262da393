public import RPCHTTP2
public import Settings
public import TLS

/// What the connections of a process are secured with.
public struct TransportSecurity: Sendable {
  /// For connections that are taken; nil for plaintext.
  public let server: TLSContext?
  /// For connections that are made; nil for plaintext.
  public let client: TLSContext?

  /// Reads the files.
  ///
  /// - Parameter files: Their paths.
  /// - Throws: `SettingsError` naming a file that cannot be used.
  public init(_ files: TLSFiles) throws(SettingsError) {
    let trust = files.authority.map { TrustRoots.pem(.file($0)) } ?? .system
    var credentials: TLSCredentials?
    if let certificate = files.certificate, let key = files.key {
      credentials = TLSCredentials(certificates: .file(certificate), privateKey: .file(key))
    }
    do throws(TLSError) {
      server = try credentials.map { credentials throws(TLSError) in
        try TLSContext(
          .server(
            credentials, trustRoots: trust,
            peerVerification: files.authority == nil ? .none : .require))
      }
      client =
        files.isEmpty
        ? nil : try TLSContext(.client(trustRoots: trust, credentials: credentials))
    } catch {
      throw SettingsError("TLS cannot be set up: \(error)")
    }
  }

  /// Whether there is anything to read.
  var isSecure: Bool { server != nil || client != nil }

  /// Plaintext.
  public static let none = TransportSecurity()

  private init() {
    server = nil
    client = nil
  }

  /// Reads the same files again, for connections from now on.
  ///
  /// - Throws: `TLSError` naming the file and the reason; then what was read before stays.
  public func reload() throws(TLSError) {
    try server?.reload()
    try client?.reload()
  }

  /// Makes a channel to a service nearby.
  ///
  /// - Parameter target: Address of the service.
  /// - Returns: The channel; it connects at the first call.
  /// - Throws: `RPCError` with what is wrong with the address.
  public func channel(to target: String) throws -> HTTP2Channel {
    var options = HTTP2ChannelOptions.nearby
    options.tls = client
    return try HTTP2Channel(target: target, options: options)
  }
}
