internal import RPCCore
internal import TestingSchema

/// Which single messages are compressed.
extension InteropCalls {
  private static let yes = GRPCTesting.BoolValue(value: true)
  private static let no = GRPCTesting.BoolValue(value: false)

  private var compressing: CallOptions {
    var options = options
    options.compression = .gzip
    return options
  }

  func clientCompressedUnary() async throws {
    var request = Self.large
    request.expectCompressed = Self.yes
    // A server that does not look would take this.
    try await expectFailure(of: "the uncompressed probe", .invalidArgument) {
      _ = try await service.unaryCall(request, options: options)
    }
    let compressed = try await service.unaryCall(request, options: compressing)
    try Self.check(compressed.payload, size: 314_159, of: "the response to a compressed request")
    request.expectCompressed = Self.no
    let plain = try await service.unaryCall(request, options: options)
    try Self.check(plain.payload, size: 314_159, of: "the response to an uncompressed request")
  }

  func serverCompressedUnary() async throws {
    for wanted in [Self.yes, Self.no] {
      var request = Self.large
      request.responseCompressed = wanted
      let answer = try await ask(request)
      try expect(
        "compressed flag of the response to response_compressed \(wanted.value)",
        answer.isCompressed, is: wanted.value)
      try Self.check(answer.response.payload, size: 314_159, of: "the response")
    }
  }

  func clientCompressedStreaming() async throws {
    let compressed = GRPCTesting.StreamingInputCallRequest(
      payload: Self.zeros(27_182), expectCompressed: Self.yes)
    let plain = GRPCTesting.StreamingInputCallRequest(
      payload: Self.zeros(45_904), expectCompressed: Self.no)
    try await expectFailure(of: "the uncompressed probe", .invalidArgument) {
      _ = try await service.streamingInputCall(options: options) { requests in
        try await requests.write(compressed)
      }
    }
    let response = try await service.streamingInputCall(options: compressing) { requests in
      try await requests.write(compressed)
      try await requests.write(plain, compressed: false)
    }
    try expect("aggregated_payload_size", response.aggregatedPayloadSize, is: 73_086)
  }

  func serverCompressedStreaming() async throws {
    let wanted: [(size: Int, compressed: Bool)] = [(31_415, true), (92_653, false)]
    let request = Output(
      responseParameters: wanted.map {
        .init(size: Int32($0.size), compressed: .init(value: $0.compressed))
      })
    try await service.streamingOutputCall(request, options: options) { responses in
      for (index, (size, compressed)) in wanted.enumerated() {
        guard let response = try await responses.next() else {
          throw InteropFailure(subject: "responses", expected: "2", actual: "\(index)")
        }
        try expect(
          "compressed flag of response \(index + 1)", responses.wasLastMessageCompressed,
          is: compressed)
        try Self.check(response.payload, size: size, of: "response \(index + 1)")
      }
      try expect("a third response", try await responses.next(), is: nil)
    }
  }
}
