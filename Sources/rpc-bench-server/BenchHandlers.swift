import RPCCore
import TestingSchema

/// Moves bytes in each of the four ways of a call.
struct BenchHandlers: Bench.BenchService {
  func echo(_ request: Bench.Payload, context: ServerContext) async throws -> Bench.Payload {
    request
  }

  func stream(
    _ request: Bench.StreamRequest,
    responses: ResponseWriter<Bench.Payload>,
    context: ServerContext
  ) async throws {
    guard request.size <= UInt32(CallLimits.messageBytesMax) else {
      throw RPCError(.invalidArgument, "size \(request.size) is larger than a message may be")
    }
    let payload = Bench.Payload(data: [UInt8](repeating: 0, count: Int(request.size)))
    for _ in 0..<request.count { try await responses.write(payload) }
  }

  func pingPong(
    _ requests: RequestStream<Bench.Payload>,
    responses: ResponseWriter<Bench.Payload>,
    context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.write(request) }
  }

  func sink(
    _ requests: RequestStream<Bench.Payload>,
    context: ServerContext
  ) async throws -> Bench.SinkSummary {
    var summary = Bench.SinkSummary()
    for try await request in requests {
      summary.messages += 1
      summary.bytes += UInt64(request.data.count)
    }
    return summary
  }
}
