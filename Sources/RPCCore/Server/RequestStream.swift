/// The requests of a streaming call: a sequence for one consumer.
///
/// Not asking for the next request stops the client, by flow control. It throws `RPCError`:
/// `.cancelled` when the client is gone, `.invalidArgument` for a message that cannot be decoded.
public struct RequestStream<Message: RPCMessage>: AsyncSequence, Sendable {
  /// A request.
  public typealias Element = Message
  /// Every failure is a call that ended.
  public typealias Failure = RPCError

  private let stream: any MessageStream

  /// Creates the sequence over the stream of a call.
  ///
  /// - Parameter stream: The stream of the call.
  public init(_ stream: any MessageStream) {
    self.stream = stream
  }

  /// Returns the next request, or `nil` when the client has sent its last.
  ///
  /// - Returns: The request.
  /// - Throws: `RPCError` when the call has ended or the bytes are no such message.
  public func next() async throws(RPCError) -> Message? {
    try await stream.receive(as: Message.self)
  }

  /// Whether the request that was read last came compressed.
  public var wasLastMessageCompressed: Bool { stream.wasLastMessageCompressed }

  /// Makes the iterator. All iterators share the one stream.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

  /// Takes requests one by one.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: any MessageStream

    /// Returns the next request, or `nil` when the client has sent its last.
    public mutating func next() async throws(RPCError) -> Message? {
      try await stream.receive(as: Message.self)
    }

    /// Returns the next request without leaving the caller's actor.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Message? {
      try await stream.receive(as: Message.self)
    }
  }
}
