import RPCCore
import RPCHTTP2
import RPCTesting
import TLS
import TLSTesting
import Testing

/// Where a test listens.
enum Place: CaseIterable, Sendable {
  case tcp
  case unix
  /// TCP with mutual TLS.
  case tls

  func address() -> ServiceAddress {
    switch self {
    case .tcp, .tls: .tcp(host: "127.0.0.1", port: 0)
    case .unix: .unix(path: "/tmp/southbound-test-\(UInt64.random(in: 0 ... .max)).sock")
    }
  }

  /// Adds what the place needs to the options of both sides.
  func secure(_ server: inout HTTP2ServerOptions, _ client: inout HTTP2ChannelOptions) throws {
    guard self == .tls else { return }
    server.tls = try TLSContext(
      .server(
        .test(.server), trustRoots: .test(TestAuthority.shared), peerVerification: .require))
    client.tls = try TLSContext(
      .client(trustRoots: .test(TestAuthority.shared), credentials: .test(.client)))
  }
}

extension TestAuthority {
  /// Whom both sides of the tests trust.
  static let shared = TestAuthority()
}

extension TestAuthority.Issued {
  static let server = TestAuthority.shared.issueLocal()
  static let client = TestAuthority.shared.issue(
    .init("client-1", names: "DNS:client-1.test,URI:spiffe://test/client-1"))
}

extension TLSCredentials {
  static func test(_ issued: TestAuthority.Issued) -> TLSCredentials {
    TLSCredentials(
      certificates: .text(issued.certificate), privateKey: .text(issued.privateKey))
  }
}

extension TrustRoots {
  static func test(_ authority: TestAuthority) -> TrustRoots {
    .pem(.text(authority.root.certificate))
  }
}

/// Runs a body with an echo server and a channel to it.
func withEcho(
  at place: Place = .tcp,
  serverOptions: HTTP2ServerOptions = HTTP2ServerOptions(),
  channelOptions: HTTP2ChannelOptions = HTTP2ChannelOptions(),
  _ body: (EchoService, HTTP2Server, HTTP2Channel) async throws -> Void
) async throws {
  let service = EchoService()
  var (serverOptions, channelOptions) = (serverOptions, channelOptions)
  try place.secure(&serverOptions, &channelOptions)
  let server = try HTTP2Server(
    addresses: [place.address()], router: RPCRouter(services: [service]), options: serverOptions)
  let addresses = try await server.start()
  let channel = try HTTP2Channel(target: try #require(addresses.first), options: channelOptions)
  do {
    try await body(service, server, channel)
  } catch {
    channel.close()
    await server.shutdown(grace: .zero)
    throw error
  }
  channel.close()
  await server.shutdown(grace: .seconds(5))
}

/// Runs a body with a server of some services and a channel to it.
func withServer(
  _ router: RPCRouter,
  at place: Place = .tcp,
  serverOptions: HTTP2ServerOptions = HTTP2ServerOptions(),
  channelOptions: HTTP2ChannelOptions = HTTP2ChannelOptions(),
  _ body: (HTTP2Server, HTTP2Channel) async throws -> Void
) async throws {
  var (serverOptions, channelOptions) = (serverOptions, channelOptions)
  try place.secure(&serverOptions, &channelOptions)
  let server = try HTTP2Server(addresses: [place.address()], router: router, options: serverOptions)
  let addresses = try await server.start()
  let channel = try HTTP2Channel(target: try #require(addresses.first), options: channelOptions)
  let result: Result<Void, any Error>
  do {
    try await body(server, channel)
    result = .success(())
  } catch {
    result = .failure(error)
  }
  channel.close()
  await server.shutdown(grace: .seconds(5))
  try result.get()
}

extension RPCChannel {
  func echo(_ text: String, options: CallOptions = CallOptions()) async throws -> String {
    let response: BytesMessage = try await unary(
      BytesMessage(text), EchoService.echo, options: options)
    return response.text
  }
}

/// The error of a call, which must fail.
func failure(_ body: () async throws -> Void) async throws -> RPCError {
  do {
    try await body()
  } catch let error as RPCError {
    return error
  }
  Issue.record("the call succeeded")
  throw CancellationError()
}
