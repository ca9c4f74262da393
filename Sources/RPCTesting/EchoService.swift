public import RPCCore

/// A service of all four kinds whose behaviour the request chooses.
///
/// | method | request | behaviour |
/// | --- | --- | --- |
/// | `Echo` | `fail` | throws ``EchoService/failure`` |
/// | | `hang` | waits until it is cancelled |
/// | | anything else | answers the same, with the `x-` metadata of the request both ways |
/// | `Collect` | any number | answers the total of their bytes |
/// | | `stop` | answers at once, without reading on |
/// | `Expand` | `count size` | so many messages of so many bytes |
/// | `Chat` | any number | each back as it comes |
public final class EchoService: RPCService {
  /// The name of the service.
  public static let name = "testing.Echo"
  /// One request, one response.
  public static let echo = MethodDescriptor(service: name, name: "Echo", kind: .unary)
  /// Many requests, one response.
  public static let collect = MethodDescriptor(
    service: name, name: "Collect", kind: .clientStreaming)
  /// One request, many responses.
  public static let expand = MethodDescriptor(
    service: name, name: "Expand", kind: .serverStreaming)
  /// Many both ways.
  public static let chat = MethodDescriptor(service: name, name: "Chat", kind: .bidirectional)

  /// The service with its methods.
  public static let descriptor = ServiceDescriptor(
    fullName: name, methods: [echo, collect, expand, chat])

  /// What `fail` throws.
  public static let failure = RPCError(
    .notFound, "no häusle: 100%",
    metadata: ["x-reason": "gone", "x-raw-bin": .binary([0, 255, 7])], details: [8, 5])

  /// Handlers that were cancelled.
  public let cancelled = Tally()
  /// Handlers that have begun to hang.
  public let hanging = Tally()
  /// Messages that `Expand` has written.
  public let written = Tally()

  /// Creates the service.
  public init() {}

  /// Adds the four methods.
  public func registerMethods(in router: inout RPCRouter) {
    router.unary(Self.echo) { (request: BytesMessage, context) in
      try await self.echo(request, context)
    }
    router.clientStreaming(Self.collect) { (requests: RequestStream<BytesMessage>, _) in
      var total = 0
      for try await request in requests {
        if request.text == "stop" { return BytesMessage("stopped") }
        total += request.bytes.count
      }
      return BytesMessage("\(total)")
    }
    router.serverStreaming(Self.expand) {
      (request: BytesMessage, responses: ResponseWriter<BytesMessage>, _) in
      try await self.expand(request, responses)
    }
    router.bidirectional(Self.chat) {
      (requests: RequestStream<BytesMessage>, responses: ResponseWriter<BytesMessage>, _) in
      do {
        for try await request in requests { try await responses.write(request) }
      } catch {
        self.cancelled.increment()
        throw error
      }
    }
  }

  private func echo(_ request: BytesMessage, _ context: ServerContext) async throws -> BytesMessage
  {
    switch request.text {
    case "fail": throw Self.failure
    case "hang":
      hanging.increment()
      do {
        try await Task.sleep(for: .seconds(3600))
      } catch {
        cancelled.increment()
        throw error
      }
      return request
    default:
      var echoed = Metadata()
      for entry in context.metadata where entry.key.hasPrefix("x-") {
        switch entry.value {
        case .string(let text): try echoed.append(text, forKey: entry.key)
        case .binary(let bytes): try echoed.append(binary: bytes, forKey: entry.key)
        }
      }
      if !echoed.isEmpty {
        try await context.sendInitialMetadata(echoed)
        context.trailingMetadata = echoed
      }
      return request
    }
  }

  private func expand(
    _ request: BytesMessage,
    _ responses: ResponseWriter<BytesMessage>
  ) async throws {
    let numbers = request.text.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 2 else { throw RPCError(.invalidArgument, "want: count size") }
    let message = BytesMessage([UInt8](repeating: 7, count: numbers[1]))
    do {
      for _ in 0..<numbers[0] {
        try await responses.write(message)
        written.increment()
      }
    } catch {
      cancelled.increment()
      throw error
    }
  }
}
