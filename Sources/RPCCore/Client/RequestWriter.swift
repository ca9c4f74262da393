/// Sends the requests of a streaming call. One task at a time may write.
public struct RequestWriter<Message: RPCMessage>: Sendable {
  private let stream: any ClientCallStream

  /// Creates a writer over the stream of a call.
  ///
  /// - Parameter stream: The stream of the call.
  public init(_ stream: any ClientCallStream) {
    self.stream = stream
  }

  /// Sends one request; suspends while the server reads too slowly.
  ///
  /// - Parameters:
  ///   - message: The request.
  ///   - compressed: Whether it is compressed when the requests of the call are.
  /// - Throws: `RPCError` with the status of the call when it has ended, `.cancelled` when the task
  ///   is.
  public func write(_ message: Message, compressed: Bool = true) async throws(RPCError) {
    try await stream.send(message: message, compressed: compressed)
  }

  /// Sends requests in order; suspends while the server reads too slowly.
  ///
  /// - Parameter messages: The requests.
  /// - Throws: `RPCError` as ``write(_:compressed:)`` does.
  public func write(contentsOf messages: some Sequence<Message>) async throws(RPCError) {
    for message in messages { try await stream.send(message: message) }
  }

  /// Says that no more requests come. Writing after it is refused.
  public func finish() {
    stream.finishSending()
  }
}
