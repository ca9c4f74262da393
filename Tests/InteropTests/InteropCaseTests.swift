import Interop
import RPCCore
import RPCHTTP2
import RPCInProcess
import TestingSchema
import Testing

/// Our client against our server, and against one that does everything wrong.
@Suite(.timeLimit(.minutes(2)))
struct InteropCaseTests {
  /// Limits that hold on a machine with other work.
  private static var patient: SoakOptions {
    var options = SoakOptions()
    options.latencyMax = .seconds(60)
    options.overallTimeout = .seconds(60)
    options.workers = 2
    return options
  }

  @Test(arguments: InteropCase.allCases, InteropPlace.allCases)
  func `each case passes on each way`(testCase: InteropCase, place: InteropPlace) async throws {
    let router = RPCRouter(services: [InteropService()])
    try await place.withClient(of: router, soak: Self.patient) { try await $0.run(testCase) }
  }

  @Test func `all the official names are there`() {
    let names = """
      empty_unary large_unary client_streaming server_streaming ping_pong empty_stream \
      client_compressed_unary server_compressed_unary client_compressed_streaming \
      server_compressed_streaming custom_metadata status_code_and_message special_status_message \
      unimplemented_method unimplemented_service cancel_after_begin cancel_after_first_response \
      timeout_on_sleeping_server cacheable_unary rpc_soak channel_soak
      """
    #expect(InteropCase.allCases.map(\.rawValue) == names.split(separator: " ").map(String.init))
  }

  @Test(arguments: [
    (InteropCase.emptyUnary, "INTERNAL"),
    (.largeUnary, "bytes in the payload of the response: expected 314159, got 314160"),
    (.clientStreaming, "aggregated_payload_size: expected 74922, got 74923"),
    (.serverStreaming, "bytes in the payload of response 1: expected 31415, got 31416"),
    (.pingPong, "bytes in the payload of response 1: expected 31415, got 31416"),
    (.emptyStream, "a response: expected nil, got"),
    (.clientCompressedUnary, "status of the uncompressed probe: expected INVALID_ARGUMENT, got OK"),
    (
      .serverCompressedUnary,
      "compressed flag of the response to response_compressed true: expected true, got false"
    ),
    (
      .clientCompressedStreaming,
      "status of the uncompressed probe: expected INVALID_ARGUMENT, got OK"
    ),
    (.serverCompressedStreaming, "compressed flag of response 1: expected true, got false"),
    (.customMetadata, "bytes in the payload of the response: expected 314159, got 314160"),
    (.statusCodeAndMessage, "status of UnaryCall: expected UNKNOWN, got OK"),
    (.specialStatusMessage, "status of UnaryCall: expected UNKNOWN, got OK"),
    (.unimplementedMethod, "status of UnimplementedCall: expected UNIMPLEMENTED, got OK"),
    (.unimplementedService, "status of UnimplementedService: expected UNIMPLEMENTED, got OK"),
    (.cancelAfterBegin, "INTERNAL"),
    (
      .cancelAfterFirstResponse,
      "bytes in the payload of the first response: expected 31415, got 31416"
    ),
    (.cacheableUnary, "body of the second response: expected [1], got [2]"),
    (.rpcSoak, "failed calls of 10: expected at most 0, got 10"),
    (.channelSoak, "failed calls of 10: expected at most 0, got 10"),
  ])
  func `a wrong answer fails the case and is named`(
    testCase: InteropCase, problem: String
  ) async throws {
    let router = RPCRouter(services: [WrongService(), WrongUnimplementedService()])
    try await InteropPlace(isUnix: false, security: .plaintext).withClient(
      of: router, soak: Self.patient
    ) { client in
      let error = try #require(
        await #expect(throws: (any Error).self) { try await client.run(testCase) })
      #expect("\(error)".hasPrefix(problem), "\(error)")
    }
  }

  @Test func `a call that takes longer than a soak allows counts as failed`() async throws {
    var options = Self.patient
    options.latencyMax = .nanoseconds(1)
    options.failuresMax = 9
    let client = InteropClient(soak: options) {
      InProcessChannel(RPCRouter(services: [InteropService()]))
    }
    let error = await #expect(throws: InteropFailure.self) { try await client.run(.rpcSoak) }
    #expect(error?.actual.hasPrefix("10; the first: call") == true)
    options.failuresMax = 10
    let lenient = InteropClient(soak: options) {
      InProcessChannel(RPCRouter(services: [InteropService()]))
    }
    try await lenient.run(.rpcSoak)
  }

  @Test func `a soak ends when its time is up`() async throws {
    var options = Self.patient
    options.overallTimeout = .zero
    let client = InteropClient(soak: options) {
      InProcessChannel(RPCRouter(services: [InteropService()]))
    }
    let error = await #expect(throws: InteropFailure.self) { try await client.run(.channelSoak) }
    #expect(error?.expected == "10")
    #expect(error?.actual == "0")
  }
}
