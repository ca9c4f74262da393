public import ArgumentParser
internal import TLS

/// The files that secure a side of the suite.
public struct TLSOptions: ParsableArguments {
  /// Whether connections are secured.
  @Option(
    name: .customLong("use_tls"),
    help: ArgumentHelp("Whether to use TLS; alone it means true.", valueName: "boolean"))
  public var useTLS = false
  /// Certificates of this side.
  @Option(name: .customLong("tls_cert"), help: "PEM file with the certificates of this side.")
  public var certificates: String?
  /// Key of this side.
  @Option(name: .customLong("tls_key"), help: "PEM file with the key of this side.")
  public var privateKey: String?
  /// Whom this side trusts.
  @Option(
    name: .customLong("tls_ca"),
    help: "PEM file with the authorities that this side trusts. A server asks for certificates.")
  public var authorities: String?

  /// Creates options without files.
  public init() {}

  /// Checks that the files fit each other.
  public mutating func validate() throws {
    guard (certificates == nil) == (privateKey == nil) else {
      throw ValidationError("--tls_cert and --tls_key come together")
    }
    guard useTLS || (certificates ?? authorities) == nil else {
      throw ValidationError("--tls_cert, --tls_key and --tls_ca need --use_tls")
    }
  }

  private var credentials: TLSCredentials? {
    guard let certificates, let privateKey else { return nil }
    return TLSCredentials(certificates: .file(certificates), privateKey: .file(privateKey))
  }

  private var trustRoots: TrustRoots { authorities.map { .pem(.file($0)) } ?? .system }

  func serverContext() throws -> TLSContext? {
    guard useTLS else { return nil }
    guard let credentials else { throw ValidationError("--use_tls needs --tls_cert and --tls_key") }
    return try TLSContext(
      .server(
        credentials, trustRoots: trustRoots,
        peerVerification: authorities == nil ? .none : .require))
  }

  func clientContext() throws -> TLSContext? {
    guard useTLS else { return nil }
    return try TLSContext(.client(trustRoots: trustRoots, credentials: credentials))
  }
}
