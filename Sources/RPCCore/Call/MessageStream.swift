/// Both directions of one call as a transport offers them: messages as bytes, with back-pressure.
///
/// One task at a time may send and one at a time may receive. Every function may be called from any
/// executor; on the transport's own executor none of them changes threads.
public protocol MessageStream: AnyObject, Sendable {
  /// Takes one message if that needs neither a thread hop nor a wait.
  ///
  /// - Parameters:
  ///   - message: The message; encoded straight into the buffer of the stream.
  ///   - compressed: Whether the message is compressed when the call has a compression.
  /// - Returns: What the caller does next.
  /// - Throws: `RPCError` when the call has ended.
  func sendNow<Message: RPCMessage>(
    _ message: Message, compressed: Bool
  ) throws(RPCError) -> SendOutcome

  /// Sends one encoded message and suspends until the stream takes more.
  ///
  /// Cancelling the task makes it throw `.cancelled`; the message may have gone out.
  ///
  /// - Parameters:
  ///   - bytes: The encoding, without the length prefix of the wire.
  ///   - compressed: Whether the message is compressed when the call has a compression.
  /// - Throws: `RPCError` when the call has ended or the task is cancelled.
  func send(_ bytes: [UInt8], compressed: Bool) async throws(RPCError)

  /// Suspends until the stream takes more, that is, until the peer has read enough.
  ///
  /// - Throws: `RPCError` when the call has ended or the task is cancelled.
  func waitUntilWritable() async throws(RPCError)

  /// Takes the next message of the peer if that needs neither a thread hop nor a wait.
  ///
  /// - Returns: What ``receive()`` would return or throw; `nil` when it would suspend.
  func receiveNow() -> Result<[UInt8]?, RPCError>?

  /// Returns the next message of the peer, or `nil` when it has sent its last.
  ///
  /// Returns the credit for the message to the peer, so a task that stops receiving stops the peer.
  ///
  /// - Throws: `RPCError` when the call has failed or the task is cancelled.
  func receive() async throws(RPCError) -> [UInt8]?

  /// Whether the message that was received last came compressed. `false` in memory.
  var wasLastMessageCompressed: Bool { get }
}

/// What became of a message that was offered by `sendNow`.
public enum SendOutcome: Sendable, Hashable {
  /// Taken, and there is room for more.
  case sent
  /// Taken, and the stream is full: call `waitUntilWritable` before the next.
  case sentAndFull
  /// Not taken, because the caller is not on the executor of the stream: call `send` instead.
  case needsHop
}

extension MessageStream {
  /// Nothing is compressed, unless a transport says otherwise.
  public var wasLastMessageCompressed: Bool { false }

  /// Sends one encoded message, compressed when the call has a compression.
  ///
  /// - Parameter bytes: The encoding, without the length prefix of the wire.
  /// - Throws: `RPCError` when the call has ended or the task is cancelled.
  public func send(_ bytes: [UInt8]) async throws(RPCError) {
    try await send(bytes, compressed: true)
  }

  /// Nothing is ready, unless a transport says otherwise.
  public func receiveNow() -> Result<[UInt8]?, RPCError>? { nil }

  /// Sends one message and suspends only while the stream is full.
  @inline(__always)
  func send<Message: RPCMessage>(
    message: Message,
    compressed: Bool = true
  ) async throws(RPCError) {
    switch try sendNow(message, compressed: compressed) {
    case .sent: return
    case .sentAndFull: try await waitUntilWritable()
    case .needsHop:
      var bytes: [UInt8] = []
      message.serialize(into: &bytes)
      try await send(bytes, compressed: compressed)
    }
  }

  /// Receives one message and suspends only while there is none: a suspension that is not needed costs
  /// as much as to decode a small message.
  @inline(__always)
  func receiveBytes() async throws(RPCError) -> [UInt8]? {
    if let ready = receiveNow() { return try ready.get() }
    return try await receive()
  }

  /// Receives and decodes one message.
  @inline(__always)
  func receive<Message: RPCMessage>(
    as type: Message.Type
  ) async throws(RPCError) -> Message? {
    guard let bytes = try await receiveBytes() else { return nil }
    return try Message(bytes)
  }
}
