import HTTP2
import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

/// The limits of a server at work on real sockets.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ServerRulesTests {
  private func options(_ change: (inout HTTP2ServerOptions) -> Void) -> HTTP2ServerOptions {
    var options = HTTP2ServerOptions()
    change(&options)
    return options
  }

  @Test func `a preface that never comes, or stops in the middle, is not waited for`() async throws
  {
    let options = options { $0.connection.handshakeTimeout = .milliseconds(50) }
    try await withEcho(serverOptions: options) { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      for bytes in [[], Array(WireBytes.preface.prefix(10)), WireBytes.preface + [0, 0]] {
        let peer = try RawPeer(address)
        peer.write(bytes)
        _ = peer.readGoAway()  // Ends only when the server closes.
      }
      #expect(try await channel.echo("alive") == "alive")
    }
  }

  @Test func `a half-open connection is found by a ping without an answer`() async throws {
    let options = options {
      $0.connection.keepaliveInterval = .milliseconds(30)
      $0.connection.keepaliveTimeout = .milliseconds(30)
    }
    try await withEcho(serverOptions: options) { _, server, channel in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      peer.write(WireBytes.preface)
      let goAway = try #require(peer.readGoAway())
      #expect(goAway.debug.contains("ping"))
      // A client that answers lives on.
      let call = try await channel.open(EchoService.chat, options: CallOptions())
      for _ in 0..<5 {
        let idle = try RawPeer(try #require(server.boundAddresses.first))
        idle.write(WireBytes.preface)
        idle.readToEnd()
      }
      try await call.send([1])
      #expect(try await call.receive() == [1])
      call.finishSending()
    }
  }

  @Test func `too many pings end the connection by that name`() async throws {
    try await withEcho { _, server, channel in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      let ping = WireBytes.frame(6, [UInt8](repeating: 0, count: 8))
      peer.write(WireBytes.preface + ping + ping + ping + ping)
      let goAway = try #require(peer.readGoAway())
      #expect(goAway.code == HTTP2ErrorCode.enhanceYourCalm.rawValue)
      #expect(goAway.debug == "too_many_pings")
      #expect(try await channel.echo("alive") == "alive")
    }
  }

  @Test func `a connection without calls is drained`() async throws {
    let options = options {
      $0.connection.idleMax = .milliseconds(50)
      $0.connection.keepaliveTimeout = .milliseconds(50)
    }
    try await withEcho(serverOptions: options) { _, server, _ in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      peer.write(WireBytes.preface)
      // Nobody answers the ping of the notice, so its time-out ends the connection.
      let goAway = try #require(peer.readGoAway())
      #expect(goAway.code == HTTP2ErrorCode.noError.rawValue)
    }
  }

  @Test func `calls go on while connections end of age`() async throws {
    var channelOptions = HTTP2ChannelOptions()
    channelOptions.backoff.initial = .milliseconds(1)
    let options = options {
      $0.connection.ageMax = .milliseconds(20)
      $0.connection.ageGrace = .seconds(5)
    }
    try await withEcho(serverOptions: options, channelOptions: channelOptions) {
      _, _, channel in
      let end = ContinuousClock.now + .milliseconds(300)
      var number = 0
      while ContinuousClock.now < end {
        number += 1
        let text = "\(number)"
        let answer = try await channel.echo(text, options: CallOptions(waitForReady: true))
        #expect(answer == text)
      }
    }
  }

  @Test func `a client that never reads its answer loses the call`() async throws {
    let options = options { $0.stallTimeout = .milliseconds(100) }
    try await withEcho(serverOptions: options) { service, server, channel in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      peer.write(
        WireBytes.preface + WireBytes.zeroWindow
          + WireBytes.request(1, path: EchoService.expand.path)
          + WireBytes.lastMessage(1, Array("1000000 1000".utf8)))
      // SETTINGS, its acknowledgement, WINDOW_UPDATE, HEADERS and at last RST_STREAM.
      peer.read(atLeast: 9 + 24 + 9 + 13 + 9 + 13)
      #expect(try await channel.echo("alive") == "alive")
      #expect(service.written.count < CallLimits.unsentBytesMax / 1000 + 100)
    }
  }

  @Test func `a client that does not go on with its only request is told so`() async throws {
    let options = options { $0.stallTimeout = .milliseconds(100) }
    try await withEcho(serverOptions: options) { _, server, _ in
      let address = try #require(server.boundAddresses.first)
      let answer = try RawPeer(address).answer(
        to: WireBytes.preface + WireBytes.request(1, path: EchoService.echo.path)
          + WireBytes.frame(0, stream: 1, [0, 0, 0, 0, 9, 1]))
      #expect(answer["grpc-status"] == "4")
    }
  }

  @Test func `connections over the limit are closed, and taken again when others have left`()
    async throws
  {
    let options = options { $0.connectionsMax = 2 }
    try await withEcho(serverOptions: options) { _, server, channel in
      #expect(try await channel.echo("one") == "one")
      let address = try #require(server.boundAddresses.first)
      let second = try RawPeer(address)
      #expect(try second.call(path: EchoService.echo.path, body: [2])["grpc-status"] == "0")
      let third = try RawPeer(address)
      third.readToEnd()
      second.endWriting()
      second.readToEnd()
      #expect(
        try RawPeer(address).call(path: EchoService.echo.path, body: [3])["grpc-status"] == "0")
      #expect(try await channel.echo("one") == "one")
    }
  }

  @Test func `what is no gRPC gets an answer that a person can read`() async throws {
    try await withEcho { _, server, _ in
      let block: [UInt8] =
        [0x82, 0x86] + WireBytes.field(":path", "/") + WireBytes.field(":authority", "x")
      let answer = try RawPeer(try #require(server.boundAddresses.first)).answer(
        to: WireBytes.preface + WireBytes.frame(1, stream: 1, flags: 5, block))
      #expect(answer[":status"] == "405")
      #expect(answer["allow"] == "POST")
    }
  }
}

