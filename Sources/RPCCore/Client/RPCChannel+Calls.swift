extension RPCChannel {
  /// Calls a unary method.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - method: The method.
  ///   - options: What the caller asks beside the request.
  /// - Returns: The response.
  /// - Throws: `RPCError` with the status of the call.
  public func unary<Request: RPCMessage, Response: RPCMessage>(
    _ request: Request,
    _ method: MethodDescriptor,
    options: CallOptions = CallOptions()
  ) async throws(RPCError) -> Response {
    let call = try await open(method, options: options)
    defer { call.cancel() }
    try await Self.sendOnly(request, on: call)
    return try await Self.onlyResponse(of: call)
  }

  /// Calls a client-streaming method. The end of the body is the end of the requests.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - options: What the caller asks beside the requests.
  ///   - body: Writes the requests. Throwing from it cancels the call.
  /// - Returns: The response.
  /// - Throws: `RPCError` with the status of the call, or what the body threw.
  public func clientStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    options: CallOptions = CallOptions(),
    _ body: (RequestWriter<Request>) async throws -> Void
  ) async throws -> Response {
    let call = try await open(method, options: options)
    defer { call.cancel() }
    do {
      try await body(RequestWriter(call))
    } catch {
      // A server may answer before it has read everything: then its answer counts, not the writer's
      // failure.
      guard await call.status() != nil else { throw error }
    }
    call.finishSending()
    return try await Self.onlyResponse(of: call)
  }

  /// Calls a server-streaming method. Leaving the body before the end cancels the call.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - method: The method.
  ///   - options: What the caller asks beside the request.
  ///   - body: Reads the responses.
  /// - Returns: What the body returned.
  /// - Throws: `RPCError` with the status of the call, or what the body threw.
  public func serverStreaming<Request: RPCMessage, Response: RPCMessage, Result>(
    _ request: Request,
    _ method: MethodDescriptor,
    options: CallOptions = CallOptions(),
    _ body: (ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    let call = try await open(method, options: options)
    defer { call.cancel() }
    try await Self.sendOnly(request, on: call)
    return try await body(ResponseStream(call))
  }

  /// Calls a bidirectional method. Leaving the body before the end cancels the call.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - options: What the caller asks beside the requests.
  ///   - body: Writes requests and reads responses; it calls `finish()` when no more requests come.
  /// - Returns: What the body returned.
  /// - Throws: `RPCError` with the status of the call, or what the body threw.
  public func bidirectional<Request: RPCMessage, Response: RPCMessage, Result>(
    _ method: MethodDescriptor,
    options: CallOptions = CallOptions(),
    _ body: (RequestWriter<Request>, ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    let call = try await open(method, options: options)
    defer { call.cancel() }
    return try await body(RequestWriter(call), ResponseStream(call))
  }

  /// Sends the one request of a call. A server that has answered already is no failure here: its
  /// status is read next.
  private static func sendOnly<Request: RPCMessage>(
    _ request: Request,
    on call: any ClientCallStream
  ) async throws(RPCError) {
    do throws(RPCError) {
      try await call.send(message: request)
    } catch {
      guard await call.status() != nil else { throw error }
    }
    call.finishSending()
  }

  private static func onlyResponse<Response: RPCMessage>(
    of call: any ClientCallStream
  ) async throws(RPCError) -> Response {
    guard let response = try await call.receive(as: Response.self) else {
      throw RPCError(.internalError, "the server ended the call with OK and without a response")
    }
    guard try await call.receiveBytes() == nil else {
      throw RPCError(.internalError, "the server sent more than the one response of the call")
    }
    return response
  }
}
