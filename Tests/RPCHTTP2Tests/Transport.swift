import RPCCore
import RPCHTTP2
import RPCInProcess
import RPCTesting
import Testing

/// The ways from a channel to a router: what holds for one holds for all.
enum Transport: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case tcp
  case unix
  case tls
  case inProcess

  var testDescription: String { rawValue }

  /// Runs a body with a channel to a router.
  func withChannel(
    to router: RPCRouter,
    messageBytesMax: Int = CallLimits.messageBytesMax,
    _ body: (any RPCChannel) async throws -> Void
  ) async throws {
    var server = HTTP2ServerOptions()
    var client = HTTP2ChannelOptions()
    server.messageBytesMax = messageBytesMax
    client.messageBytesMax = messageBytesMax
    switch self {
    case .tcp, .unix, .tls:
      let place: Place = self == .tcp ? .tcp : self == .unix ? .unix : .tls
      try await withServer(
        router, at: place, serverOptions: server, channelOptions: client
      ) { _, channel in try await body(channel) }
    case .inProcess:
      try await body(InProcessChannel(router, messageBytesMax: messageBytesMax))
    }
  }
}

/// One well-behaved call of each kind to ``EchoService``.
enum CallKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case unary
  case clientStreaming
  case serverStreaming
  case bidirectional

  var testDescription: String { rawValue }

  var method: MethodDescriptor {
    switch self {
    case .unary: EchoService.echo
    case .clientStreaming: EchoService.collect
    case .serverStreaming: EchoService.expand
    case .bidirectional: EchoService.chat
    }
  }

  /// Makes the call and checks its answer.
  func run(on channel: any RPCChannel, options: CallOptions = CallOptions()) async throws {
    switch self {
    case .unary: #expect(try await channel.echo("x", options: options) == "x")
    case .clientStreaming:
      let total: BytesMessage = try await channel.clientStreaming(method, options: options) {
        (writer: RequestWriter<BytesMessage>) in
        for size in [10, 0, 100_000] {
          try await writer.write(BytesMessage([UInt8](repeating: 1, count: size)))
        }
      }
      #expect(total.text == "100010")
    case .serverStreaming:
      let count = try await channel.serverStreaming(
        BytesMessage("500 100"), method, options: options
      ) { (responses: ResponseStream<BytesMessage>) in
        var count = 0
        for try await response in responses { count += response.bytes.count }
        return count
      }
      #expect(count == 50_000)
    case .bidirectional:
      try await channel.bidirectional(method, options: options) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        for round in 0..<20 {
          try await writer.write(BytesMessage("\(round)"))
          let response = try await responses.next()
          #expect(response?.text == "\(round)")
        }
        writer.finish()
        let end = try await responses.next()
        #expect(end == nil)
      }
    }
  }
}
