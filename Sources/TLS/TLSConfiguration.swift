/// Which side of a connection this is.
public enum TLSRole: Sendable, Hashable {
  /// The side that answers.
  case server
  /// The side that dials.
  case client
}

/// Certificates or a key in PEM form: a file, which is read again at each reload, or the text itself.
public enum PEMSource: Sendable, Hashable {
  /// The path of a file.
  case file(String)
  /// The text.
  case text(String)

  /// Where it is from, for messages; never the text.
  var place: String {
    switch self {
    case .file(let path): path
    case .text: "the given text"
    }
  }
}

/// Whose certificates are trusted.
public enum TrustRoots: Sendable, Hashable {
  /// The certificate authorities that the system trusts.
  case system
  /// These authorities and no others.
  case pem(PEMSource)
}

/// What is asked of the peer's certificate.
public enum PeerVerification: Sendable, Hashable {
  /// A server asks for none; a client takes any. For a client this gives no protection from an
  /// attacker on the way: for tests only.
  case none
  /// A server asks for one and checks it if there is one. For a client the same as ``require``.
  case request
  /// The connection is refused without a trusted certificate, and by a client also if it is not
  /// made for the name that was dialled.
  case require
}

/// A certificate with the key that belongs to it.
public struct TLSCredentials: Sendable, Hashable {
  /// The certificate, then those that lead from it to the authority.
  public var certificates: PEMSource
  /// Its private key, not encrypted.
  public var privateKey: PEMSource

  /// Creates credentials.
  ///
  /// - Parameters:
  ///   - certificates: The certificate, then those that lead from it to the authority.
  ///   - privateKey: Its private key, not encrypted.
  public init(certificates: PEMSource, privateKey: PEMSource) {
    self.certificates = certificates
    self.privateKey = privateKey
  }
}

/// What one side of TLS shows and what it asks of the other. The version is 1.2 or 1.3, ciphers are
/// authenticated ones with forward secrecy, ALPN is `h2`; none of that can be lowered.
public struct TLSConfiguration: Sendable, Hashable {
  /// Which side this is.
  public var role: TLSRole
  /// What this side shows; a server needs it.
  public var credentials: TLSCredentials?
  /// Whose certificates are trusted.
  public var trustRoots: TrustRoots
  /// What is asked of the peer.
  public var peerVerification: PeerVerification

  /// Creates a configuration.
  private init(
    role: TLSRole,
    credentials: TLSCredentials?,
    trustRoots: TrustRoots,
    peerVerification: PeerVerification
  ) {
    self.role = role
    self.credentials = credentials
    self.trustRoots = trustRoots
    self.peerVerification = peerVerification
  }

  /// Creates the configuration of a server.
  ///
  /// - Parameters:
  ///   - credentials: What the server shows.
  ///   - trustRoots: Whose client certificates are trusted.
  ///   - peerVerification: Whether clients need a certificate.
  /// - Returns: The configuration.
  public static func server(
    _ credentials: TLSCredentials,
    trustRoots: TrustRoots = .system,
    peerVerification: PeerVerification = .none
  ) -> TLSConfiguration {
    TLSConfiguration(
      role: .server, credentials: credentials, trustRoots: trustRoots,
      peerVerification: peerVerification)
  }

  /// Creates the configuration of a client.
  ///
  /// - Parameters:
  ///   - trustRoots: Whose server certificates are trusted.
  ///   - credentials: What the client shows when it is asked.
  ///   - peerVerification: Whether the server's certificate is checked.
  /// - Returns: The configuration.
  public static func client(
    trustRoots: TrustRoots = .system,
    credentials: TLSCredentials? = nil,
    peerVerification: PeerVerification = .require
  ) -> TLSConfiguration {
    TLSConfiguration(
      role: .client, credentials: credentials, trustRoots: trustRoots,
      peerVerification: peerVerification)
  }
}
