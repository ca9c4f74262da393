import HTTP2
import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

/// A client against servers and proxies that answer badly, strangely or not at all.
@Suite(.timeLimit(.minutes(1)))
struct RawServerTests {
  /// Makes a unary call to a server that plays a script, and returns how it ended.
  private func outcome(
    _ options: HTTP2ChannelOptions = .nearby,
    _ script: @escaping @Sendable (RawClient) throws -> Void
  ) async throws -> Result<String, RPCError> {
    let server = try RawServer()
    let channel = try HTTP2Channel(target: server.address, options: options)
    async let played: Void = server.play { client in
      try script(client)
      try client.readToEnd()
    }
    let result: Result<String, RPCError>
    do throws(RPCError) {
      let response: BytesMessage = try await channel.unary(BytesMessage("x"), EchoService.echo)
      result = .success(response.text)
    } catch {
      result = .failure(error)
    }
    channel.close()
    try await played
    return result
  }

  private func error(_ script: @escaping @Sendable (RawClient) throws -> Void) async throws
    -> RPCError
  {
    switch try await outcome(.nearby, script) {
    case .success(let text): throw RPCError(.dataLoss, "the call succeeded with \(text)")
    case .failure(let error): return error
    }
  }

  // gRPC: doc/http-grpc-status-mapping.md; what it does not list is UNKNOWN.
  @Test(
    arguments: [
      (200, .unknown), (204, .unknown), (301, .unknown), (400, .internalError),
      (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented), (405, .unknown),
      (418, .unknown), (429, .unavailable), (500, .unknown), (502, .unavailable),
      (503, .unavailable), (504, .unavailable), (599, .unknown),
    ] as [(Int, StatusCode)])
  func `an HTTP status without a gRPC status is mapped`(status: Int, code: StatusCode) async throws
  {
    for hasBody in [false, true] {
      let error = try await error { client in
        let request = try client.nextRequest()
        let fields = [(":status", "\(status)"), ("content-type", "text/html")]
        if hasBody {
          try client.answer(request, fields, body: Array("<h1>no</h1>".utf8), trailers: nil)
        } else {
          try client.answer(request, fields)
        }
      }
      #expect(error.code == code)
      #expect(error.origin == .remote)
    }
  }

  @Test func `a gRPC status counts more than the HTTP status beside it`() async throws {
    let error = try await error { client in
      try client.answer(
        try client.nextRequest(),
        [
          (":status", "503"), ("content-type", "application/grpc"), ("grpc-status", "9"),
          ("grpc-message", "not%20now"),
        ])
    }
    #expect(error.code == .failedPrecondition)
    #expect(error.message == "not now")
  }

  // gRPC over HTTP/2, "HTTP2 Transport Mapping: Errors".
  @Test(
    arguments: [
      (0x0, .internalError), (0x1, .internalError), (0x2, .internalError), (0x3, .internalError),
      (0x5, .internalError), (0x6, .internalError), (0x7, .unavailable), (0x8, .cancelled),
      (0x9, .internalError), (0xA, .internalError), (0xB, .resourceExhausted),
      (0xC, .permissionDenied), (0xD, .internalError), (0xFFFF, .internalError),
    ] as [(UInt32, StatusCode)])
  func `the code of a reset is mapped, before and after the headers`(
    http2: UInt32,
    code: StatusCode
  ) async throws {
    for hasHeaders in [false, true] {
      let error = try await error { client in
        for _ in 0..<2 {
          let request = try client.nextRequest()
          if hasHeaders {
            client.session.submitResponse(
              request.id, .fields(RawClient.headers.map { HeaderField($0, $1) }),
              body: OutboundBody())
            try client.flush()
          }
          try client.reset(request, HTTP2ErrorCode(rawValue: http2))
          // Only a refused call that has no headers comes a second time.
          if hasHeaders || http2 != 7 { return }
        }
      }
      #expect(error.code == code)
      #expect(error.origin == .remote)
      #expect(error.message.contains(HTTP2ErrorCode(rawValue: http2).description))
    }
  }

  @Test(
    arguments: [
      ("5", .notFound), ("16", .unauthenticated), ("17", .unknown), ("-1", .unknown),
      ("OK", .unknown), ("", .unknown), ("0", .internalError),  // OK, and no response.
    ] as [(String, StatusCode)])
  func `an answer of trailers only has their status`(text: String, code: StatusCode) async throws {
    let error = try await error { client in
      try client.answer(try client.nextRequest(), RawClient.headers + [("grpc-status", text)])
    }
    #expect(error.code == code)
  }

  struct Answer: Sendable, CustomTestStringConvertible {
    let name: String
    var headers = RawClient.headers
    var body: [UInt8] = [0, 0, 0, 0, 1, 65]
    var trailers: [(String, String)]? = [("grpc-status", "0")]
    let code: StatusCode
    var testDescription: String { name }
  }

