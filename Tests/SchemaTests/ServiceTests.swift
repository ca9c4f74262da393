import RPCCore
import RPCInProcess
import Schema
import Testing
import TestingSchema

/// The benchmark service: all four kinds of methods, as its proto describes them.
private struct BenchService: Bench.BenchService {
  func echo(_ request: Bench.Payload, context: ServerContext) async throws -> Bench.Payload {
    request
  }

  func stream(
    _ request: Bench.StreamRequest, responses: ResponseWriter<Bench.Payload>,
    context: ServerContext
  ) async throws {
    let payload = Bench.Payload(data: [UInt8](repeating: 0, count: Int(request.size)))
    for _ in 0..<request.count { try await responses.write(payload) }
  }

  func pingPong(
    _ requests: RequestStream<Bench.Payload>, responses: ResponseWriter<Bench.Payload>,
    context: ServerContext
  ) async throws {
    while let payload = try await requests.next() { try await responses.write(payload) }
  }

  func sink(
    _ requests: RequestStream<Bench.Payload>, context: ServerContext
  ) async throws -> Bench.SinkSummary {
    var summary = Bench.SinkSummary()
    while let payload = try await requests.next() {
      summary.messages += 1
      summary.bytes += UInt64(payload.data.count)
    }
    return summary
  }
}

struct ServiceTests {
  private let channel: InProcessChannel = {
    var router = RPCRouter()
    router.register(BenchService())
    return InProcessChannel(router)
  }()

  private var client: Bench.BenchClient { Bench.BenchClient(channel) }

  @Test func `each kind of generated method reaches its service and comes back`() async throws {
    let payload = Bench.Payload(data: [1, 2, 3])
    #expect(try await client.echo(payload) == payload)

    let sizes = try await client.stream(.init(count: 3, size: 5)) { responses in
      var sizes: [Int] = []
      while let payload = try await responses.next() { sizes.append(payload.data.count) }
      return sizes
    }
    #expect(sizes == [5, 5, 5])

    let summary = try await client.sink { requests in
      for count in 1...4 {
        try await requests.write(.init(data: [UInt8](repeating: 7, count: count)))
      }
    }
    #expect(summary == Bench.SinkSummary(messages: 4, bytes: 10))

    let echoed = try await client.pingPong { requests, responses in
      var echoed: [[UInt8]] = []
      for byte in UInt8(0)..<3 {
        try await requests.write(.init(data: [byte]))
        if let payload = try await responses.next() { echoed.append(payload.data) }
      }
      requests.finish()
      #expect(try await responses.next() == nil)
      return echoed
    }
    #expect(echoed == [[0], [1], [2]])
  }

  @Test func `a malformed request is refused before the service sees it`() async throws {
    let call = try await channel.open(Bench.BenchMethods.echo, options: CallOptions())
    defer { call.cancel() }
    try await call.send([0x0a, 5, 1])
    call.finishSending()
    let error = await #expect(throws: RPCError.self) { _ = try await call.receive() }
    #expect(error?.code == .invalidArgument)
    #expect(
      error?.message == "malformed bench.Payload: data: truncated: 5 bytes announced, 1 there")
  }

  @Test func `the descriptor that a service registers is that of its proto`() {
    #expect(BenchService.descriptor.fullName == "bench.Bench")
    #expect(
      BenchService.descriptor.methods.map(\.kind) == [
        .unary, .serverStreaming, .bidirectional, .clientStreaming,
      ])
  }
}
