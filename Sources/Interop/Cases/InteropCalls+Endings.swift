internal import RPCCore
internal import TestingSchema

/// Calls that do not end with OK.
extension InteropCalls {
  func statusCodeAndMessage() async throws {
    let status = GRPCTesting.EchoStatus(code: 2, message: "test status message")
    let unary = try await expectFailure(of: "UnaryCall", .unknown) {
      _ = try await service.unaryCall(.init(responseStatus: status), options: options)
    }
    try expect("message of the status of UnaryCall", unary, is: status.message)
    let stream = try await expectFailure(of: "FullDuplexCall", .unknown) {
      try await service.fullDuplexCall(options: options) { requests, responses in
        try await requests.write(.init(responseStatus: status))
        requests.finish()
        while try await responses.next() != nil {}
      }
    }
    try expect("message of the status of FullDuplexCall", stream, is: status.message)
  }

  func specialStatusMessage() async throws {
    let text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    let message = try await expectFailure(of: "UnaryCall", .unknown) {
      let request = Simple(responseStatus: .init(code: 2, message: text))
      _ = try await service.unaryCall(request, options: options)
    }
    try expect("message of the status", message, is: text)
  }

  func unimplementedMethod() async throws {
    try await expectFailure(of: "UnimplementedCall", .unimplemented) {
      _ = try await service.unimplementedCall(GRPCTesting.Empty(), options: options)
    }
  }

  func unimplementedService() async throws {
    let missing = GRPCTesting.UnimplementedServiceClient(channel)
    try await expectFailure(of: "UnimplementedService", .unimplemented) {
      _ = try await missing.unimplementedCall(GRPCTesting.Empty(), options: options)
    }
  }

  func cancelAfterBegin() async throws {
    // With a connection the headers go out at once.
    _ = try await service.emptyCall(GRPCTesting.Empty(), options: options)
    let call = try await channel.open(Methods.streamingInputCall, options: options)
    try expect("status before the end", await call.status(), is: nil)
    call.cancel()
    try await expectFailure(of: "the cancelled call", .cancelled) { _ = try await call.receive() }
  }

  func cancelAfterFirstResponse() async throws {
    let call = try await channel.open(Methods.fullDuplexCall, options: options)
    let requests = RequestWriter<Output>(call)
    try await requests.write(
      Output(responseParameters: [.init(size: 31_415)], payload: Self.zeros(27_182)))
    let responses = ResponseStream<OutputResponse>(call)
    let first = try await responses.next()
    try Self.check(first?.payload, size: 31_415, of: "the first response")
    call.cancel()
    try await expectFailure(of: "the cancelled call", .cancelled) {
      _ = try await responses.next()
    }
  }

  func timeoutOnSleepingServer() async throws {
    var hurried = options
    hurried.timeout = .milliseconds(1)
    try await expectFailure(of: "the call with a millisecond", .deadlineExceeded) {
      try await service.fullDuplexCall(options: hurried) { requests, responses in
        try await requests.write(Output(payload: Self.zeros(27_182)))
        while try await responses.next() != nil {}
      }
    }
  }
}
