internal import RPCCore
internal import TestingSchema

/// Messages of all sizes in the four ways of a call.
extension InteropCalls {
  static let requestSizes = [27_182, 8, 1828, 45_904]
  static let responseSizes = [31_415, 9, 2653, 58_979]

  func emptyUnary() async throws {
    let response = try await service.emptyCall(GRPCTesting.Empty(), options: options)
    var bytes: [UInt8] = []
    response.serialize(into: &bytes)
    try expect("bytes of the response", bytes.count, is: 0)
  }

  func largeUnary() async throws {
    let response = try await service.unaryCall(Self.large, options: options)
    try Self.check(response.payload, size: 314_159, of: "the response")
  }

  func clientStreaming() async throws {
    let response = try await service.streamingInputCall(options: options) { requests in
      for size in Self.requestSizes {
        try await requests.write(.init(payload: Self.zeros(size)))
      }
    }
    try expect("aggregated_payload_size", response.aggregatedPayloadSize, is: 74_922)
  }

  func serverStreaming() async throws {
    let request = Output(responseParameters: Self.responseSizes.map { .init(size: Int32($0)) })
    try await service.streamingOutputCall(request, options: options) { responses in
      var count = 0
      for try await response in responses {
        guard count < Self.responseSizes.count else {
          throw InteropFailure(subject: "responses", expected: "4", actual: "5 or more")
        }
        try Self.check(
          response.payload, size: Self.responseSizes[count], of: "response \(count + 1)")
        count += 1
      }
      try expect("responses", count, is: Self.responseSizes.count)
    }
  }

  func pingPong() async throws {
    try await service.fullDuplexCall(options: options) { requests, responses in
      for (round, (requestSize, size)) in zip(Self.requestSizes, Self.responseSizes).enumerated() {
        try await requests.write(
          Output(
            responseParameters: [.init(size: Int32(size))], payload: Self.zeros(requestSize)))
        guard let response = try await responses.next() else {
          throw InteropFailure(subject: "responses", expected: "4", actual: "\(round)")
        }
        try Self.check(response.payload, size: size, of: "response \(round + 1)")
      }
      requests.finish()
      try expect("a fifth response", try await responses.next(), is: nil)
    }
  }

  func emptyStream() async throws {
    try await service.fullDuplexCall(options: options) { requests, responses in
      requests.finish()
      try expect("a response", try await responses.next(), is: nil)
    }
  }
}
