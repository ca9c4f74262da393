import RPCCore
import TestingSchema
import Synchronization

/// A server that answers everything, each time a little wrong.
final class WrongService: GRPCTesting.TestServiceService {
  private let calls = Mutex(UInt8(0))

  private func payload(_ size: Int32) -> GRPCTesting.Payload {
    .init(body: [UInt8](repeating: 0, count: Int(size) + 1))
  }

  func emptyCall(
    _ request: GRPCTesting.Empty, context: ServerContext
  ) async throws -> GRPCTesting.Empty {
    throw RPCError(.internalError, "no empty call today")
  }

  func unaryCall(
    _ request: GRPCTesting.SimpleRequest, context: ServerContext
  ) async throws -> GRPCTesting.SimpleResponse {
    .init(payload: payload(request.responseSize))
  }

  func cacheableUnaryCall(
    _ request: GRPCTesting.SimpleRequest, context: ServerContext
  ) async throws -> GRPCTesting.SimpleResponse {
    let number = calls.withLock {
      $0 += 1
      return $0
    }
    try await context.sendInitialMetadata(["cache-control": "no-store, max-age=60"])
    return .init(payload: .init(body: [number]))
  }

  func streamingOutputCall(
    _ request: GRPCTesting.StreamingOutputCallRequest,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    for parameters in request.responseParameters {
      try await responses.write(.init(payload: payload(parameters.size)))
    }
  }

  func streamingInputCall(
    _ requests: RequestStream<GRPCTesting.StreamingInputCallRequest>, context: ServerContext
  ) async throws -> GRPCTesting.StreamingInputCallResponse {
    var total = 1
    for try await request in requests { total += request.payload?.body.count ?? 0 }
    return .init(aggregatedPayloadSize: Int32(total))
  }

  func fullDuplexCall(
    _ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    for try await request in requests {
      try await streamingOutputCall(request, responses: responses, context: context)
    }
    try await responses.write(.init())
  }

  func halfDuplexCall(
    _ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {}

  func unimplementedCall(
    _ request: GRPCTesting.Empty, context: ServerContext
  ) async throws -> GRPCTesting.Empty {
    .init()
  }
}

/// The service that no server should have.
struct WrongUnimplementedService: GRPCTesting.UnimplementedServiceService {
  func unimplementedCall(
    _ request: GRPCTesting.Empty, context: ServerContext
  ) async throws -> GRPCTesting.Empty {
    .init()
  }
}
