/// Finds the handler of a call by its path, and runs it.
public struct RPCRouter: Sendable {
  /// A handler as transports run it.
  public typealias Body =
    @Sendable (_ stream: any ServerCallStream, _ context: ServerContext) async throws -> Void

  /// One method with the code that answers it.
  public final class Method: Sendable {
    /// The method.
    public let descriptor: MethodDescriptor
    private let body: Body
    private let interceptors: [any ServerInterceptor]

    init(
      descriptor: MethodDescriptor, body: @escaping Body, interceptors: [any ServerInterceptor]
    ) {
      self.descriptor = descriptor
      self.body = body
      self.interceptors = interceptors
    }
  }

  /// The services that were registered, in order; server reflection lists them.
  public private(set) var services: [ServiceDescriptor] = []
  private var methods: [String: Method] = [:]
  private var serviceNames: Set<String> = []
  private let interceptors: [any ServerInterceptor]

  /// Creates a router.
  ///
  /// - Parameters:
  ///   - services: The services to register.
  ///   - interceptors: Code around every call; the first is the outermost.
  public init(
    services: [any RPCService] = [],
    interceptors: [any ServerInterceptor] = []
  ) {
    self.interceptors = interceptors
    for service in services { register(service) }
  }

  /// Adds a service.
  ///
  /// - Parameter service: The service; registering two of one name is a mistake of the program.
  public mutating func register(_ service: some RPCService) {
    let descriptor = type(of: service).descriptor
    precondition(
      serviceNames.insert(descriptor.fullName).inserted,
      "service \(descriptor.fullName) is registered twice")
    services.append(descriptor)
    service.registerMethods(in: &self)
  }

  /// Finds the method of a `:path`.
  ///
  /// - Parameter path: The path, for example `/bench.Bench/Echo`.
  /// - Returns: The method.
  /// - Throws: `RPCError` with `.unimplemented` that says whether the service or the method is
  ///   unknown.
  public func method(at path: String) throws(RPCError) -> Method {
    if let method = methods[path] { return method }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty else {
      throw RPCError(.unimplemented, "path is not /service/method")
    }
    let service = String(parts[1])
    throw RPCError(
      .unimplemented,
      serviceNames.contains(service)
        ? "service \(service) has no method \(parts[2])" : "no service \(service) here")
  }

  /// Adds a handler that works on the stream itself.
  ///
  /// - Parameters:
  ///   - descriptor: The method.
  ///   - body: The code that answers it.
  public mutating func handle(_ descriptor: MethodDescriptor, _ body: @escaping Body) {
    precondition(methods[descriptor.path] == nil, "method \(descriptor.path) is registered twice")
    serviceNames.insert(descriptor.service)
    methods[descriptor.path] = Method(
      descriptor: descriptor, body: body, interceptors: interceptors)
  }
}

extension RPCRouter.Method {
  /// Answers one call.
  ///
  /// - Parameters:
  ///   - stream: The stream of the call.
  ///   - context: What the handler knows about it.
  /// - Returns: The status and the trailing metadata that end the call.
  public func run(
    _ stream: any ServerCallStream,
    _ context: ServerContext
  ) async -> (status: Status, trailers: Metadata) {
    do {
      if interceptors.isEmpty {
        try await body(stream, context)
      } else {
        try await intercepted(from: 0, stream, context)
      }
      return (.ok, context.trailingMetadata)
    } catch {
      let failure = RPCError(translating: error)
      var trailers = context.trailingMetadata
      trailers.append(contentsOf: failure.metadata)
      return (failure.status, trailers)
    }
  }

  private func intercepted(
    from index: Int,
    _ stream: any ServerCallStream,
    _ context: ServerContext
  ) async throws {
    guard index < interceptors.count else { return try await body(stream, context) }
    try await interceptors[index].intercept(context) {
      try await intercepted(from: index + 1, stream, context)
    }
  }
}
