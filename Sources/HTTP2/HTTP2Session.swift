/// One side of an HTTP/2 connection: bytes in, events and bytes out. It knows no socket.
///
/// Not thread-safe: it belongs to the loop of its connection. Credit goes back to the peer only by
/// ``consume(_:stream:)``, so a stream that nobody reads stops its sender.
public final class HTTP2Session {
  /// Which side this is.
  public let role: HTTP2Role
  let settings: HTTP2Settings
  let context: SessionContext
  private let handle: SessionHandle

  /// Creates a session; its preface and settings wait to be taken by ``produceOutput(upTo:)``.
  ///
  /// - Parameters:
  ///   - role: Which side this is.
  ///   - settings: The limits to announce and keep.
  /// - Throws: `HTTP2Error` when memory is short.
  public init(role: HTTP2Role, settings: HTTP2Settings = HTTP2Settings()) throws(HTTP2Error) {
    self.role = role
    self.settings = settings
    context = SessionContext(role: role, headerListBytesMax: Int(settings.headerListBytesMax))
    handle = try SessionHandle(role: role, context: context)
    try handle.submitSettings(settings)
    try handle.setConnectionWindow(settings.connectionWindowBytes)
  }

  /// Takes bytes of the peer; the events they mean wait in ``takeEvents()``.
  ///
  /// - Parameters:
  ///   - bytes: A buffer that starts with the bytes. Ranges of data events refer to it.
  ///   - count: How many of them are valid.
  /// - Throws: `HTTP2Error` when the connection has to be closed, after sending what waits.
  public func receive(_ bytes: borrowing [UInt8], count: Int) throws(HTTP2Error) {
    try handle.receive(bytes, count: count)
  }

  /// Takes the events that came since the last call.
  ///
  /// - Returns: The events in order.
  public func takeEvents() -> [HTTP2Event] {
    let events = context.events
    context.events = []
    return events
  }

  /// Adds to ``output`` what the session has to say now, until it holds a number of bytes.
  ///
  /// - Parameter limit: The size of the output, in bytes, from which on no frame is added.
  /// - Throws: `HTTP2Error` when the session is broken.
  public func produceOutput(upTo limit: Int) throws(HTTP2Error) {
    try handle.produce(upTo: limit)
  }

  /// The bytes for the peer. The connection removes what it has written.
  public var output: [UInt8] {
    get { context.output }
    _modify { yield &context.output }
  }

  /// Whether the session still has something to read or to write.
  public var isAlive: Bool { handle.wantsRead || handle.wantsWrite }

  /// Whether the session has frames to write now.
  public var wantsWrite: Bool { handle.wantsWrite }

  // MARK: - Streams

  /// Opens a stream with a request.
  ///
  /// - Parameters:
  ///   - fields: The fields, pseudo-headers first.
  ///   - body: The body; it may grow until it is finished.
  /// - Returns: The stream.
  /// - Throws: `HTTP2Error` when no stream can be opened on this connection any more.
  public func submitRequest(
    _ fields: [HeaderField],
    body: OutboundBody
  ) throws(HTTP2Error) -> StreamID {
    let stream = try handle.submitRequest(fields, body)
    context.bodies[stream] = body
    return StreamID(stream)
  }

  /// Answers a request. The stream may be gone already: then nothing happens.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - fields: The fields, pseudo-headers first.
  ///   - body: The body; `nil` ends the stream with the fields.
  public func submitResponse(_ stream: StreamID, _ fields: [HeaderField], body: OutboundBody?) {
    if let body { context.bodies[stream.rawValue] = body }
    handle.submitResponse(stream.rawValue, fields, body)
  }

  /// Says that a body has grown or ended. Cheap when the session does not wait for it.
  ///
  /// - Parameters:
  ///   - body: The body.
  ///   - stream: Its stream.
  public func resume(_ body: OutboundBody, stream: StreamID) {
    guard body.isDeferred else { return }
    body.isDeferred = false
    handle.resume(stream.rawValue)
  }

  /// Ends a stream at once.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - code: Why.
  public func reset(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    handle.reset(stream.rawValue, code.rawValue)
  }

  /// Gives the peer credit for bytes that were read or dropped, on the stream and the connection.
  ///
  /// - Parameters:
  ///   - count: The bytes.
  ///   - stream: The stream; it may be gone already.
  public func consume(_ count: Int, stream: StreamID) {
    handle.consume(stream.rawValue, count)
  }

  // MARK: - Connection

  /// Tells the peer that the connection will close, without refusing what is under way to here.
  public func submitShutdownNotice() {
    handle.submitShutdownNotice()
  }

  /// Tells the peer that no further streams are accepted.
  ///
  /// - Parameter code: Why.
  public func submitGoAway(_ code: HTTP2ErrorCode) {
    handle.submitGoAway(code.rawValue)
  }

  /// Asks the peer for a sign of life; the answer is an event.
  public func submitPing() {
    handle.submitPing()
  }
}
