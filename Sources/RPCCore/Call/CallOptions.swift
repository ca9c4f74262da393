/// What a caller asks for one call, beside the request.
public struct CallOptions: Sendable {
  /// The time that the call may take, from its start; `nil` is for ever. The earliest of `timeout`,
  /// `deadline` and an inherited deadline counts.
  public var timeout: Duration?
  /// The instant by which the call must have ended.
  public var deadline: Deadline?
  /// Whether a call that a handler makes ends with the deadline of the call that it answers.
  public var inheritsDeadline = true
  /// Metadata that goes to the server with the request.
  public var metadata: Metadata
  /// Whether the call waits for a connection instead of failing at once with `.unavailable` while
  /// the server cannot be reached. The deadline still bounds the wait.
  public var waitForReady: Bool
  /// The largest message, in bytes, that is accepted from the server, also after decompression;
  /// `nil` is the limit of the channel.
  public var messageBytesMax: Int?
  /// How the requests are compressed. The server chooses for its responses.
  public var compression = CompressionAlgorithm.identity
  /// When the call is tried again after it has failed; `nil` is the policy of the channel.
  public var retry: RetryPolicy?

  /// Creates options.
  ///
  /// - Parameters:
  ///   - timeout: The time that the call may take.
  ///   - deadline: The instant by which the call must have ended.
  ///   - metadata: Metadata that goes to the server with the request.
  ///   - waitForReady: Whether the call waits for a connection instead of failing at once.
  ///   - messageBytesMax: The largest message that is accepted, in bytes.
  ///   - compression: How the requests are compressed.
  public init(
    timeout: Duration? = nil,
    deadline: Deadline? = nil,
    metadata: Metadata = [:],
    waitForReady: Bool = false,
    messageBytesMax: Int? = nil,
    compression: CompressionAlgorithm = .identity
  ) {
    self.timeout = timeout
    self.deadline = deadline
    self.metadata = metadata
    self.waitForReady = waitForReady
    self.messageBytesMax = messageBytesMax
    self.compression = compression
  }

  /// The deadline of a call that starts now in the task that asks: the earliest of `timeout`,
  /// `deadline` and the deadline of the call that the task answers.
  package var effectiveDeadline: Deadline? {
    var earliest = deadline
    if let timeout {
      let own = Deadline.after(timeout)
      earliest = earliest.map { min($0, own) } ?? own
    }
    if inheritsDeadline, let incoming = ServerContext.current?.deadline {
      earliest = earliest.map { min($0, incoming) } ?? incoming
    }
    return earliest
  }
}
