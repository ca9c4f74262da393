import TLS
import TLSTesting
import Testing

@Suite struct VerificationTests {
  let authority = TestAuthority()
  let other = TestAuthority("Another Authority")

  @Test func `a certificate of an unknown authority is refused by name of the reason`() throws {
    let pair = try Pair(
      client: .client(trustRoots: other.trust), server: .server(authority.issueLocal().credentials))
    let (client, server) = pair.failures()
    #expect(client?.code == .certificateRefused)
    #expect(client?.message.contains("unable to get local issuer certificate") == true)
    #expect(server?.code == .refusedByPeer)
    #expect(server?.reasons.first?.contains("unknown ca") == true)
  }

  @Test func `the system's authorities do not trust a private one`() throws {
    let pair = try Pair(client: .client(), server: .server(authority.issueLocal().credentials))
    #expect(pair.failures().client?.code == .certificateRefused)
  }

  @Test(arguments: ["example.com", "localhost.example.com", "127.0.0.2", "a.localhost"])
  func `a certificate for another name is refused`(name: String) throws {
    let pair = try Pair(
      client: .client(trustRoots: authority.trust),
      server: .server(authority.issueLocal().credentials), serverName: name)
    let error = pair.failures().client
    #expect(error?.code == .certificateRefused)
    #expect(error?.message.contains("mismatch") == true)
  }

  @Test func `the common name is no server name`() throws {
    let pair = try Pair(
      client: .client(trustRoots: authority.trust),
      server: .server(authority.issue(.init("localhost")).credentials))
    #expect(pair.failures().client?.code == .certificateRefused)
  }

  struct Names {
    let names: String
    let dialled: String
    let isGood: Bool
  }

  @Test(arguments: [
    Names(names: "DNS:*.example.com", dialled: "a.example.com", isGood: true),
    // A star stands for one label.
    Names(names: "DNS:*.example.com", dialled: "a.b.example.com", isGood: false),
    Names(names: "DNS:*.example.com", dialled: "example.com", isGood: false),
    // Part of a label is no wildcard.
    Names(names: "DNS:w*.example.com", dialled: "www.example.com", isGood: false),
    // A DNS name that looks like an address is none.
    Names(names: "DNS:127.0.0.1", dialled: "127.0.0.1", isGood: false),
  ])
  func `wildcards stand for one whole label`(row: Names) throws {
    let issued = authority.issue(.init("x", names: row.names))
    let pair = try Pair(
      client: .client(trustRoots: authority.trust), server: .server(issued.credentials),
      serverName: row.dialled)
    let error = pair.failures().client
    #expect(error?.code == (row.isGood ? nil : .certificateRefused))
  }

  struct Validity {
    let start: Int
    let end: Int
    let reason: String
  }

  @Test(arguments: [
    Validity(start: -7200, end: -3600, reason: "certificate has expired"),
    Validity(start: 3600, end: 7200, reason: "certificate is not yet valid"),
  ])
  func `a certificate has its time`(row: Validity) throws {
    var request = TestAuthority.Request("localhost", names: "DNS:localhost")
    request.startsAfterSeconds = row.start
    request.endsAfterSeconds = row.end
    let pair = try Pair(
      client: .client(trustRoots: authority.trust),
      server: .server(authority.issue(request).credentials))
    let error = pair.failures().client
    #expect(error?.code == .certificateRefused)
    #expect(error?.message.hasSuffix(row.reason) == true)
  }

  @Test func `a client that verifies nothing takes any certificate`() throws {
    let pair = try Pair(
      client: .client(peerVerification: .none),
      server: .server(authority.issueLocal().credentials), serverName: nil)
    try pair.shakeHands()
    #expect(pair.client.state == .open)
  }

  // MARK: - Mutual

  func mutual(_ verification: PeerVerification, client: TLSCredentials?) throws -> Pair {
    try Pair(
      client: .client(trustRoots: authority.trust, credentials: client),
      server: .server(
        authority.issueLocal().credentials, trustRoots: authority.trust,
        peerVerification: verification))
  }

  @Test(arguments: [PeerVerification.request, .require])
  func `the identity of a client is what its certificate says`(
    verification: PeerVerification
  ) throws {
    let names = "DNS:agent-1,URI:spiffe://lab/agent/1,email:ops@example.com,IP:10.0.0.7"
    let issued = authority.issue(.init("agent 1", names: names))
    let pair = try mutual(verification, client: issued.credentials)
    try pair.shakeHands()
    let peer = try #require(pair.server.peer)
    #expect(peer.subject == "CN=agent 1")
    #expect(peer.dnsNames == ["agent-1"])
    #expect(peer.uris == ["spiffe://lab/agent/1"])
    #expect(peer.emailAddresses == ["ops@example.com"])
    #expect(peer.ipAddresses == ["10.0.0.7"])
  }

  @Test func `a client without a certificate is taken where one is only requested`() throws {
    let pair = try mutual(.request, client: nil)
    try pair.shakeHands()
    #expect(pair.server.state == .open)
    #expect(pair.server.peer == nil)
  }

  @Test func `a client without a certificate is refused where one is required`() throws {
    let (client, server) = try mutual(.require, client: nil).failures()
    #expect(server?.code == .certificateRefused)
    #expect(server?.message == "the client has shown no certificate, and one is needed")
    #expect(client?.code == .refusedByPeer)
    #expect(client?.description.contains("certificate required") == true)
  }

  @Test(arguments: [PeerVerification.request, .require])
  func `a client of another authority is refused`(verification: PeerVerification) throws {
    let stranger = other.issue(.init("agent-1", names: "DNS:agent-1")).credentials
    let (client, server) = try mutual(verification, client: stranger).failures()
    #expect(server?.code == .certificateRefused)
    #expect(client?.code == .refusedByPeer)
  }
}
