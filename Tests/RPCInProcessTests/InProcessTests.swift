import RPCCore
import RPCInProcess
import RPCTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InProcessTests {
  private let service = EchoService()

  private var channel: InProcessChannel {
    InProcessChannel(RPCRouter(services: [service]), messageBytesMax: 100_000)
  }

  private func code(_ request: BytesMessage, _ options: CallOptions = CallOptions()) async
    -> StatusCode
  {
    do throws(RPCError) {
      let _: BytesMessage = try await channel.unary(request, EchoService.echo, options: options)
      return .ok
    } catch {
      return error.code
    }
  }

  @Test func `all four kinds of call work`() async throws {
    let echoed: BytesMessage = try await channel.unary(BytesMessage("x"), EchoService.echo)
    #expect(echoed.text == "x")
    let total: BytesMessage = try await channel.clientStreaming(EchoService.collect) {
      (writer: RequestWriter<BytesMessage>) in
      for _ in 0..<100 {
        try await writer.write(BytesMessage([UInt8](repeating: 1, count: 5000)))
      }
    }
    #expect(total.text == "500000")
    let count = try await channel.serverStreaming(
      BytesMessage("5000 100"), EchoService.expand
    ) { (responses: ResponseStream<BytesMessage>) in
      var count = 0
      for try await _ in responses { count += 1 }
      return count
    }
    #expect(count == 5000)
    try await channel.bidirectional(EchoService.chat) {
      (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
      for round in 0..<100 {
        try await writer.write(BytesMessage("\(round)"))
        let response = try await responses.next()
        #expect(response?.text == "\(round)")
      }
      writer.finish()
      let end = try await responses.next()
      #expect(end == nil)
    }
  }

  @Test func `failures have the codes that they have over HTTP/2`() async {
    #expect(await code(BytesMessage("fail")) == .notFound)
    #expect(await code(BytesMessage("undecodable")) == .invalidArgument)
    #expect(await code(BytesMessage([UInt8](repeating: 1, count: 100_001))) == .resourceExhausted)
    #expect(
      await code(BytesMessage("hang"), CallOptions(timeout: .milliseconds(20)))
        == .deadlineExceeded)
    await service.cancelled.wait(for: 1)
  }

  @Test func `a slow reader stops the writer, and leaving cancels the handler`() async throws {
    try await channel.serverStreaming(
      BytesMessage("100000 1000"), EchoService.expand
    ) { (responses: ResponseStream<BytesMessage>) in
      for _ in 0..<10 { _ = try await responses.next() }
      // What may be unread, in messages of 1,000 bytes, and one message each way.
      let ahead = CallLimits.unsentBytesMax / 1000
      await service.written.wait(for: ahead)
      #expect(service.written.count < ahead + 40)
    }
    await service.cancelled.wait(for: 1)
  }

  @Test func `metadata and details come through`() async throws {
    let call = try await channel.open(
      EchoService.echo, options: CallOptions(metadata: ["x-a": "b"]))
    try await call.send([1])
    call.finishSending()
    let initial = try await call.initialMetadata()
    #expect(initial["x-a"] == "b")
    let message = try await call.receive()
    #expect(message == [1])
    let end = try await call.receive()
    #expect(end == nil)
    #expect(await call.trailingMetadata()["x-a"] == "b")
  }
}