/// A server with several loops.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ServerLoopsTests {
  @Test(arguments: Place.allCases)
  func `connections spread over the loops, and calls work on each`(place: Place) async throws {
    var options = HTTP2ServerOptions()
    options.loops = 3
    options.spin = .microseconds(50)
    var client = HTTP2ChannelOptions()
    try place.secure(&options, &client)
    try await withEcho(at: place, serverOptions: options) { _, server, channel in
      let address = try #require(server.boundAddresses.first)
      let channels = try (0..<6).map { _ in
        try HTTP2Channel(target: address, options: client)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, channel) in channels.enumerated() {
          group.addTask {
            for round in 0..<50 {
              let text = "\(number) \(round)"
              let answer = try await channel.echo(text)
              #expect(answer == text)
            }
          }
        }
        try await group.waitForAll()
      }
      for channel in channels { channel.close() }
      #expect(try await channel.echo("still") == "still")
    }
  }

  @Test(arguments: [1, 3])
  func `a graceful shutdown answers every call that a handler has begun`(loops: Int) async throws {
    var options = HTTP2ServerOptions()
    options.loops = loops
    let begun = Counter()
    var router = RPCRouter()
    router.unary(EchoService.echo) { (request: BytesMessage, _) in
      begun.increment()
      for _ in 0..<20 { await Task.yield() }
      return request
    }
    let server = try HTTP2Server(
      addresses: [Place.unix.address()], router: router, options: options)
    let bound = try await server.start()
    let address = try #require(bound.first)
    let answered = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        let channel = try HTTP2Channel(target: address)
        group.addTask {
          while (try? await channel.echo("x")) != nil { answered.increment() }
          channel.close()
        }
      }
      while begun.value < 200 { await Task.yield() }
      await server.shutdown(grace: .seconds(30))
      try await group.waitForAll()
    }
    #expect(begun.value == answered.value)
  }
}
