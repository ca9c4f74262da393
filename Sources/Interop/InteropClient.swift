public import RPCCore
internal import TestingSchema

/// Runs cases of the interop suite against a server.
public struct InteropClient: Sendable {
  /// Makes a channel to the server; `channel_soak` makes many.
  private let makeChannel: @Sendable () throws -> any RPCChannel
  private let soak: SoakOptions
  private let callTimeout: Duration

  /// Creates a client.
  ///
  /// - Parameters:
  ///   - soak: How long the soak cases last.
  ///   - callTimeout: The time after which a call that should have ended fails its case.
  ///   - makeChannel: Makes a channel to the server. It closes when it is released.
  public init(
    soak: SoakOptions = SoakOptions(),
    callTimeout: Duration = .seconds(60),
    makeChannel: @escaping @Sendable () throws -> any RPCChannel
  ) {
    self.soak = soak
    self.callTimeout = callTimeout
    self.makeChannel = makeChannel
  }

  /// Runs one case.
  ///
  /// - Parameter testCase: The case.
  /// - Throws: ``InteropFailure`` for what is not as the case says, `RPCError` for a call that ended
  ///   another way.
  public func run(_ testCase: InteropCase) async throws {
    switch testCase {
    case .rpcSoak, .channelSoak:
      let calls = try InteropCalls(makeChannel(), timeout: callTimeout)
      try await SoakRun(options: soak) { _ in
        guard testCase == .channelSoak else { return calls }
        return try InteropCalls(makeChannel(), timeout: callTimeout)
      }.run()
    default:
      try await InteropCalls(makeChannel(), timeout: callTimeout).run(testCase)
    }
  }
}

/// The cases that need one channel, and what they share.
struct InteropCalls: Sendable {
  typealias Methods = GRPCTesting.TestServiceMethods
  typealias Simple = GRPCTesting.SimpleRequest
  typealias Output = GRPCTesting.StreamingOutputCallRequest
  typealias OutputResponse = GRPCTesting.StreamingOutputCallResponse

  /// What came for one request, beside the response itself.
  struct Answer {
    let response: GRPCTesting.SimpleResponse
    let isCompressed: Bool
    let initial: Metadata
    let trailing: Metadata
  }

  let channel: any RPCChannel
  let options: CallOptions

  init(_ channel: any RPCChannel, timeout: Duration) {
    self.channel = channel
    options = CallOptions(timeout: timeout)
  }

  var service: GRPCTesting.TestServiceClient { GRPCTesting.TestServiceClient(channel) }

  func run(_ testCase: InteropCase) async throws {
    switch testCase {
    case .emptyUnary: try await emptyUnary()
    case .largeUnary: try await largeUnary()
    case .clientStreaming: try await clientStreaming()
    case .serverStreaming: try await serverStreaming()
    case .pingPong: try await pingPong()
    case .emptyStream: try await emptyStream()
    case .clientCompressedUnary: try await clientCompressedUnary()
    case .serverCompressedUnary: try await serverCompressedUnary()
    case .clientCompressedStreaming: try await clientCompressedStreaming()
    case .serverCompressedStreaming: try await serverCompressedStreaming()
    case .customMetadata: try await customMetadata()
    case .statusCodeAndMessage: try await statusCodeAndMessage()
    case .specialStatusMessage: try await specialStatusMessage()
    case .unimplementedMethod: try await unimplementedMethod()
    case .unimplementedService: try await unimplementedService()
    case .cancelAfterBegin: try await cancelAfterBegin()
    case .cancelAfterFirstResponse: try await cancelAfterFirstResponse()
    case .timeoutOnSleepingServer: try await timeoutOnSleepingServer()
    case .cacheableUnary: try await cacheableUnary()
    case .rpcSoak, .channelSoak: preconditionFailure("a soak is run by SoakRun")
    }
  }

  // MARK: - Shared

  static func zeros(_ size: Int) -> GRPCTesting.Payload {
    GRPCTesting.Payload(body: [UInt8](repeating: 0, count: size))
  }

  /// The request that most cases send, and that asks for most bytes.
  static var large: Simple { Simple(responseSize: 314_159, payload: zeros(271_828)) }

  /// Checks that a payload has a size and nothing but zeros.
  static func check(
    _ payload: GRPCTesting.Payload?, size: Int, of subject: String
  ) throws(InteropFailure) {
    try expect("bytes in the payload of \(subject)", payload?.body.count ?? 0, is: size)
    try expect(
      "the payload of \(subject) is zeros", payload?.body.allSatisfy { $0 == 0 } ?? true, is: true)
  }

  /// Calls UnaryCall, and looks at all that comes.
  func ask(
    _ request: Simple, _ options: CallOptions? = nil, method: MethodDescriptor = Methods.unaryCall
  ) async throws -> Answer {
    try await channel.bidirectional(method, options: options ?? self.options) {
      (writer: RequestWriter<Simple>, responses: ResponseStream<GRPCTesting.SimpleResponse>) in
      try await writer.write(request)
      writer.finish()
      let initial = try await responses.initialMetadata()
      guard let response = try await responses.next() else {
        throw InteropFailure(subject: "responses", expected: "1", actual: "0")
      }
      let isCompressed = responses.wasLastMessageCompressed
      guard try await responses.next() == nil else {
        throw InteropFailure(subject: "responses", expected: "1", actual: "2 or more")
      }
      return Answer(
        response: response, isCompressed: isCompressed, initial: initial,
        trailing: await responses.trailingMetadata())
    }
  }
}
