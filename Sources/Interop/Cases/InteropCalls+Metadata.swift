internal import RPCCore
internal import TestingSchema

/// Metadata that comes back, and responses that may be kept.
extension InteropCalls {
  func customMetadata() async throws {
    let text = "test_initial_metadata_value"
    let bytes: [UInt8] = [0xAB, 0xAB, 0xAB]
    var echoed = options
    echoed.metadata = [
      InteropService.echoInitialKey: .string(text), InteropService.echoTrailingKey: .binary(bytes),
    ]
    let answer = try await ask(Self.large, echoed)
    try Self.check(answer.response.payload, size: 314_159, of: "the response")
    try Self.check(answer.initial, text, answer.trailing, bytes, of: "UnaryCall")
    try await service.fullDuplexCall(options: echoed) { requests, responses in
      try await requests.write(
        Output(responseParameters: [.init(size: 314_159)], payload: Self.zeros(271_828)))
      requests.finish()
      let response = try await responses.next()
      try Self.check(response?.payload, size: 314_159, of: "the response")
      try expect("a second response", try await responses.next(), is: nil)
      let initial = try await responses.initialMetadata()
      let trailing = await responses.trailingMetadata()
      try Self.check(initial, text, trailing, bytes, of: "FullDuplexCall")
    }
  }

  private static func check(
    _ initial: Metadata, _ text: String, _ trailing: Metadata, _ bytes: [UInt8], of call: String
  ) throws(InteropFailure) {
    let (initialKey, trailingKey) = (InteropService.echoInitialKey, InteropService.echoTrailingKey)
    try expect(
      "\(initialKey) in the initial metadata of \(call)", initial.values(forKey: initialKey),
      is: [.string(text)])
    try expect(
      "\(trailingKey) in the trailing metadata of \(call)", trailing.values(forKey: trailingKey),
      is: [.binary(bytes)])
  }

  /// Asks twice for the time, with a cache as the server allows it in between. The cache is the
  /// client's own, so no proxy is needed; requests are POST, as all gRPC requests are.
  func cacheableUnary() async throws {
    var cache = ResponseCache()
    let request = Simple(payload: .init(body: Array("\(SystemHandle.nanoseconds())".utf8)))
    var options = options
    options.metadata = ["x-user-ip": "1.2.3.4"]
    var bodies: [[UInt8]] = []
    for _ in 0..<2 {
      if let kept = cache.response(to: request) {
        bodies.append(kept.payload?.body ?? [])
        continue
      }
      let answer = try await ask(request, options, method: Methods.cacheableUnaryCall)
      cache.keep(
        answer.response, to: request, cacheControl: answer.initial["cache-control"] ?? "")
      bodies.append(answer.response.payload?.body ?? [])
    }
    try expect("the response is empty", bodies[0].isEmpty, is: false)
    try expect("body of the second response", bodies[1], is: bodies[0])
  }
}

/// Responses that their server lets a cache keep (RFC 9111 §5.2.2).
struct ResponseCache {
  private var kept:
    [GRPCTesting.SimpleRequest: (
      response: GRPCTesting.SimpleResponse, until: ContinuousClock.Instant
    )] = [:]

  /// The kept response, while it is fresh.
  func response(
    to request: GRPCTesting.SimpleRequest, at now: ContinuousClock.Instant = .now
  ) -> GRPCTesting.SimpleResponse? {
    guard let found = kept[request], now < found.until else { return nil }
    return found.response
  }

  /// Keeps a response as long as `cache-control` says.
  mutating func keep(
    _ response: GRPCTesting.SimpleResponse, to request: GRPCTesting.SimpleRequest,
    cacheControl: String, at now: ContinuousClock.Instant = .now
  ) {
    let directives = cacheControl.lowercased().split { $0 == "," || $0 == " " }
    guard !directives.contains("no-store"), !directives.contains("no-cache") else { return }
    for directive in directives where directive.hasPrefix("max-age=") {
      guard let seconds = UInt32(directive.dropFirst("max-age=".count)) else { return }
      kept[request] = (response, now + .seconds(seconds))
    }
  }
}
