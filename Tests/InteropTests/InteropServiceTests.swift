import Interop
import RPCCore
import RPCInProcess
import TestingSchema
import Testing

/// What the service does beyond the cases.
@Suite(.timeLimit(.minutes(1)))
struct InteropServiceTests {
  private let service = GRPCTesting.TestServiceClient(
    InProcessChannel(RPCRouter(services: [InteropService()])))

  private func code(_ request: GRPCTesting.SimpleRequest) async throws -> StatusCode? {
    do {
      _ = try await service.unaryCall(request)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(arguments: [
    GRPCTesting.SimpleRequest(responseType: .unrecognized(7)),  // A type of another stack.
    .init(responseSize: -1),
    .init(responseSize: .max),  // Larger than a message may be.
    .init(expectCompressed: .init(value: true)),  // It is not.
  ])
  func `a request that cannot be answered as it asks is refused`(
    request: GRPCTesting.SimpleRequest
  ) async throws {
    #expect(try await code(request) == .invalidArgument)
  }

  @Test(arguments: [(0, nil), (5, StatusCode.notFound), (16, .unauthenticated), (99, .unknown)])
  func `a status that the request names ends the call`(number: Int, code: StatusCode?) async throws
  {
    let status = GRPCTesting.EchoStatus(code: Int32(number), message: "as asked")
    #expect(try await self.code(.init(responseStatus: status)) == code)
  }

  @Test func `a half-duplex call is answered after the last request`() async throws {
    let sizes = try await service.halfDuplexCall { requests, responses in
      for size in [3, 0, 2] as [Int32] {
        try await requests.write(
          .init(responseParameters: [.init(size: size), .init(size: size + 1)]))
      }
      requests.finish()
      var sizes: [Int] = []
      for try await response in responses { sizes.append(response.payload?.body.count ?? -1) }
      return sizes
    }
    #expect(sizes == [3, 4, 0, 1, 2, 3])
  }

  @Test func `the server says who it is, and where the client is, when it is asked`() async throws {
    let first = try await service.unaryCall(.init(fillServerID: true)).serverID
    #expect(!first.isEmpty)
    #expect(try await service.unaryCall(.init(fillServerID: true)).serverID == first)
    #expect(try await service.unaryCall(.init()).serverID == "")
    let parameters = GRPCTesting.ResponseParameters(
      intervalUs: 1, fillPeerSocketAddress: .init(value: true))
    try await service.streamingOutputCall(.init(responseParameters: [parameters])) { responses in
      let address = try await responses.next()?.peerSocketAddress
      #expect(address?.isEmpty == false)
    }
  }
}
