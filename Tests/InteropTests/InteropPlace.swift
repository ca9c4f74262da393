import Interop
import RPCCore
import RPCHTTP2
import TLS
import TLSTesting
import Testing

/// The ways between a client and a server of the suite.
struct InteropPlace: CaseIterable, Sendable, CustomTestStringConvertible {
  enum Security: String, CaseIterable, Sendable {
    case plaintext
    case tls
    case mutualTLS
  }

  let isUnix: Bool
  let security: Security

  static let allCases = [false, true].flatMap { isUnix in
    Security.allCases.map { InteropPlace(isUnix: isUnix, security: $0) }
  }

  var testDescription: String { "\(isUnix ? "unix" : "tcp"), \(security.rawValue)" }

  private static let authority = TestAuthority()
  private static let server = authority.issueLocal()
  private static let client = authority.issue(.init("interop-client", names: "DNS:client.test"))

  private static func credentials(_ issued: TestAuthority.Issued) -> TLSCredentials {
    TLSCredentials(certificates: .text(issued.certificate), privateKey: .text(issued.privateKey))
  }

  /// Runs a body with a client of a router.
  func withClient(
    of router: RPCRouter, soak: SoakOptions = SoakOptions(),
    _ body: (InteropClient) async throws -> Void
  ) async throws {
    var (serverOptions, clientOptions) = (HTTP2ServerOptions(), HTTP2ChannelOptions())
    if security != .plaintext {
      let roots = TrustRoots.pem(.text(Self.authority.root.certificate))
      let isMutual = security == .mutualTLS
      serverOptions.tls = try TLSContext(
        .server(
          Self.credentials(Self.server), trustRoots: roots,
          peerVerification: isMutual ? .require : .none))
      clientOptions.tls = try TLSContext(
        .client(
          trustRoots: roots, credentials: isMutual ? Self.credentials(Self.client) : nil))
    }
    let address: ServiceAddress =
      isUnix
      ? .unix(path: "/tmp/southbound-interop-\(UInt64.random(in: 0 ... .max)).sock")
      : .tcp(host: "127.0.0.1", port: 0)
    let server = try HTTP2Server(addresses: [address], router: router, options: serverOptions)
    let bound = try #require(try await server.start().first)
    let client = InteropClient(soak: soak) { [clientOptions] in
      try HTTP2Channel(target: bound, options: clientOptions)
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(client))
    } catch {
      result = .failure(error)
    }
    await server.shutdown(grace: .seconds(5))
    try result.get()
  }
}
