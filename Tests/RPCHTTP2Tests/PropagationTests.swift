import RPCCore
import RPCHTTP2
import RPCInProcess
import RPCTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PropagationTests {
  /// A server whose handler calls another one, and what the inner one saw.
  private func chain(
    _ body: (HTTP2Channel, EchoService) async throws -> Void
  ) async throws {
    try await withEcho { service, _, backend in
      let front = ProbeService(ask: { request, _ in
        BytesMessage(try await backend.echo(request.text))
      })
      try await withServer(RPCRouter(services: [front])) { _, channel in
        try await body(channel, service)
      }
    }
  }

  @Test func `the deadline of a call bounds the calls of its handler`() async throws {
    try await chain { channel, service in
      let error = try await failure {
        _ = try await channel.ask("hang", options: CallOptions(timeout: .seconds(1)))
      }
      #expect(error.code == .deadlineExceeded)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `a handler sees its call, also in tasks that it starts`() async throws {
    let service = ProbeService(ask: { request, context in
      let isHere = ServerContext.current === context
      async let isChild = ServerContext.current === context
      await Task.yield()
      let isStill = ServerContext.current === context
      let isInTask = await Task { ServerContext.current === context }.value
      let deadline = CallOptions(timeout: .seconds(10_000)).effectiveDeadline == context.deadline
      var detached = CallOptions()
      detached.inheritsDeadline = false
      let isFree = detached.effectiveDeadline == nil
      return BytesMessage(
        "\([isHere, await isChild, isStill, isInTask, deadline, isFree].allSatisfy { $0 })")
    })
    let options = CallOptions(timeout: .seconds(50))
    try await withServer(RPCRouter(services: [service])) { _, channel in
      for _ in 0..<100 {
        let answer = try await channel.ask("x", options: options)
        #expect(answer == "true")
      }
    }
    let inProcess = InProcessChannel(RPCRouter(services: [service]))
    for _ in 0..<100 {
      let answer = try await inProcess.ask("x", options: options)
      #expect(answer == "true")
    }
    #expect(ServerContext.current == nil)
  }

  @Test func `the earliest of all deadlines counts`() {
    let near = Deadline.after(.seconds(1))
    let far = Deadline.after(.seconds(100))
    #expect(CallOptions().effectiveDeadline == nil)
    #expect(CallOptions(deadline: near).effectiveDeadline == near)
    #expect(CallOptions(timeout: .seconds(50), deadline: near).effectiveDeadline == near)
    let mixed = CallOptions(timeout: .seconds(50), deadline: far).effectiveDeadline
    #expect(mixed.map { $0 < far } == true)
  }
}

@Suite(.timeLimit(.minutes(1)))
struct TracingTests {
  @Test func `each kind of call has a trace, a child of the one that was sent`() async throws {
    let ended = Tally()
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let tracing = TracingServerInterceptor { context, trace, _, code in
      if context.trace == trace, code == .ok { ended.increment() }
    }
    let service = ProbeService(
      ask: { _, context in BytesMessage(context.trace?.header ?? "none") },
      talk: { requests, responses, context in
        for try await _ in requests {}
        try await responses.write(BytesMessage(context.trace?.header ?? "none"))
      })
    try await withServer(RPCRouter(services: [service], interceptors: [tracing])) { _, channel in
      let options = CallOptions(metadata: ["traceparent": .string(parent)])
      let asked = try await channel.ask("x", options: options)
      let talked: String? = try await channel.bidirectional(ProbeService.talk, options: options) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        writer.finish()
        let trace = try await responses.next()?.text
        while try await responses.next() != nil {}
        return trace
      }
      for header in [asked, talked] {
        #expect(header?.hasPrefix(parent.prefix(36)) == true)
        #expect(header != parent)
      }
      let fresh = try await channel.ask("x")
      #expect(TraceContext(parsing: fresh) != nil)
      #expect(!fresh.hasPrefix(parent.prefix(36)))
      await ended.wait(for: 3)
    }
  }
}
