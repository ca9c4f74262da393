import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
  @Test func `a deadline ends the call at both ends`() async throws {
    try await withEcho { service, _, channel in
      // Connected before: otherwise the deadline may pass before the server hears of the call.
      _ = try await channel.echo("connect")
      let error = try await failure {
        _ = try await channel.echo("hang", options: CallOptions(timeout: .milliseconds(50)))
      }
      #expect(error.code == .deadlineExceeded)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `the server answers a deadline that it noticed first`() async throws {
    // The client of this call has no deadline of its own: the header is all that carries it.
    try await withEcho { service, server, _ in
      let address = try #require(server.boundAddresses.first)
      let peer = try RawPeer(address)
      let answer = try peer.call(
        path: EchoService.echo.path, body: Array("hang".utf8), timeout: "30m")
      #expect(answer["grpc-status"] == "4")
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `a deadline in the past fails at once`() async throws {
    try await withEcho { _, _, channel in
      let error = try await failure {
        _ = try await channel.echo("x", options: CallOptions(timeout: .seconds(-1)))
      }
      #expect(error.code == .deadlineExceeded)
    }
  }

  @Test func `cancelling the task cancels the handler`() async throws {
    try await withEcho { service, _, channel in
      let task = Task { try await channel.echo("hang") }
      await service.hanging.wait(for: 1)
      task.cancel()
      let error = try await failure { _ = try await task.value }
      #expect(error.code == .cancelled)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `leaving the scope of a stream cancels the handler`() async throws {
    try await withEcho { service, _, channel in
      try await channel.serverStreaming(
        BytesMessage("1000000000 1000"), EchoService.expand
      ) { (responses: ResponseStream<BytesMessage>) in
        _ = try await responses.next()
      }
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `a lost connection cancels the handler and fails the call`() async throws {
    try await withEcho { service, _, channel in
      let method = EchoService.chat
      let call = try await channel.open(method, options: CallOptions())
      try await call.send([1])
      #expect(try await call.receive() == [1])
      channel.close()
      let error = try await failure { _ = try await call.receive() }
      #expect(error.code == .cancelled)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `a slow reader stops the writer`() async throws {
    var options = HTTP2ChannelOptions()
    options.streamWindowBytes = 64 << 10
    try await withEcho(channelOptions: options) { service, _, channel in
      try await channel.serverStreaming(
        BytesMessage("100000 1000"), EchoService.expand
      ) { (responses: ResponseStream<BytesMessage>) in
        _ = try await responses.next()
        // Other calls go on, and give the writer time to run away if it could.
        for number in 0..<200 {
          #expect(try await channel.echo("\(number)") == "\(number)")
        }
        // Window, unsent buffer and one message each way, of 1,000 bytes.
        let ahead = (64 << 10 + CallLimits.unsentBytesMax) / 1000 + 10
        #expect(service.written.count < ahead)
        for _ in 0..<1000 { _ = try await responses.next() }
        #expect(service.written.count >= 1000)
        #expect(service.written.count < 1000 + ahead)
      }
    }
  }

  @Test func `a handler that does not read stops the client`() async throws {
    var options = HTTP2ServerOptions()
    options.streamWindowBytes = 64 << 10
    try await withEcho(serverOptions: options) { _, _, channel in
      // Nobody reads the answers, so the handler stops reading the requests.
      let call = try await channel.open(EchoService.chat, options: CallOptions())
      let sent = Counter()
      let writer = Task {
        while true {
          try await call.send([UInt8](repeating: 1, count: 1000))
          sent.increment()
        }
      }
      var last = -1
      while sent.value != last || last == 0 {
        last = sent.value
        for _ in 0..<50 { _ = try await channel.echo("tick") }
      }
      // Both windows (64 KiB and 1 MiB) and both unsent buffers, and some slack.
      let ahead = (64 << 10 + 1 << 20 + 2 * CallLimits.unsentBytesMax) / 1000
      #expect(last < ahead + 150)
      call.cancel()
      _ = await writer.result
    }
  }
}
