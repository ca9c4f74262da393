public import RPCCore

/// A service whose handlers are given by the test, over methods of the four kinds.
public struct ProbeService: RPCService {
  /// The name of the service.
  public static let name = "testing.Probe"
  /// One request, one response.
  public static let ask = MethodDescriptor(service: name, name: "Ask", kind: .unary)
  /// Any number of messages both ways.
  public static let talk = MethodDescriptor(service: name, name: "Talk", kind: .bidirectional)
  /// The service with its methods.
  public static let descriptor = ServiceDescriptor(fullName: name, methods: [ask, talk])

  /// A handler of `Ask`.
  public typealias Ask = @Sendable (BytesMessage, ServerContext) async throws -> BytesMessage
  /// A handler of `Talk`.
  public typealias Talk =
    @Sendable (RequestStream<BytesMessage>, ResponseWriter<BytesMessage>, ServerContext)
    async throws -> Void

  private let ask: Ask
  private let talk: Talk

  /// Creates the service.
  ///
  /// - Parameters:
  ///   - ask: Answers `Ask`; without it, the request comes back.
  ///   - talk: Answers `Talk`; without it, each request comes back.
  public init(
    ask: @escaping Ask = { request, _ in request },
    talk: @escaping Talk = { requests, responses, _ in
      for try await request in requests { try await responses.write(request) }
    }
  ) {
    self.ask = ask
    self.talk = talk
  }

  /// Adds both methods.
  public func registerMethods(in router: inout RPCRouter) {
    router.unary(Self.ask, ask)
    router.bidirectional(Self.talk, talk)
  }
}

extension RPCChannel {
  /// Calls `Ask` with text.
  ///
  /// - Parameters:
  ///   - text: The request.
  ///   - options: What the caller asks beside the request.
  /// - Returns: The text of the response.
  /// - Throws: `RPCError` with the status of the call.
  public func ask(
    _ text: String,
    options: CallOptions = CallOptions()
  ) async throws(RPCError) -> String {
    let response: BytesMessage = try await unary(
      BytesMessage(text), ProbeService.ask, options: options)
    return response.text
  }
}
