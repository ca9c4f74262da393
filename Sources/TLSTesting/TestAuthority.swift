/// A certificate authority that exists for one test: it issues certificates and keeps nothing.
public struct TestAuthority: Sendable {
  /// A certificate and its key, as PEM text.
  public struct Issued: Sendable {
    /// The certificate.
    public let certificate: String
    /// Its key, not encrypted.
    public let privateKey: String

    /// Puts a certificate and a key together.
    ///
    /// - Parameters:
    ///   - certificate: The certificate.
    ///   - privateKey: A key.
    public init(certificate: String, privateKey: String) {
      self.certificate = certificate
      self.privateKey = privateKey
    }
  }

  /// What a certificate says.
  public struct Request: Sendable {
    /// The common name of the subject.
    public var commonName: String
    /// The other names, as OpenSSL's configuration writes them: `DNS:localhost,IP:127.0.0.1`.
    public var names: String
    /// Seconds from now to its first instant.
    public var startsAfterSeconds = -3600
    /// Seconds from now to its last instant.
    public var endsAfterSeconds = 3600

    /// Creates a request for a certificate that is valid now, for an hour.
    ///
    /// - Parameters:
    ///   - commonName: The common name of the subject.
    ///   - names: The other names; empty for none.
    public init(_ commonName: String, names: String = "") {
      self.commonName = commonName
      self.names = names
    }
  }

  /// The certificate of the authority and its key.
  public let root: Issued

  /// Creates an authority.
  ///
  /// - Parameter commonName: Its name.
  public init(_ commonName: String = "Test Authority") {
    root = CertificateMakerHandle.make(Request(commonName), issuer: nil)
  }

  /// Issues a certificate.
  ///
  /// - Parameter request: What it says.
  /// - Returns: The certificate and a new key.
  public func issue(_ request: Request) -> Issued {
    CertificateMakerHandle.make(request, issuer: root)
  }

  /// Issues a certificate for this machine: `localhost`, `127.0.0.1` and `::1`.
  ///
  /// - Parameter commonName: The common name of the subject.
  /// - Returns: The certificate and a new key.
  public func issueLocal(_ commonName: String = "localhost") -> Issued {
    issue(Request(commonName, names: "DNS:localhost,IP:127.0.0.1,IP:::1"))
  }
}
