/// The responses of a streaming call: a sequence for one consumer.
///
/// Not asking for the next response stops the server, by flow control. At the end a status other
/// than OK is thrown as `RPCError`.
public struct ResponseStream<Message: RPCMessage>: AsyncSequence, Sendable {
  /// A response.
  public typealias Element = Message
  /// Every failure is the status of the call.
  public typealias Failure = RPCError

  private let stream: any ClientCallStream

  /// Creates the sequence over the stream of a call.
  ///
  /// - Parameter stream: The stream of the call.
  public init(_ stream: any ClientCallStream) {
    self.stream = stream
  }

  /// Returns the next response, or `nil` when the call has ended well.
  ///
  /// - Returns: The response.
  /// - Throws: `RPCError` with the status of the call.
  public func next() async throws(RPCError) -> Message? {
    try await stream.receive(as: Message.self)
  }

  /// Suspends until the server has sent its initial metadata.
  ///
  /// - Returns: The initial metadata.
  /// - Throws: `RPCError` when the call failed before.
  public func initialMetadata() async throws(RPCError) -> Metadata {
    try await stream.initialMetadata()
  }

  /// Returns the metadata that came with the status; empty before the end.
  ///
  /// - Returns: The trailing metadata.
  public func trailingMetadata() async -> Metadata {
    await stream.trailingMetadata()
  }

  /// Whether the response that was read last came compressed.
  public var wasLastMessageCompressed: Bool { stream.wasLastMessageCompressed }

  /// Makes the iterator. All iterators share the one stream.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

  /// Takes responses one by one.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: any ClientCallStream

    /// Returns the next response, or `nil` when the call has ended well.
    public mutating func next() async throws(RPCError) -> Message? {
      try await stream.receive(as: Message.self)
    }

    /// Returns the next response without leaving the caller's actor.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Message? {
      try await stream.receive(as: Message.self)
    }
  }
}
