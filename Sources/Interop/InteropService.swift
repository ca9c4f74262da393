public import RPCCore
public import TestingSchema

/// Answers `grpc.testing.TestService` as the requests say.
public struct InteropService: GRPCTesting.TestServiceService {
  /// Metadata that comes back before the response.
  static let echoInitialKey = "x-grpc-test-echo-initial"
  /// Metadata that comes back with the status.
  static let echoTrailingKey = "x-grpc-test-echo-trailing-bin"

  private let serverID = "southbound-\(UInt64.random(in: 0 ... .max))"
  private let clock: any Clock<Duration>

  /// Creates the service.
  ///
  /// - Parameter clock: What responses with an interval wait by.
  public init(clock: any Clock<Duration> = ContinuousClock()) {
    self.clock = clock
  }

  // MARK: - Unary calls

  /// Returns nothing for nothing.
  public func emptyCall(
    _ request: GRPCTesting.Empty, context: ServerContext
  ) async throws -> GRPCTesting.Empty {
    GRPCTesting.Empty()
  }

  /// Returns one response of the size that the request asks for.
  public func unaryCall(
    _ request: GRPCTesting.SimpleRequest, context: ServerContext
  ) async throws -> GRPCTesting.SimpleResponse {
    try Self.check(request.expectCompressed, isCompressed: context.wasLastRequestCompressed)
    if request.responseCompressed?.value == true { Self.compress(context) }
    try await Self.echoMetadata(context)
    try Self.end(request.responseStatus)
    var response = GRPCTesting.SimpleResponse(
      payload: try Self.payload(request.responseSize, request.responseType))
    if request.fillUsername { response.username = context.peerIdentity?.commonName ?? "" }
    if request.fillServerID { response.serverID = serverID }
    return response
  }

  /// Returns the time of the call, which caches may keep for a minute.
  public func cacheableUnaryCall(
    _ request: GRPCTesting.SimpleRequest, context: ServerContext
  ) async throws -> GRPCTesting.SimpleResponse {
    try await context.sendInitialMetadata(["cache-control": "max-age=60, public"])
    let nanoseconds = Array("\(SystemHandle.nanoseconds())".utf8)
    return GRPCTesting.SimpleResponse(payload: GRPCTesting.Payload(body: nanoseconds))
  }

  /// Refuses the call: the method is here for clients to miss.
  public func unimplementedCall(
    _ request: GRPCTesting.Empty, context: ServerContext
  ) async throws -> GRPCTesting.Empty {
    throw RPCError(.unimplemented, "no server answers \(context.method.path)")
  }

  // MARK: - Streams

  /// Sends one response for each of the parameters of the request.
  public func streamingOutputCall(
    _ request: GRPCTesting.StreamingOutputCallRequest,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    if request.responseParameters.contains(where: { $0.compressed?.value == true }) {
      Self.compress(context)
    }
    try await Self.echoMetadata(context)
    try await answer(request, responses, context)
  }

  /// Returns the size of all requests once the last has come.
  public func streamingInputCall(
    _ requests: RequestStream<GRPCTesting.StreamingInputCallRequest>, context: ServerContext
  ) async throws -> GRPCTesting.StreamingInputCallResponse {
    var total = 0
    for try await request in requests {
      try Self.check(request.expectCompressed, isCompressed: requests.wasLastMessageCompressed)
      total += request.payload?.body.count ?? 0
    }
    guard let size = Int32(exactly: total) else {
      throw RPCError(.outOfRange, "\(total) bytes are more than the response can say")
    }
    return GRPCTesting.StreamingInputCallResponse(aggregatedPayloadSize: size)
  }

  /// Sends the responses to each request as it comes.
  public func fullDuplexCall(
    _ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    Self.compress(context)
    try await Self.echoMetadata(context)
    for try await request in requests { try await answer(request, responses, context) }
  }

  /// The most bytes of requests that wait for the last one.
  static let waitingBytesMax = 16 << 20

  /// Sends the responses to all requests once the last has come.
  public func halfDuplexCall(
    _ requests: RequestStream<GRPCTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    Self.compress(context)
    try await Self.echoMetadata(context)
    var waiting: [GRPCTesting.StreamingOutputCallRequest] = []
    var bytes = 0
    for try await var request in requests {
      request.payload = nil
      bytes += 64 * (1 + request.responseParameters.count)
      guard bytes <= Self.waitingBytesMax else {
        throw RPCError(
          .resourceExhausted, "the requests are larger than \(Self.waitingBytesMax) bytes")
      }
      waiting.append(request)
    }
    for request in waiting { try await answer(request, responses, context) }
  }

  private func answer(
    _ request: GRPCTesting.StreamingOutputCallRequest,
    _ responses: ResponseWriter<GRPCTesting.StreamingOutputCallResponse>, _ context: ServerContext
  ) async throws {
    try Self.end(request.responseStatus)
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        try await clock.sleep(for: .microseconds(parameters.intervalUs))
      }
      var response = GRPCTesting.StreamingOutputCallResponse(
        payload: try Self.payload(parameters.size, request.responseType))
      if parameters.fillPeerSocketAddress?.value == true {
        response.peerSocketAddress = context.peer
      }
      try await responses.write(response, compressed: parameters.compressed?.value == true)
    }
  }

  // MARK: - What requests ask for

  private static func payload(
    _ size: Int32, _ type: GRPCTesting.PayloadType
  ) throws(RPCError) -> GRPCTesting.Payload {
    guard type == .compressable else {
      throw RPCError(.invalidArgument, "there is no payload of type \(type.rawValue) here")
    }
    guard 0...CallLimits.messageBytesMax ~= Int(size) else {
      throw RPCError(
        .invalidArgument, "size \(size) is not between 0 and \(CallLimits.messageBytesMax)")
    }
    return GRPCTesting.Payload(type: type, body: [UInt8](repeating: 0, count: Int(size)))
  }

  private static func check(
    _ expected: GRPCTesting.BoolValue?, isCompressed: Bool
  ) throws(RPCError) {
    guard let expected, expected.value != isCompressed else { return }
    throw RPCError(
      .invalidArgument,
      isCompressed
        ? "the request is compressed and says that it is not"
        : "the request says that it is compressed and is not")
  }

  private static func end(_ status: GRPCTesting.EchoStatus?) throws(RPCError) {
    guard let status, status.code != 0 else { return }
    throw RPCError(StatusCode(rawValue: Int(status.code)) ?? .unknown, status.message)
  }

  /// Lets responses be compressed in the first way that the client understands.
  private static func compress(_ context: ServerContext) {
    context.responseCompression =
      context.acceptedCompressions.contains(.gzip)
      ? .gzip : context.acceptedCompressions.first { $0 != .identity } ?? .identity
  }

  private static func echoMetadata(_ context: ServerContext) async throws(RPCError) {
    for value in context.metadata.values(forKey: echoTrailingKey) {
      if case .binary(let bytes) = value {
        try context.trailingMetadata.append(binary: bytes, forKey: echoTrailingKey)
      }
    }
    guard let text = context.metadata[echoInitialKey] else { return }
    var initial = Metadata()
    try initial.append(text, forKey: echoInitialKey)
    try await context.sendInitialMetadata(initial)
  }
}
