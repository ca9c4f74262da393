import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

/// Peers that break rules: the server stays up, small, and answers others.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HostilePeerTests {
  @Test func `a good message and a broken one at once do not wake the handler twice`() async throws
  {
    try await withEcho { service, server, channel in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      // The handler waits for the first message when both arrive.
      let answer = try peer.call(
        path: EchoService.chat.path, rawBody: [0, 0, 0, 0, 1, 7, 9, 0, 0, 0, 1, 7])
      #expect(answer["grpc-status"] == "13")
      await service.cancelled.wait(for: 1)
      #expect(try await channel.echo("next") == "next")
    }
  }

  /// HTTP/2 connection preface, an empty SETTINGS frame.
  private static let preface =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  @Test func `random bytes end their connection and nothing else`() async throws {
    try await withEcho { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      var generator = SeededGenerator(state: 42)
      for round in 0..<60 {
        let peer = try RawPeer(address)
        let count = Int.random(in: 1...5000, using: &generator)
        let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // Noise instead of the preface, behind it, and behind a whole request.
        switch round % 3 {
        case 0: peer.write(noise)
        case 1: peer.write(Self.preface + noise)
        default:
          peer.write(
            try peer.requestBytes(path: EchoService.echo.path, body: [1, 2, 3]) + noise)
        }
        peer.endWriting()
        peer.readToEnd()
      }
      #expect(try await channel.echo("alive") == "alive")
    }
  }

  @Test func `a connection cut at any byte of a request is survived`() async throws {
    try await withEcho { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      let whole = try RawPeer(address).requestBytes(
        path: EchoService.echo.path, body: Array("hello".utf8))
      for count in 0..<whole.count {
        let peer = try RawPeer(address)
        peer.write(Array(whole.prefix(count)))
        peer.endWriting()
        peer.readToEnd()
      }
      #expect(try await channel.echo("alive") == "alive")
    }
  }

  @Test func `a wrong message prefix is an error of its call alone`() async throws {
    try await withEcho { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      for (prefix, code) in [
        ([0, 255, 255, 255, 255], "8"),  // A message of 4 GiB.
        ([1, 0, 0, 0, 0], "13"),  // Compressed, without an encoding.
        ([0, 0, 0, 0, 9], "13"),  // Ends before its nine bytes.
      ] as [([UInt8], String)] {
        let answer = try RawPeer(address).call(
          path: EchoService.collect.path, rawBody: prefix)
        #expect(answer["grpc-status"] == code)
      }
      #expect(try await channel.echo("alive") == "alive")
    }
  }

  @Test func `a request that is no gRPC is refused by HTTP status`() async throws {
    try await withEcho { _, server, _ in
      let address = try #require(server.boundAddresses.first)
      let answer = try RawPeer(address).call(
        path: EchoService.echo.path, rawBody: [], contentType: "text/plain")
      #expect(answer[":status"] == "415")
    }
  }

  @Test func `a thousand streams that read nothing cost little and block nobody`() async throws {
    try await withEcho { service, server, channel in
      #expect(try await channel.echo("warm") == "warm")
      let before = residentBytes()
      let address = try #require(server.boundAddresses.first)
      let peer = try RawPeer(address)
      for _ in 0..<1000 {
        peer.write(
          try peer.requestBytes(
            path: EchoService.expand.path, body: Array("1000000 1000".utf8)))
      }
      // The streams over the limit are refused, those under it fill their windows and stop.
      var last = -1
      while service.written.count != last || last == 0 {
        last = service.written.count
        for _ in 0..<50 { _ = try await channel.echo("tick") }
      }
      // 256 streams, 64 KiB of window of the peer in all and 64 KiB unsent each.
      #expect(last < 256 * 70)
      #expect(residentBytes() - before < 64 << 20)
      #expect(try await channel.echo("alive") == "alive")
      peer.endWriting()
    }
  }

  @Test func `rapid resets end the connection that makes them`() async throws {
    try await withEcho { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      let peer = try RawPeer(address)
      var isOpen = true
      for _ in 0..<5000 where isOpen {
        isOpen = peer.write(try peer.requestAndReset(path: EchoService.chat.path))
      }
      peer.readToEnd()
      #expect(try await channel.echo("alive") == "alive")
    }
  }
}

/// SplitMix64, so that a failing round can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