  @Test(arguments: [
    Answer(name: "no trailers", trailers: nil, code: .unknown),
    Answer(name: "trailers without a status", trailers: [("x", "y")], code: .unknown),
    Answer(name: "two responses", body: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], code: .internalError),
    Answer(name: "half a message", body: [0, 0, 0, 0, 9, 65], code: .internalError),
    Answer(name: "half a prefix", body: [0, 0, 0], code: .internalError),
    Answer(
      name: "half a message, and a status of its own", body: [0, 0, 0, 0, 9, 65],
      trailers: [("grpc-status", "10")], code: .aborted),
    Answer(name: "a message of 4 GiB", body: [0, 255, 255, 255, 255], code: .resourceExhausted),
    Answer(name: "a flag that nobody knows", body: [2, 0, 0, 0, 0], code: .internalError),
    Answer(name: "compressed, without a name", body: [1, 0, 0, 0, 0], code: .internalError),
    Answer(
      name: "a compression that nobody knows",
      headers: RawClient.headers + [("grpc-encoding", "snappy")], code: .internalError),
    Answer(
      name: "compressed, and broken", headers: RawClient.headers + [("grpc-encoding", "gzip")],
      body: [1, 0, 0, 0, 1, 65], code: .internalError),
    Answer(
      name: "metadata that is no base64", headers: RawClient.headers + [("x-bin", "*")],
      code: .internalError),
    Answer(
      name: "headers over the limit",
      headers: RawClient.headers + [("x", String(repeating: "v", count: 17 << 10))],
      code: .resourceExhausted),
    Answer(
      name: "trailers over the limit",
      trailers: [("grpc-status", "0"), ("x", String(repeating: "v", count: 17 << 10))],
      code: .resourceExhausted),
  ])
  func `an answer that breaks the rules is an error of its call alone`(
    answer: Answer
  ) async throws {
    let server = try RawServer()
    let channel = try HTTP2Channel(target: server.address)
    async let played: Void = server.play { client in
      try client.answer(
        try client.nextRequest(), answer.headers, body: answer.body, trailers: answer.trailers)
      try client.answer(try client.nextRequest(), text: "fine")
      try client.readToEnd()
    }
    let error = try await failure { _ = try await channel.echo("x") }
    #expect(error.code == answer.code)
    #expect(try await channel.echo("x") == "fine")
    channel.close()
    try await played
  }

  @Test func `interim responses are passed over`() async throws {
    let result = try await outcome { client in
      let request = try client.nextRequest()
      // RFC 9110 §15.2: any number of 1xx; 0x48 is a literal with the name :status.
      try client.flush()
      for status in ["100", "103"] {
        client.write(
          WireBytes.frame(
            1, stream: Int(request.id.rawValue), flags: 4, [0x08, 3] + Array(status.utf8)))
      }
      try client.answer(request, text: "fine")
    }
    #expect(try result.get() == "fine")
  }

  @Test func `a header bomb by references to the table is cut at the limit`() async throws {
    let error = try await error { client in
      let request = try client.nextRequest()
      let value = String(repeating: "v", count: 100)
      // An entry of the table, and 4000 references to it, the newest entry (62).
      let block: [UInt8] =
        [0x88] + [0x40, 1] + Array("x".utf8) + [100] + Array(value.utf8)
        + [UInt8](repeating: 0xBE, count: 4000)
      client.write(WireBytes.frame(1, stream: Int(request.id.rawValue), flags: 5, block))
    }
    #expect(error.code == .resourceExhausted)
  }

  @Test func `what is no HTTP/2 makes the call fail with the reason`() async throws {
    let error = try await error { client in
      client.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
    }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("HTTP/2"))
  }

  @Test func `a server that says nothing is given up after the time limit`() async throws {
    var options = HTTP2ChannelOptions()
    options.connectTimeout = .milliseconds(50)
    options.backoff.initial = .milliseconds(10)
    let result = try await outcome(options) { client in
      while try client.readWithoutAnswer({ _ in }) {}
    }
    guard case .failure(let error) = result else {
      Issue.record("the call succeeded")
      return
    }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("time limit"))
  }

  @Test func `a server that falls silent is given up after a ping`() async throws {
    var options = HTTP2ChannelOptions()
    options.keepaliveInterval = .milliseconds(50)
    options.keepaliveTimeout = .milliseconds(50)
    let server = try RawServer()
    let channel = try HTTP2Channel(target: server.address, options: options)
    async let pings = server.play { client in
      _ = try client.nextRequest()
      // Reads on as a dead host would: not at all, until the client has closed.
      var pings = 0
      while try client.readWithoutAnswer({ bytes in pings += bytes }) {}
      return pings
    }
    let error = try await failure { _ = try await channel.echo("x") }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("ping"))
    let bytes = try await pings
    #expect(bytes >= 17, "a PING frame has 17 bytes")
    channel.close()
  }
}
