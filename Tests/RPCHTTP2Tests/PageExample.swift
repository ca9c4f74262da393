import RPCCore
import RPCHTTP2
import TestingSchema

// What stands between the two lines is in the page of RPCHTTP2, word for word.
// --- page
/// Answers the service of `Protos/bench/bench.proto`.
struct Echo: Bench.BenchService {
  func echo(_ request: Bench.Payload, context: ServerContext) async throws -> Bench.Payload {
    request
  }
  func stream(
    _ request: Bench.StreamRequest, responses: ResponseWriter<Bench.Payload>, context: ServerContext
  ) async throws {
    for number in 0..<request.count { try await responses.write(.init(data: [UInt8(number)])) }
  }
  func pingPong(
    _ requests: RequestStream<Bench.Payload>, responses: ResponseWriter<Bench.Payload>,
    context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.write(request) }
  }
  func sink(_ requests: RequestStream<Bench.Payload>, context: ServerContext) async throws
    -> Bench.SinkSummary
  {
    var summary = Bench.SinkSummary()
    for try await request in requests { summary.bytes += UInt64(request.data.count) }
    return summary
  }
}

func serve(at address: String) throws -> HTTP2Server {
  try HTTP2Server(
    addresses: [ServiceAddress(parsing: address)],
    router: RPCRouter(services: [Echo()], interceptors: [CallLogging(.failures) { print($0) }]))
}

/// Makes one call of each kind and returns what came back.
func talk(to target: String) async throws -> [[UInt8]] {
  let channel = try HTTP2Channel(target: target)
  let bench = Bench.BenchClient(channel.intercepted(by: TracingClientInterceptor()))
  let patient = CallOptions(timeout: .seconds(20), waitForReady: true)
  var seen = [try await bench.echo(.init(data: [1, 2]), options: patient).data]
  try await bench.stream(.init(count: 3)) { responses in
    for try await response in responses { seen.append(response.data) }
  }
  try await bench.pingPong { requests, responses in
    try await requests.write(.init(data: [9]))
    requests.finish()
    for try await response in responses { seen.append(response.data) }
  }
  let summary = try await bench.sink { requests in try await requests.write(.init(data: [4, 5])) }
  return seen + [[UInt8(summary.bytes)]]
}
// --- page
