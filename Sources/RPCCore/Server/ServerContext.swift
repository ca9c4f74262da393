internal import Synchronization

/// What a handler knows about the call that it answers, beside the messages.
public final class ServerContext: Sendable {
  /// The method that was called.
  public let method: MethodDescriptor
  /// The metadata of the request.
  public let metadata: Metadata
  /// The address of the client, for example `tcp://127.0.0.1:40312`.
  public let peer: String
  /// The instant by which the call must have ended, as the client asked; `nil` is for ever. When it
  /// passes, the transport answers `.deadlineExceeded` and cancels the task of the handler.
  public let deadline: Deadline?

  private let stream: any ServerCallStream
  private let trailers = Mutex(Metadata())
  private let cancelled = Atomic(false)

  /// Creates the context of one call.
  ///
  /// - Parameters:
  ///   - method: The method that was called.
  ///   - metadata: The metadata of the request.
  ///   - peer: The address of the client.
  ///   - deadline: The instant by which the call must have ended.
  ///   - stream: The stream of the call.
  public init(
    method: MethodDescriptor,
    metadata: Metadata,
    peer: String,
    deadline: Deadline?,
    stream: any ServerCallStream
  ) {
    self.method = method
    self.metadata = metadata
    self.peer = peer
    self.deadline = deadline
    self.stream = stream
  }

  /// Whether the client gave the call up, its connection is gone, or the deadline has passed.
  public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  /// Metadata that goes to the client with the status. An error that a handler throws adds its own.
  public var trailingMetadata: Metadata {
    get { trailers.withLock { $0 } }
    set { trailers.withLock { $0 = newValue } }
  }

  /// Sends metadata ahead of the first response; without it, empty metadata goes with that response.
  ///
  /// - Parameter metadata: The initial metadata.
  /// - Throws: `RPCError` with `.failedPrecondition` when a response has been sent already.
  public func sendInitialMetadata(_ metadata: Metadata) async throws(RPCError) {
    try await stream.sendInitialMetadata(metadata)
  }

  /// Notes that nobody waits for the answer any more. Transports call it.
  public func markCancelled() {
    cancelled.store(true, ordering: .releasing)
  }
}
