import RPCCore
import RPCTesting
import Testing

/// What every transport promises: one body of tests over all of them.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
  private func withEcho(
    over transport: Transport,
    _ body: (EchoService, any RPCChannel) async throws -> Void
  ) async throws {
    let service = EchoService()
    try await transport.withChannel(
      to: RPCRouter(services: [service, ProbeService()]), messageBytesMax: 200_000
    ) { channel in try await body(service, channel) }
  }

  @Test(arguments: Transport.allCases, CallKind.allCases)
  func `each kind of call works`(transport: Transport, kind: CallKind) async throws {
    try await withEcho(over: transport) { _, channel in try await kind.run(on: channel) }
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    let request: BytesMessage
    var options = CallOptions()
    var method = EchoService.echo
    let code: StatusCode
    var testDescription: String { code.name }
  }

  private static let failures = [
    Failure(request: BytesMessage("fail"), code: .notFound),
    Failure(request: BytesMessage("undecodable"), code: .invalidArgument),
    Failure(request: BytesMessage([UInt8](repeating: 1, count: 200_001)), code: .resourceExhausted),
    Failure(
      request: BytesMessage([UInt8](repeating: 1, count: 1001)),
      options: CallOptions(messageBytesMax: 1000), code: .resourceExhausted),
    Failure(
      request: BytesMessage("hang"), options: CallOptions(timeout: .milliseconds(30)),
      code: .deadlineExceeded),
    Failure(
      request: BytesMessage("x"), options: CallOptions(deadline: .after(.seconds(-1))),
      code: .deadlineExceeded),
    Failure(
      request: BytesMessage("x"),
      method: MethodDescriptor(service: EchoService.name, name: "Nope", kind: .unary),
      code: .unimplemented),
    Failure(
      request: BytesMessage("x"),
      method: MethodDescriptor(service: "no.Such", name: "Echo", kind: .unary),
      code: .unimplemented),
  ]

  @Test(arguments: Transport.allCases, failures)
  func `a failure has its code`(transport: Transport, row: Failure) async throws {
    try await withEcho(over: transport) { _, channel in
      let error = try await failure {
        let _: BytesMessage = try await channel.unary(row.request, row.method, options: row.options)
      }
      #expect(error.code == row.code)
      #expect(!error.message.isEmpty)
      #expect(try await channel.echo("next") == "next")
    }
  }

  @Test(arguments: Transport.allCases)
  func `spaces at the ends of a message of a status arrive`(transport: Transport) async throws {
    let service = ProbeService(ask: { request, _ in throw RPCError(.aborted, request.text) })
    try await transport.withChannel(to: RPCRouter(services: [service])) { channel in
      for text in [" begins", "ends ", "  ", "a b"] {
        let error = try await failure { _ = try await channel.ask(text) }
        #expect(error.code == .aborted)
        #expect(error.message == text)
      }
    }
  }

  @Test(arguments: Transport.allCases)
  func `a status comes with message, details and metadata`(transport: Transport) async throws {
    try await withEcho(over: transport) { _, channel in
      let error = try await failure { _ = try await channel.echo("fail") }
      #expect(error.message == EchoService.failure.message)
      #expect(error.details == EchoService.failure.details)
      #expect(error.metadata["x-reason"] == "gone")
      #expect(error.metadata[binary: "x-raw-bin"] == [0, 255, 7])
      #expect(error.origin == .remote)
    }
  }

  @Test(arguments: Transport.allCases)
  func `metadata goes both ways, and the end of the call is told once`(
    transport: Transport
  ) async throws {
    try await withEcho(over: transport) { _, channel in
      let metadata: Metadata = ["x-a": "b", "x-b-bin": .binary([0, 255])]
      let call = try await channel.open(EchoService.echo, options: CallOptions(metadata: metadata))
      let ended = InterceptorTests.Log<StatusCode>()
      call.whenEnded { status, trailing in
        #expect(trailing.entries == metadata.entries)
        ended.append(status.code)
      }
      try await call.send([1])
      call.finishSending()
      call.finishSending()
      #expect(try await call.initialMetadata().entries == metadata.entries)
      #expect(try await call.receive() == [1])
      #expect(try await call.receive() == nil)
      #expect(try await call.receive() == nil)
      #expect(await call.status() == .ok)
      #expect(await call.trailingMetadata().entries == metadata.entries)
      call.cancel()
      // Too late to wait for: it is told at once.
      call.whenEnded { status, _ in ended.append(status.code) }
      await ended.tally.wait(for: 2)
      #expect(ended.entries == [.ok, .ok])
    }
  }

  @Test(arguments: Transport.allCases)
  func `a call that has ended takes and gives nothing more`(transport: Transport) async throws {
    try await withEcho(over: transport) { service, channel in
      let call = try await channel.open(EchoService.chat, options: CallOptions())
      try await call.send([1])
      #expect(try await call.receive() == [1])
      call.cancel()
      call.cancel()
      await service.cancelled.wait(for: 1)
      let sending = try await failure {
        // The end may be on its way to this thread.
        while true { try await call.send([2]) }
      }
      #expect(sending.code == .cancelled)
      let receiving = try await failure { _ = try await call.receive() }
      #expect(receiving.code == .cancelled)
      let heading = try await failure {
        let status = await call.status()
        #expect(status?.code == .cancelled)
        throw RPCError(.cancelled, "seen")
      }
      #expect(heading.code == .cancelled)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a message after the last one is refused`(transport: Transport) async throws {
    try await withEcho(over: transport) { _, channel in
      let error = try await failure {
        try await channel.bidirectional(EchoService.chat) {
          (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
          writer.finish()
          while true { try await writer.write(BytesMessage("late")) }
        }
      }
      #expect(error.code == .failedPrecondition)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a slow reader stops the writer, and leaving stops the handler`(
    transport: Transport
  ) async throws {
    try await withEcho(over: transport) { service, channel in
      try await channel.serverStreaming(BytesMessage("1000000 1000"), EchoService.expand) {
        (responses: ResponseStream<BytesMessage>) in
        for _ in 0..<10 { _ = try await responses.next() }
        var last = -1
        while service.written.count != last || last == 0 {
          last = service.written.count
          for _ in 0..<20 { #expect(try await channel.echo("tick") == "tick") }
        }
        // A window of 1 MiB, 64 KiB unsent, and what the sockets hold.
        #expect(last < 20_000)
      }
      await service.cancelled.wait(for: 1)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a server may answer before it has read everything`(transport: Transport) async throws {
    try await withEcho(over: transport) { _, channel in
      let answer: BytesMessage = try await channel.clientStreaming(EchoService.collect) {
        (writer: RequestWriter<BytesMessage>) in
        try await writer.write(BytesMessage("stop"))
        while true { try await writer.write(BytesMessage([UInt8](repeating: 1, count: 10_000))) }
      }
      #expect(answer.text == "stopped")
    }
  }

  @Test(arguments: Transport.allCases)
  func `cancelling the task of a call cancels its handler`(transport: Transport) async throws {
    try await withEcho(over: transport) { service, channel in
      let task = Task { try await channel.echo("hang") }
      await service.hanging.wait(for: 1)
      task.cancel()
      let error = try await failure { _ = try await task.value }
      #expect(error.code == .cancelled)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test(arguments: Transport.allCases)
  func `two channels do not see each other's calls`(transport: Transport) async throws {
    try await withEcho(over: transport) { first, one in
      try await withEcho(over: transport) { second, other in
        let task = Task { try await one.echo("hang") }
        await first.hanging.wait(for: 1)
        let answer = try await other.echo("x")
        #expect(answer == "x")
        #expect(second.hanging.count == 0)
        task.cancel()
        _ = await task.result
      }
    }
  }
}
