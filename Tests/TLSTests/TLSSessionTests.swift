import TLS
import TLSTesting
import Testing

@Suite struct TLSSessionTests {
  let authority = TestAuthority()

  func pair() throws -> Pair {
    try Pair(
      client: .client(trustRoots: authority.trust),
      server: .server(authority.issueLocal().credentials))
  }

  @Test(arguments: ["localhost", "127.0.0.1", "::1"])
  func `a certificate is good for the names and addresses in it`(name: String) throws {
    let pair = try Pair(
      client: .client(trustRoots: authority.trust),
      server: .server(authority.issueLocal().credentials), serverName: name)
    try pair.shakeHands()
    #expect(pair.client.state == .open)
    #expect(pair.server.state == .open)
    #expect(pair.client.summary.hasPrefix("TLSv1.3 "))
    #expect(pair.client.peer?.dnsNames == ["localhost"])
    #expect(pair.client.peer?.ipAddresses == ["127.0.0.1", "0:0:0:0:0:0:0:1"])
    #expect(pair.server.peer == nil)
  }

  @Test(arguments: [1, 7, 1000, 1 << 20])
  func `plaintext arrives whole however its records are cut`(piece: Int) throws {
    let pair = try pair()
    try pair.shakeHands()
    let sent = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try pair.client.write(sent)
    #expect(pair.client.output.count > sent.count)
    var received: [UInt8] = []
    let bytes = pair.client.output
    pair.client.output = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[start..<min(start + piece, bytes.count)])
      try pair.server.receive(part, count: part.count)
      if piece > 1 || start % 4096 == 0 { received += try pair.server.readAll() }
    }
    received += try pair.server.readAll()
    #expect(received == sent)
    try pair.server.write([1, 2, 3], from: 1)
    try Pair.carry(from: pair.server, to: pair.client)
    #expect(try pair.client.readAll() == [2, 3])
  }

  @Test func `a handshake in single bytes succeeds`() throws {
    let pair = try pair()
    while pair.client.state != .open || pair.server.state != .open {
      try Pair.carry(from: pair.client, to: pair.server, piece: 1)
      try Pair.carry(from: pair.server, to: pair.client, piece: 1)
    }
  }

  @Test func `the end of one side is seen by the other, which may still send`() throws {
    let pair = try pair()
    try pair.shakeHands()
    try pair.client.write([9])
    pair.client.close()
    #expect(pair.client.state == .closed)
    try Pair.carry(from: pair.client, to: pair.server)
    #expect(try pair.server.readAll() == [9])
    #expect(pair.server.state == .peerClosed)
    try pair.server.write([1])
    pair.server.close()
    #expect(pair.server.state == .closed)
    #expect(throws: TLSError.self) { try pair.client.write([1]) }
    // Dropped: the client has said that it is over.
    try Pair.carry(from: pair.server, to: pair.client)
    #expect(try pair.client.readAll() == [])
  }

  @Test func `plaintext waits for the handshake`() throws {
    let pair = try pair()
    #expect(throws: TLSError(.closed, "the handshake has not ended yet")) {
      try pair.server.write([1])
    }
    pair.server.close()
    #expect(pair.server.state == .handshaking)
    #expect(pair.server.output == [])
  }

  @Test func `a changed record breaks the session and is not delivered`() throws {
    let pair = try pair()
    try pair.shakeHands()
    try pair.client.write(Array("transfer 10".utf8))
    pair.client.output[pair.client.output.count - 20] ^= 1
    try Pair.carry(from: pair.client, to: pair.server)
    var buffer = [UInt8](repeating: 0, count: 100)
    let error = try #require(throws: TLSError.self) { try pair.server.read(into: &buffer) }
    #expect(error.code == .broken)
    #expect(error.description.contains("bad record mac"))
    #expect(pair.server.state == .failed(error))
    #expect(throws: error) { try pair.server.receive([1], count: 1) }
    #expect(throws: error) { try pair.server.write([1]) }
    // The alert tells the client.
    try Pair.carry(from: pair.server, to: pair.client)
    let heard = try #require(throws: TLSError.self) { try pair.client.read(into: &buffer) }
    #expect(heard.code == .refusedByPeer)
  }

  @Test func `half a record is no plaintext`() throws {
    let pair = try pair()
    try pair.shakeHands()
    try pair.client.write([1, 2, 3])
    pair.client.output.removeLast()
    try Pair.carry(from: pair.client, to: pair.server)
    #expect(try pair.server.readAll() == [])
    #expect(pair.server.state == .open)
  }

  @Test func `a peer without TLS is told apart`() throws {
    let pair = try pair()
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let error = try #require(throws: TLSError.self) {
      try pair.server.receive(preface, count: preface.count)
    }
    #expect(error.code == .notTLS)
    #expect(error.message.hasSuffix("its first bytes are 50 52 49 20 2a 20 48 54"))
    // A fatal alert, in clear.
    #expect(pair.server.output == [21, 3, 3, 0, 2, 2, 70])
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let other = try #require(throws: TLSError.self) {
      try pair.client.receive(settings, count: settings.count)
    }
    #expect(other.code == .notTLS)
  }

  @Test func `renegotiation is refused in TLS 1.3 by its absence`() throws {
    let pair = try pair()
    try pair.shakeHands()
    // A ClientHello in the open session, as a renegotiation would begin.
    let hello = try TLSContext(.client(trustRoots: authority.trust))
      .makeSession(serverName: "localhost").output
    try pair.server.receive(hello, count: hello.count)
    #expect(throws: TLSError.self) { try pair.server.readAll() }
  }

  @Test func `random changes to a handshake never crash and never open`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<150 {
      let pair = try pair()
      let hello = pair.client.output
      var changed = hello
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: changed[Int.random(in: 0..<changed.count, using: &generator)] ^= 0xFF
      case 1: changed.removeSubrange(Int.random(in: 0..<changed.count, using: &generator)...)
      default: changed = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
      }
      try? pair.server.receive(changed, count: changed.count)
      let answer = pair.server.output
      pair.server.output = []
      try? pair.client.receive(answer, count: answer.count)
      try? Pair.carry(from: pair.client, to: pair.server)
      #expect(pair.server.state != .open, "\(changed)")
    }
  }

  @Test func `random bytes in an open session never deliver plaintext`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let pair = try pair()
      try pair.shakeHands()
      var bytes: [UInt8] = [23, 3, 3, 0, 64]
      bytes += (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }
      if Bool.random() { bytes[Int.random(in: 0..<5, using: &generator)] = .random(in: 0...255) }
      try? pair.server.receive(bytes, count: bytes.count)
      let plaintext = (try? pair.server.readAll()) ?? []
      #expect(plaintext == [], "\(bytes)")
    }
  }
}
