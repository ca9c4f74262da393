public import ArgumentParser

/// The flags that secure the connections of a process.
public struct TLSFlags: ParsableArguments {
  @Option(
    name: .customLong("tls-cert"),
    help: "Certificate (PEM) that this process shows; with it a service serves TLS.")
  var certificate: String?
  @Option(name: .customLong("tls-key"), help: "Private key (PEM) of the certificate.")
  var key: String?
  @Option(
    name: .customLong("tls-ca"),
    help: "Authorities (PEM) that are trusted; with it a service wants certificates of clients.")
  var authority: String?

  /// Makes flags that were not given.
  public init() {}

  /// Finds the files: flag, variable, settings file.
  ///
  /// - Parameter settings: The settings.
  /// - Returns: The files.
  /// - Throws: ``SettingsError`` if a certificate or key stands alone.
  public func files(_ settings: Settings) throws(SettingsError) -> TLSFiles {
    try TLSFiles(settings, certificate: certificate, key: key, authority: authority)
  }
}
