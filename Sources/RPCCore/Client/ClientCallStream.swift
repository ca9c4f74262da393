/// The client side of one call, as a transport offers it.
///
/// `receive()` throws the status of the call when it is not OK, and returns `nil` when it is.
public protocol ClientCallStream: MessageStream {
  /// Says that no more requests come; later calls have no effect.
  func finishSending()

  /// Gives the call up; the server is told with RST_STREAM. No effect once the call has ended.
  func cancel()

  /// Suspends until the headers of the response are here.
  ///
  /// - Returns: The initial metadata; empty when the server answered with trailers only.
  /// - Throws: `RPCError` when the call failed before.
  func initialMetadata() async throws(RPCError) -> Metadata

  /// The status with which the call ended, once it has.
  func status() async -> Status?

  /// The metadata that came with the status; empty before.
  func trailingMetadata() async -> Metadata

  /// Has a function called once with the end of the call, whoever ended it and whether or not
  /// anybody reads on; at once when it has ended.
  ///
  /// - Parameter body: Gets the status and the trailing metadata, on the transport's executor. It
  ///   must not block.
  func whenEnded(_ body: @escaping @Sendable (Status, Metadata) -> Void)
}
