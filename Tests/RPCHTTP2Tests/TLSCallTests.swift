import RPCCore
import RPCHTTP2
import RPCTesting
import Synchronization
import TLS
import TLSTesting
import Testing

/// What TLS adds to calls: who may connect, and who is known to whom.
@Suite(.timeLimit(.minutes(1)))
struct TLSCallTests {
  /// A server with the shared certificate.
  private func withSecureServer(
    _ tls: TLSContext, router: RPCRouter = RPCRouter(services: [EchoService()]),
    _ body: (ServiceAddress) async throws -> Void
  ) async throws {
    var options = HTTP2ServerOptions()
    options.tls = tls
    options.connection.handshakeTimeout = .milliseconds(300)
    try await withServer(router, serverOptions: options) { server, _ in
      try await body(try #require(server.boundAddresses.first))
    }
  }

  private func channel(
    to address: ServiceAddress, _ configuration: TLSConfiguration?, name: String? = nil
  ) throws -> HTTP2Channel {
    var options = HTTP2ChannelOptions()
    options.tls = try configuration.map { try TLSContext($0) }
    options.tlsServerName = name
    options.connectTimeout = .seconds(5)
    return try HTTP2Channel(target: address, options: options)
  }

  private var plainServer: TLSContext {
    get throws { try TLSContext(.server(.test(.server))) }
  }

  private var mutualServer: TLSContext {
    get throws {
      try TLSContext(
        .server(
          .test(.server), trustRoots: .test(TestAuthority.shared), peerVerification: .require))
    }
  }

  private let trusting = TLSConfiguration.client(trustRoots: .test(TestAuthority.shared))

  @Test func `a handler sees who the client proved to be`() async throws {
    let seen = Mutex<PeerIdentity?>(nil)
    let router = RPCRouter(
      services: [EchoService()],
      interceptors: [IdentityNote { identity in seen.withLock { $0 = identity } }])
    try await withSecureServer(try mutualServer, router: router) { address in
      let known = try channel(
        to: address,
        .client(trustRoots: .test(TestAuthority.shared), credentials: .test(.client)))
      #expect(try await known.echo("x") == "x")
      known.close()
    }
    let identity = try #require(seen.withLock { $0 })
    #expect(identity.commonName == "client-1")
    #expect(identity.dnsNames == ["client-1.test"])
    #expect(identity.uris == ["spiffe://test/client-1"])
    #expect(identity.fingerprint.count == 32)
  }

  @Test func `a client without a certificate is refused where one is needed`() async throws {
    try await withSecureServer(try mutualServer) { address in
      let unknown = try channel(to: address, trusting)
      let error = try await failure { _ = try await unknown.echo("x") }
      #expect(error.code == .unavailable)
      #expect(error.message.contains("certificate"), "\(error)")
      unknown.close()
    }
  }

  @Test func `a server that nobody vouches for is refused`() async throws {
    try await withSecureServer(try plainServer) { address in
      let stranger = try channel(
        to: address, .client(trustRoots: .test(TestAuthority("Another Authority"))))
      let error = try await failure { _ = try await stranger.echo("x") }
      #expect(error.code == .unavailable)
      #expect(error.message.contains("the certificate of the server is refused"), "\(error)")
      stranger.close()
    }
  }

  @Test func `a server with another name is refused, unless that name is asked for`()
    async throws
  {
    let other = TestAuthority.shared.issue(.init("x", names: "DNS:southbound.test"))
    try await withSecureServer(try TLSContext(.server(.test(other)))) { address in
      let dialled = try channel(to: address, trusting)
      let error = try await failure { _ = try await dialled.echo("x") }
      #expect(error.code == .unavailable)
      #expect(error.message.contains("certificate"), "\(error)")
      dialled.close()
      let named = try channel(to: address, trusting, name: "southbound.test")
      #expect(try await named.echo("x") == "x")
      named.close()
    }
  }

  @Test func `plaintext on a TLS port is closed, and TLS on a plaintext port`() async throws {
    try await withSecureServer(try plainServer) { address in
      let plain = try channel(to: address, nil)
      let error = try await failure { _ = try await plain.echo("x") }
      #expect(error.code == .unavailable)
      plain.close()
      let good = try channel(to: address, trusting)
      #expect(try await good.echo("x") == "x")
      good.close()
    }
    try await withEcho { _, server, good in
      let secure = try channel(to: try #require(server.boundAddresses.first), trusting)
      let error = try await failure { _ = try await secure.echo("x") }
      #expect(error.code == .unavailable)
      #expect(error.message.contains("does not speak TLS"), "\(error)")
      secure.close()
      #expect(try await good.echo("x") == "x")
    }
  }

  @Test func `the server speaks as soon as the handshake has ended`() async throws {
    var options = HTTP2ServerOptions()
    options.tls = try plainServer
    options.connection.handshakeTimeout = .seconds(20)
    let router = RPCRouter(services: [EchoService()])
    try await withServer(router, serverOptions: options) { server, _ in
      let address = try #require(server.boundAddresses.first)
      // It waits for the SETTINGS before it says anything. At the time limit a GOAWAY would follow.
      let peer = try RawPeer(address, tls: try TLSContext(trusting))
      let start = ContinuousClock.now
      #expect(peer.read(atLeast: 9) >= 9)
      #expect(ContinuousClock.now - start < .seconds(19))
    }
  }

  @Test func `a handshake that does not come, or stops, is not waited for`() async throws {
    try await withSecureServer(try plainServer) { address in
      let silent = try RawPeer(address)
      let halted = try RawPeer(address)
      // The head of a ClientHello record of 512 bytes, and no more.
      halted.write([22, 3, 1, 2, 0, 1, 0, 1, 252])
      silent.readToEnd()
      halted.readToEnd()
      let good = try channel(to: address, trusting)
      #expect(try await good.echo("x") == "x")
      good.close()
    }
  }

  @Test func `a new certificate counts for new connections, the old ones go on`() async throws {
    let tls = try plainServer
    try await withSecureServer(tls) { address in
      let before = try channel(to: address, trusting)
      #expect(try await before.echo("x") == "x")
      let renewal = TestAuthority("Second Authority")
      try tls.replace(with: .server(.test(renewal.issueLocal())))
      let late = try channel(to: address, trusting)
      let error = try await failure { _ = try await late.echo("x") }
      #expect(error.code == .unavailable)
      late.close()
      let after = try channel(to: address, .client(trustRoots: .test(renewal)))
      #expect(try await after.echo("x") == "x")
      after.close()
      #expect(try await before.echo("y") == "y")
      before.close()
    }
  }
}

/// Tells who called.
private struct IdentityNote: ServerInterceptor {
  let note: @Sendable (PeerIdentity?) -> Void

  func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
    note(context.peerIdentity)
    try await next()
  }
}
