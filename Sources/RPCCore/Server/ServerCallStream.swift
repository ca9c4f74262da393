/// The server side of one call, as a transport offers it.
public protocol ServerCallStream: MessageStream {
  /// Sends the headers of the response before the first message; later calls have no effect.
  ///
  /// - Parameter metadata: The initial metadata.
  /// - Throws: `RPCError` with `.failedPrecondition` when messages have been sent already.
  func sendInitialMetadata(_ metadata: Metadata) async throws(RPCError)
}
