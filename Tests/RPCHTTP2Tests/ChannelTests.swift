import RPCCore
import RPCTesting
import Testing

@testable import RPCHTTP2

/// Where no other test listens: a port of a server that has ended stays free there.
private let quietHost = "127.0.0.77"

/// Channels to several servers, and connections that come and go.
@Suite(.timeLimit(.minutes(1)))
struct ChannelTests {
  /// A server that says which one it is.
  private struct Named {
    let server: HTTP2Server
    let port: Int

    static func start(
      _ name: String, host: String = quietHost, port: Int = 0
    ) async throws -> Named {
      let server = try HTTP2Server(
        addresses: [.tcp(host: host, port: port)],
        router: RPCRouter(services: [
          ProbeService(ask: { request, _ in BytesMessage("\(name)") }), EchoService(),
        ]))
      guard case .tcp(_, let port) = try await server.start().first else {
        throw CancellationError()
      }
      return Named(server: server, port: port)
    }
  }

  private func options(_ balancing: ChannelBalancing) -> HTTP2ChannelOptions {
    var options = HTTP2ChannelOptions.nearby
    options.balancing = balancing
    options.backoff.initial = .milliseconds(5)
    options.backoff.max = .milliseconds(20)
    return options
  }

  /// A port on which nobody listens just now.
  private func deadPort() async throws -> Int {
    let named = try await Named.start("dead")
    await named.server.shutdown(grace: .zero)
    return named.port
  }

  private func asked(_ count: Int, _ channel: HTTP2Channel) async throws -> [String: Int] {
    var answers: [String: Int] = [:]
    for _ in 0..<count {
      answers[try await channel.ask("who", options: CallOptions(waitForReady: true)), default: 0] +=
        1
    }
    return answers
  }

  @Test func `pick first stays with the first server, and goes to the next when it is lost`()
    async throws
  {
    let first = try await Named.start("first")
    let second = try await Named.start("second")
    let dead = try await deadPort()
    let channel = try HTTP2Channel(
      target: "ipv4:\(quietHost):\(dead),\(quietHost):\(first.port),\(quietHost):\(second.port)",
      options: options(.pickFirst))
    #expect(try await asked(20, channel) == ["first": 20])
    await first.server.shutdown(grace: .zero)
    #expect(try await asked(20, channel) == ["second": 20])
    await second.server.shutdown(grace: .zero)
    let error = try await failure { _ = try await channel.ask("who") }
    #expect(error.code == .unavailable)
    // The back-off may be over already.
    #expect([.transientFailure, .idle].contains(await channel.statistics().state))
    channel.close()
  }

  @Test func `round robin shares calls out evenly, and among those that are left`() async throws {
    let first = try await Named.start("first")
    let second = try await Named.start("second")
    let dead = try await deadPort()
    let channel = try HTTP2Channel(
      target: "ipv4:\(quietHost):\(first.port),\(quietHost):\(dead),\(quietHost):\(second.port)",
      options: options(.roundRobin))
    while await channel.statistics().connections.count < 2 { _ = try await asked(1, channel) }
    // The connections may be there before their SETTINGS are.
    while try await asked(2, channel).count < 2 {}
    #expect(try await asked(40, channel) == ["first": 20, "second": 20])
    await first.server.shutdown(grace: .zero)
    while try await asked(2, channel) != ["second": 2] {}
    #expect(try await asked(20, channel) == ["second": 20])
    let back = try await Named.start("back", port: first.port)
    while try await asked(2, channel)["back"] == nil {}
    #expect(try await asked(40, channel) == ["back": 20, "second": 20])
    channel.close()
    for server in [second, back] { await server.server.shutdown(grace: .zero) }
  }

  @Test func `names, numbers and paths are resolved`() async throws {
    let named = try await Named.start("here", host: "127.0.0.1")
    for target in [
      "dns:localhost:\(named.port)", "dns:///localhost:\(named.port)", "localhost:\(named.port)",
      "ipv4:127.0.0.1:\(named.port)", "127.0.0.1:\(named.port)", "tcp://127.0.0.1:\(named.port)",
    ] {
      let channel = try HTTP2Channel(target: target, options: options(.pickFirst))
      #expect(try await channel.ask("who") == "here")
      channel.close()
    }
    await named.server.shutdown(grace: .zero)
    let address = Place.unix.address()
    guard case .unix(let path) = address else { return }
    let server = try HTTP2Server(
      addresses: [address], router: RPCRouter(services: [ProbeService()]))
    try await server.start()
    for target in ["unix:\(path)", "unix://\(path)"] {
      let channel = try HTTP2Channel(target: target)
      #expect(try await channel.ask("x") == "x")
      channel.close()
    }
    await server.shutdown(grace: .zero)
  }

