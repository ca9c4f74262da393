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
  private var hasRaisedFrameSize = false
  /// When bytes of the peer came last; the creation of the session before that.
  public private(set) var receivedAt = ContinuousClock.now

  /// Creates a session; its preface and settings wait to be taken by ``produceOutput(upTo:)``.
  ///
  /// - Parameters:
  ///   - role: Which side this is.
  ///   - settings: The limits to announce and keep.
  ///   - limits: What is taken of frames that cost the peer little.
  /// - Throws: `HTTP2Error` when memory is short.
  public init(
    role: HTTP2Role,
    settings: HTTP2Settings = HTTP2Settings(),
    limits: FrameLimits = FrameLimits()
  ) throws(HTTP2Error) {
    self.role = role
    self.settings = settings
    context = SessionContext(role: role, settings: settings, limits: limits)
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
    let now = ContinuousClock.now
    receivedAt = now
    let violation = context.inspector.inspect(bytes, count: count, now: now)
    try handle.receive(bytes, count: violation?.offset ?? count)
    if let violation { try refuse(violation.code, violation.reason) }
    if context.refusedFrames > 0 {
      let refused = context.refusedFrames
      context.refusedFrames = 0
      if let refusal = context.inspector.noteRefusedFrames(refused, now: now) {
        try refuse(refusal.code, refusal.reason)
      }
    }
    raiseFrameSize()
  }

  /// Ends the connection with a GOAWAY frame that says why.
  private func refuse(_ code: HTTP2ErrorCode, _ reason: String) throws(HTTP2Error) {
    handle.submitGoAway(code.rawValue, reason)
    throw HTTP2Error(description: "\(code): \(reason)")
  }

  /// Larger frames save callbacks where messages are large; connections without them keep to the
  /// size that every peer knows.
  private func raiseFrameSize() {
    guard context.inspector.hasFullDataFrame, !hasRaisedFrameSize else { return }
    hasRaisedFrameSize = true
    guard settings.frameBytesMax > FrameInspector.defaultFrameBytesMax else { return }
    handle.submitFrameSize(settings.frameBytesMax)
  }

  /// Whether the peer is in the middle of its preface or of a frame.
  public var isInsideFrame: Bool { context.inspector.isInsideFrame }

  /// Whether the peer has sent its preface with its first SETTINGS.
  public var hasPeerSettings: Bool { context.hasPeerSettings }

  /// Takes the events that came since the last call.
  ///
  /// - Returns: The events in order.
  public func takeEvents() -> [HTTP2Event] {
    guard !context.events.isEmpty else { return [] }
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
    _ fields: FieldList,
    body: OutboundBody
  ) throws(HTTP2Error) -> StreamID {
    let stream = try handle.submitRequest(fields, body)
    context.keep(body, of: stream)
    return StreamID(stream)
  }

  /// Answers a request, once. The stream may be gone already: then nothing happens.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - fields: The fields, pseudo-headers first.
  ///   - body: The body; `nil` ends the stream with the fields.
  public func submitResponse(_ stream: StreamID, _ fields: FieldList, body: OutboundBody?) {
    // A stream that is gone has no use for a body, and nothing would close its account.
    guard context.bodies[stream] == nil else { return }
    guard handle.submitResponse(stream.rawValue, fields, body), let body else { return }
    context.keep(body, of: stream.rawValue)
  }

  /// Returns whether the request of a stream has gone into the output; it waits while the peer takes
  /// no more streams.
  ///
  /// - Parameter stream: The stream, which has not been closed.
  /// - Returns: Whether it has.
  public func hasSentRequest(_ stream: StreamID) -> Bool {
    handle.knows(stream.rawValue)
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
    // RFC 9113 §5.4.2: a reset is not answered by another one. Every stream of a client has a body
    // until it is closed.
    guard role == .server || context.bodies[stream] != nil else { return }
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
  /// - Parameters:
  ///   - code: Why.
  ///   - debug: Text for whoever looks into it.
  public func submitGoAway(_ code: HTTP2ErrorCode, debug: String = "") {
    handle.submitGoAway(code.rawValue, debug)
  }

  /// Asks the peer for a sign of life; the answer is an event.
  ///
  /// - Parameter tag: What comes back with the answer.
  public func submitPing(_ tag: UInt8 = 0) {
    handle.submitPing(tag)
  }

  /// Gives the peer other windows: streams that are open get what the new one is larger.
  ///
  /// - Parameters:
  ///   - streamBytes: The bytes that the peer may send on one stream before they are read.
  ///   - connectionBytes: The same for the connection; it never shrinks.
  public func submitWindows(streamBytes: Int, connectionBytes: Int) {
    let limit = Int(Int32.max)
    handle.submitStreamWindow(UInt32(min(streamBytes, limit)))
    // Refused only when memory is short: then the old window stays.
    try? handle.setConnectionWindow(Int32(min(connectionBytes, limit)))
  }

  /// The payload of all DATA frames that have gone into the output.
  public var sentDataBytes: Int { context.sentDataBytes }
}
