internal import Synchronization

/// What a handler knows about the call that it answers, beside the messages.
public final class ServerContext: Sendable {
  /// The call that the current task answers, if it answers one. Outgoing calls of the task inherit
  /// its deadline. Tasks that a handler starts see it too, until they end.
  @TaskLocal public static var current: ServerContext?

  /// The method that was called.
  public let method: MethodDescriptor
  /// The metadata of the request.
  public let metadata: Metadata
  /// The address of the client, for example `tcp://127.0.0.1:40312`.
  public let peer: String
  /// Who the client proved to be by its certificate; `nil` without mutual TLS.
  public let peerIdentity: PeerIdentity?
  /// The instant by which the call must have ended, as the client asked; `nil` is for ever. When it
  /// passes, the transport answers `.deadlineExceeded` and cancels the task of the handler.
  public let deadline: Deadline?
  /// How the client compresses its requests. Single messages may come without.
  public let requestCompression: CompressionAlgorithm
  /// What the client understands beside `.identity`.
  public var acceptedCompressions: [CompressionAlgorithm] {
    CompressionAlgorithm.parse(acceptList: acceptList)
  }
  /// The list as it came: few calls look at it.
  private let acceptList: String

  private struct State {
    var trailers = Metadata()
    var responseCompression = CompressionAlgorithm.identity
    var ending: RPCError?
    var trace: TraceContext?
    var principal: Principal?
  }

  private let stream: any ServerCallStream
  private let state = Mutex(State())
  private let cancelled = Atomic(false)

  /// Creates the context of one call.
  ///
  /// - Parameters:
  ///   - method: The method that was called.
  ///   - metadata: The metadata of the request.
  ///   - peer: The address of the client.
  ///   - peerIdentity: Who the client proved to be.
  ///   - deadline: The instant by which the call must have ended.
  ///   - requestCompression: How the client compresses its requests.
  ///   - acceptList: The names of the compressions that the client understands, with commas.
  ///   - stream: The stream of the call.
  public init(
    method: MethodDescriptor,
    metadata: Metadata,
    peer: String,
    peerIdentity: PeerIdentity? = nil,
    deadline: Deadline?,
    requestCompression: CompressionAlgorithm = .identity,
    acceptList: String = "",
    stream: any ServerCallStream
  ) {
    self.method = method
    self.metadata = metadata
    self.peer = peer
    self.peerIdentity = peerIdentity
    self.deadline = deadline
    self.requestCompression = requestCompression
    self.acceptList = acceptList
    self.stream = stream
  }

  /// Whether the client gave the call up, its connection is gone, or the deadline has passed.
  public var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  /// Why the call ended before its handler did; `nil` while it has not.
  public var cancellation: RPCError? { state.withLock(\.ending) }

  /// Metadata that goes to the client with the status. An error that a handler throws adds its own.
  public var trailingMetadata: Metadata {
    get { state.withLock(\.trailers) }
    set { state.withLock { $0.trailers = newValue } }
  }

  /// How the responses are compressed. It counts when it is set before the initial metadata or the
  /// first response, whichever is sent first; a client that does not understand it gets
  /// uncompressed responses.
  public var responseCompression: CompressionAlgorithm {
    get { state.withLock(\.responseCompression) }
    set { state.withLock { $0.responseCompression = newValue } }
  }

  /// How the responses will really be compressed.
  package var negotiatedCompression: CompressionAlgorithm {
    let wanted = responseCompression
    return wanted != .identity && acceptedCompressions.contains(wanted) ? wanted : .identity
  }

  /// Whether the request that was read last came compressed.
  public var wasLastRequestCompressed: Bool { stream.wasLastMessageCompressed }

  /// The trace that the call belongs to, once an interceptor has set it.
  public var trace: TraceContext? {
    get { state.withLock(\.trace) }
    set { state.withLock { $0.trace = newValue } }
  }

  /// Who calls, once an interceptor such as ``BearerAuthentication`` has found out.
  public var principal: Principal? {
    get { state.withLock(\.principal) }
    set { state.withLock { $0.principal = newValue } }
  }

  /// How the call ends whose handler threw an error: a call that ended before has its own reason.
  ///
  /// - Parameter error: What the handler threw.
  /// - Returns: The error with the code that the client sees.
  public func ending(of error: any Error) -> RPCError {
    cancellation ?? RPCError(translating: error)
  }

  /// Sends metadata ahead of the first response; without it, empty metadata goes with that response.
  ///
  /// - Parameter metadata: The initial metadata.
  /// - Throws: `RPCError` with `.failedPrecondition` when a response has been sent already.
  public func sendInitialMetadata(_ metadata: Metadata) async throws(RPCError) {
    try await stream.sendInitialMetadata(metadata)
  }

  /// The attempts of this call that failed before it (`grpc-previous-rpc-attempts`).
  public var previousAttempts: Int {
    metadata["grpc-previous-rpc-attempts"].flatMap { Int($0) } ?? 0
  }

  /// Tells a client that tries failed calls again when the next attempt is welcome. It counts when the
  /// call fails before it has sent anything.
  ///
  /// - Parameter wait: The wait before the next attempt, in whole milliseconds; `nil` asks for none.
  public func pushBackRetry(_ wait: Duration?) {
    let key = "grpc-retry-pushback-ms"
    let (seconds, attoseconds) = min(max(wait ?? .zero, .zero), .seconds(1_000_000)).components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    state.withLock { state in
      state.trailers.removeAll(forKey: key)
      state.trailers.appendReceived(
        .string(wait == nil ? "-1" : String(milliseconds)), forKey: key)
    }
  }

  /// Notes that nobody waits for the answer any more. Transports call it.
  ///
  /// - Parameter error: Why.
  public func markCancelled(_ error: RPCError) {
    state.withLock { $0.ending = $0.ending ?? error }
    cancelled.store(true, ordering: .releasing)
  }
}
