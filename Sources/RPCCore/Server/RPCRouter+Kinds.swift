extension RPCRouter {
  /// Adds the handler of a unary method.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - body: Answers one request.
  public mutating func unary<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ body: @escaping @Sendable (Request, ServerContext) async throws -> Response
  ) {
    handle(method) { stream, context in
      let request = try await Self.singleRequest(Request.self, of: stream)
      let response = try await body(request, context)
      try await stream.send(message: response)
    }
  }

  /// Adds the handler of a client-streaming method.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - body: Reads the requests and returns the response.
  public mutating func clientStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ body: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Response
  ) {
    handle(method) { stream, context in
      let response = try await body(RequestStream(stream), context)
      try await stream.send(message: response)
    }
  }

  /// Adds the handler of a server-streaming method.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - body: Answers one request with any number of responses.
  public mutating func serverStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ body:
      @escaping @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws -> Void
  ) {
    handle(method) { stream, context in
      let request = try await Self.singleRequest(Request.self, of: stream)
      try await body(request, ResponseWriter(stream), context)
    }
  }

  /// Adds the handler of a bidirectional method.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - body: Reads requests and writes responses in any order.
  public mutating func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ body:
      @escaping @Sendable (
        RequestStream<Request>, ResponseWriter<Response>, ServerContext
      ) async throws -> Void
  ) {
    handle(method) { stream, context in
      try await body(RequestStream(stream), ResponseWriter(stream), context)
    }
  }

  /// gRPC: a unary request with no message, or with two, is refused with UNIMPLEMENTED.
  @inline(__always)
  private static func singleRequest<Request: RPCMessage>(
    _ type: Request.Type,
    of stream: any ServerCallStream
  ) async throws(RPCError) -> Request {
    guard let request = try await stream.receive(as: type) else {
      throw RPCError(.unimplemented, "the call takes one request and none came")
    }
    guard try await stream.receiveBytes() == nil else {
      throw RPCError(.unimplemented, "the call takes one request and more came")
    }
    return request
  }
}
