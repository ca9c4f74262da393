/// What a caller asks for one call, beside the request.
public struct CallOptions: Sendable {
  /// The time that the call may take, from its start; `nil` is for ever. The earlier of `timeout`
  /// and `deadline` counts.
  public var timeout: Duration?
  /// The instant by which the call must have ended, for example that of an incoming call.
  public var deadline: Deadline?
  /// Metadata that goes to the server with the request.
  public var metadata: Metadata
  /// Whether the call waits for a connection instead of failing at once with `.unavailable` while
  /// the server cannot be reached. The deadline still bounds the wait.
  public var waitForReady: Bool
  /// The largest message, in bytes, that is accepted from the server; `nil` is the limit of the
  /// channel.
  public var messageBytesMax: Int?

  /// Creates options.
  ///
  /// - Parameters:
  ///   - timeout: The time that the call may take.
  ///   - deadline: The instant by which the call must have ended.
  ///   - metadata: Metadata that goes to the server with the request.
  ///   - waitForReady: Whether the call waits for a connection instead of failing at once.
  ///   - messageBytesMax: The largest message that is accepted, in bytes.
  public init(
    timeout: Duration? = nil,
    deadline: Deadline? = nil,
    metadata: Metadata = [:],
    waitForReady: Bool = false,
    messageBytesMax: Int? = nil
  ) {
    self.timeout = timeout
    self.deadline = deadline
    self.metadata = metadata
    self.waitForReady = waitForReady
    self.messageBytesMax = messageBytesMax
  }

  /// The deadline of a call that starts now: the earlier of `timeout` and `deadline`.
  package var effectiveDeadline: Deadline? {
    guard let timeout else { return deadline }
    let ownDeadline = Deadline.after(timeout)
    guard let deadline else { return ownDeadline }
    return min(deadline, ownDeadline)
  }
}