  @Test func `a name that nobody knows fails the call with the name`() async throws {
    let channel = try HTTP2Channel(
      target: "dns:no-such-host.invalid:1", options: options(.pickFirst))
    let error = try await failure { _ = try await channel.ask("x") }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("no-such-host.invalid"))
    // A call that waits ends with its deadline.
    let late = try await failure {
      _ = try await channel.ask(
        "x", options: CallOptions(timeout: .milliseconds(100), waitForReady: true))
    }
    #expect(late.code == .deadlineExceeded)
    channel.close()
  }

  @Test func `an idle channel closes its connections and makes new ones`() async throws {
    let named = try await Named.start("here", host: "127.0.0.1")
    var options = options(.roundRobin)
    options.idleTimeout = .milliseconds(30)
    let channel = try HTTP2Channel(
      target: .tcp(host: "127.0.0.1", port: named.port), options: options)
    for _ in 0..<3 {
      #expect(try await channel.ask("who") == "here")
      while await channel.statistics().state != .idle {
        try await Task.sleep(for: .milliseconds(5))
      }
      while await !named.server.statistics().connections.isEmpty {
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    #expect(await named.server.statistics().connectionsAccepted == 3)
    // A call under way keeps its connection.
    try await channel.bidirectional(EchoService.chat) {
      (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
      try await writer.write(BytesMessage("a"))
      _ = try await responses.next()
      try await Task.sleep(for: .milliseconds(150))
      try await writer.write(BytesMessage("b"))
      #expect(try await responses.next()?.text == "b")
    }
    channel.close()
    await named.server.shutdown(grace: .zero)
  }

  @Test func `a channel that is told to ping less does`() async throws {
    var rules = HTTP2ServerOptions()
    rules.connection.clientPingIntervalMin = .seconds(60)
    rules.connection.pingStrikesMax = 0
    var options = options(.pickFirst)
    options.keepaliveInterval = .milliseconds(20)
    try await withEcho(serverOptions: rules, channelOptions: options) { service, server, channel in
      let error = try await failure { _ = try await channel.echo("hang") }
      #expect(error.code == .unavailable)
      #expect(error.message.contains("too_many_pings"))
      #expect(try await channel.echo("again") == "again")
    }
  }

  @Test func `keepalive keeps a quiet call alive while the server answers`() async throws {
    var rules = HTTP2ServerOptions()
    rules.connection.clientPingIntervalMin = .zero
    var options = options(.pickFirst)
    options.keepaliveInterval = .milliseconds(10)
    options.keepaliveTimeout = .seconds(30)
    try await withEcho(serverOptions: rules, channelOptions: options) { _, _, channel in
      try await channel.bidirectional(EchoService.chat) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        try await writer.write(BytesMessage("a"))
        _ = try await responses.next()
        while (await channel.statistics().connections.first?.pingsSent ?? 0) < 5 {
          try await Task.sleep(for: .milliseconds(5))
        }
        try await writer.write(BytesMessage("b"))
        #expect(try await responses.next()?.text == "b")
      }
    }
  }

  @Test func `statistics count calls, messages and bytes on both sides`() async throws {
    try await withEcho { service, server, channel in
      #expect(try await channel.echo("one") == "one")
      _ = try await failure { _ = try await channel.echo("fail") }
      try await CallKind.serverStreaming.run(on: channel)
      try await channel.bidirectional(EchoService.chat) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        try await writer.write(BytesMessage("x"))
        _ = try await responses.next()
        let statistics = await channel.statistics()
        #expect(statistics.state == .ready)
        #expect(statistics.callsStarted == 4)
        #expect(statistics.callsSucceeded == 2 && statistics.callsFailed == 1)
        let connection = try #require(statistics.connections.first)
        #expect(statistics.connections.count == 1)
        #expect(connection.callsStarted == 4)
        #expect(connection.messagesReceived == 1 + 500 + 1)
        #expect(connection.messagesSent == 4)
        #expect(connection.bytesReceived > 500 * 105 && connection.bytesSent > 0)
        #expect(connection.age > .zero)
        let call = try #require(connection.calls.first)
        #expect(connection.calls.count == 1)
        #expect(call.method == EchoService.chat.path && call.age > .zero)
        #expect(call.messagesSent == 1 && call.messagesReceived == 1 && call.unreadBytes == 0)

        let other = await server.statistics()
        #expect(other.addresses == server.boundAddresses.map(\.description))
        #expect(other.connectionsAccepted == 1 && other.connections.count == 1)
        #expect(other.callsStarted == 4 && other.callsSucceeded == 2 && other.callsFailed == 1)
        #expect(other.connections.first?.messagesSent == 502)
        #expect(other.connections.first?.calls.first?.method == EchoService.chat.path)
        writer.finish()
        _ = try await responses.next()
      }
      channel.close()
      while await !server.statistics().connections.isEmpty {
        try await Task.sleep(for: .milliseconds(1))
      }
      let after = await server.statistics()
      #expect(after.callsStarted == 4 && after.callsSucceeded == 3 && after.callsFailed == 1)
    }
  }

  @Test func `a window grows when it was what held the server back`() async throws {
    var options = options(.pickFirst)
    options.streamWindowBytes = 2 << 20
    options.streamWindowBytesMax = 3 << 20
    let server = try RawServer()
    let channel = try HTTP2Channel(target: server.address, options: options)
    async let played: Void = server.play { client in
      let request = try client.nextRequest()
      // The whole window before anything is read: the ping of the client waits behind it.
      let size = (2 << 20) - 5
      try client.answer(
        request,
        body: [0, UInt8(size >> 24), UInt8(size >> 16), UInt8(size >> 8 & 255), UInt8(size & 255)]
          + [UInt8](repeating: 0, count: size))
      try client.readToEnd()
    }
    let response: BytesMessage = try await channel.unary(BytesMessage("x"), EchoService.echo)
    #expect(response.bytes.count == (2 << 20) - 5)
    var connection = ConnectionStatistics()
    while connection.roundTrip == nil {
      connection = try #require(await channel.statistics().connections.first)
      await Task.yield()
    }
    #expect(connection.streamWindowBytes == 3 << 20)
    #expect(connection.connectionWindowBytes == 16 << 20)
    #expect(connection.pingsSent == 1)
    channel.close()
    try await played
  }
}
