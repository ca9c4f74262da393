/// The files with which a process secures its connections, all of them PEM.
///
/// With a certificate and key a service serves TLS, and a client shows them when asked. With an
/// authority a service wants certificates that it vouches for, and a client trusts it instead of
/// the authorities of the system. Without any of them connections are plaintext.
public struct TLSFiles: Sendable, Hashable {
  /// File with the certificate, then those that lead to the authority.
  public var certificate: String?
  /// File with the private key of the certificate, not encrypted.
  public var key: String?
  /// File with the certificates of the authorities that are trusted.
  public var authority: String?

  /// Whether there is none.
  public var isEmpty: Bool { certificate == nil && authority == nil }

  /// Makes them for plaintext.
  public init() {}

  /// Finds them in the settings `tls.cert`, `tls.key` and `tls.ca`.
  ///
  /// - Parameters:
  ///   - settings: The settings.
  ///   - certificate: Value of the flag `--tls-cert`, if it was given.
  ///   - key: Value of the flag `--tls-key`, if it was given.
  ///   - authority: Value of the flag `--tls-ca`, if it was given.
  /// - Throws: ``SettingsError`` if there is a certificate without a key, or a key without one.
  public init(
    _ settings: Settings, certificate: String?, key: String?, authority: String?
  ) throws(SettingsError) {
    self.certificate = settings.string("tls.cert", flag: certificate)
    self.key = settings.string("tls.key", flag: key)
    self.authority = settings.string("tls.ca", flag: authority)
    guard (self.certificate == nil) == (self.key == nil) else {
      let (given, missing) = self.key == nil ? ("tls.cert", "tls.key") : ("tls.key", "tls.cert")
      throw SettingsError("setting \(given) is there without \(missing): they come together")
    }
  }
}
