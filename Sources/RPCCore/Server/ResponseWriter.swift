/// Sends the responses of a streaming call. One task at a time may write.
public struct ResponseWriter<Message: RPCMessage>: Sendable {
  private let stream: any MessageStream

  /// Creates a writer over the stream of a call.
  ///
  /// - Parameter stream: The stream of the call.
  public init(_ stream: any MessageStream) {
    self.stream = stream
  }

  /// Sends one response; suspends while the client reads too slowly.
  ///
  /// - Parameters:
  ///   - message: The response.
  ///   - compressed: Whether it is compressed when the responses of the call are.
  /// - Throws: `RPCError` when the call has ended or the task is cancelled.
  public func write(_ message: Message, compressed: Bool = true) async throws(RPCError) {
    try await stream.send(message: message, compressed: compressed)
  }

  /// Sends responses in order; suspends while the client reads too slowly.
  ///
  /// - Parameter messages: The responses.
  /// - Throws: `RPCError` when the call has ended or the task is cancelled.
  public func write(contentsOf messages: some Sequence<Message>) async throws(RPCError) {
    for message in messages { try await stream.send(message: message) }
  }
}
