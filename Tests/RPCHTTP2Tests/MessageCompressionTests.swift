import RPCCore
import RPCHTTP2
import RPCTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MessageCompressionTests {
  private static let algorithms: [CompressionAlgorithm] = [.gzip, .deflate]
  private static let text = String(repeating: "compressible ", count: 1000)

  /// Answers in the compression that `x-respond` names, and says what came.
  private static func service() -> ProbeService {
    ProbeService(
      ask: { request, context in
        context.responseCompression =
          context.metadata["x-respond"].flatMap(CompressionAlgorithm.init(rawValue:)) ?? .identity
        context.trailingMetadata = [
          "x-was-compressed": .string("\(context.wasLastRequestCompressed)"),
          "x-encoding": .string(context.requestCompression.rawValue),
          "x-accepted": .string(
            context.acceptedCompressions.map(\.rawValue).joined(separator: " ")),
        ]
        return request
      },
      talk: { requests, responses, context in
        context.responseCompression = .gzip
        for try await request in requests {
          // The response is compressed when the request was not, and the other way round.
          try await responses.write(
            request, compressed: !requests.wasLastMessageCompressed)
        }
      })
  }

  @Test(arguments: algorithms, [0, 1, 13_000])
  func `requests are compressed as the call says`(
    algorithm: CompressionAlgorithm,
    size: Int
  ) async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { _, channel in
      let call = try await channel.open(
        ProbeService.ask, options: CallOptions(compression: algorithm))
      let bytes = Array(Self.text.utf8.prefix(size))
      try await call.send(bytes)
      call.finishSending()
      #expect(try await call.receive() == bytes)
      #expect(!call.wasLastMessageCompressed)
      #expect(try await call.receive() == nil)
      let trailing = await call.trailingMetadata()
      #expect(trailing["x-was-compressed"] == "true")
      #expect(trailing["x-encoding"] == algorithm.rawValue)
      #expect(trailing["x-accepted"] == "identity deflate gzip")
    }
  }

  @Test(arguments: algorithms)
  func `responses are compressed as the handler says`(
    algorithm: CompressionAlgorithm
  ) async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { _, channel in
      let options = CallOptions(metadata: ["x-respond": .string(algorithm.rawValue)])
      let call = try await channel.open(ProbeService.ask, options: options)
      try await call.send(Array(Self.text.utf8))
      call.finishSending()
      #expect(try await call.receive() == Array(Self.text.utf8))
      #expect(call.wasLastMessageCompressed)
      #expect(try await call.receive() == nil)
      #expect(await call.trailingMetadata()["x-was-compressed"] == "false")
    }
  }

  @Test func `single messages of a compressed stream go without`() async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { _, channel in
      try await channel.bidirectional(
        ProbeService.talk, options: CallOptions(compression: .gzip)
      ) { (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        for round in 0..<20 {
          let compressed = round % 3 == 0
          try await writer.write(BytesMessage(Self.text), compressed: compressed)
          let response = try await responses.next()
          #expect(response?.text == Self.text)
          #expect(responses.wasLastMessageCompressed == !compressed)
        }
        writer.finish()
        let end = try await responses.next()
        #expect(end == nil)
      }
    }
  }

  @Test func `a compressed stream is read by a task on the loop too`() async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { _, channel in
      let text = try await Task(executorPreference: channel.tasks) {
        try await channel.ask(Self.text, options: CallOptions(compression: .deflate))
      }.value
      #expect(text == Self.text)
    }
  }

  @Test(arguments: algorithms)
  func `a bomb ends the call at the limit, on the server and on the client`(
    algorithm: CompressionAlgorithm
  ) async throws {
    var options = HTTP2ServerOptions()
    options.messageBytesMax = 1 << 20
    let bomb = BytesMessage([UInt8](repeating: 0, count: 1 << 20 + 1))
    let service = ProbeService(ask: { _, context in
      context.responseCompression = algorithm
      return bomb
    })
    try await withServer(RPCRouter(services: [service]), serverOptions: options) { _, channel in
      let atServer = try await failure {
        let _: BytesMessage = try await channel.unary(
          bomb, ProbeService.ask, options: CallOptions(compression: algorithm))
      }
      #expect(atServer.code == .resourceExhausted)
      #expect(atServer.origin == .remote)
      let atClient = try await failure {
        _ = try await channel.ask("x", options: CallOptions(messageBytesMax: 1 << 20))
      }
      #expect(atClient.code == .resourceExhausted)
      #expect(atClient.origin == .local)
      let fits = try await channel.ask("x")
      #expect(fits.utf8.count == 1 << 20 + 1)
    }
  }

  @Test(arguments: algorithms)
  func `a bomb that is read after the status has come is no missing message`(
    algorithm: CompressionAlgorithm
  ) async throws {
    let service = ProbeService(ask: { _, context in
      context.responseCompression = algorithm
      return BytesMessage([UInt8](repeating: 0, count: 1 << 20 + 1))
    })
    try await withServer(RPCRouter(services: [service])) { _, channel in
      let call = try await channel.open(
        ProbeService.ask, options: CallOptions(messageBytesMax: 1 << 20))
      try await call.send([1])
      call.finishSending()
      await withCheckedContinuation { continuation in
        call.whenEnded { _, _ in continuation.resume() }
      }
      for _ in 0..<2 {
        let error = try await failure { _ = try await call.receive() }
        #expect(error.code == .resourceExhausted)
        #expect(error.origin == .local)
      }
    }
  }

  @Test func `an unknown encoding is refused with the list of those that are known`() async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { server, _ in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      let answer = try peer.call(
        path: ProbeService.ask.path, body: [1], extra: [("grpc-encoding", "snappy")])
      #expect(answer["grpc-status"] == "12")
      #expect(answer["grpc-accept-encoding"] == "identity,deflate,gzip")
      #expect(answer["grpc-message"]?.contains("snappy") == true)
    }
  }

  @Test(arguments: [
    (flag: UInt8(1), encoding: "identity"),  // The flag without an encoding.
    (flag: 2, encoding: "gzip"),  // A flag that does not exist.
    (flag: 1, encoding: "gzip"),  // Bytes that are no gzip.
  ])
  func `a wrong flag or broken bytes are an internal error`(
    flag: UInt8,
    encoding: String
  ) async throws {
    try await withServer(RPCRouter(services: [Self.service()])) { server, channel in
      let peer = try RawPeer(try #require(server.boundAddresses.first))
      let answer = try peer.call(
        path: ProbeService.ask.path, rawBody: [flag, 0, 0, 0, 3, 1, 2, 3],
        extra: [("grpc-encoding", encoding)])
      #expect(answer["grpc-status"] == "13")
      #expect(try await channel.ask("next") == "next")
    }
  }

  @Test func `a client that does not understand a compression gets none`() async throws {
    let wanted = Mutex(CompressionAlgorithm.gzip)
    let service = ProbeService(ask: { request, context in
      context.responseCompression = wanted.withLock { $0 }
      return request
    })
    try await withServer(RPCRouter(services: [service])) { server, _ in
      for (extra, encoding) in [
        ([], nil), ([("grpc-accept-encoding", "deflate, br")], nil),
        ([("grpc-accept-encoding", "br, gzip")], "gzip"),
      ] as [([(String, String)], String?)] {
        let peer = try RawPeer(try #require(server.boundAddresses.first))
        let answer = try peer.call(path: ProbeService.ask.path, body: [1], extra: extra)
        #expect(answer["grpc-status"] == "0")
        #expect(answer["grpc-encoding"] == encoding)
      }
    }
  }
}
