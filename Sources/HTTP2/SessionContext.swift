/// What the callbacks of a session write to: it outlives the nghttp2 session.
final class SessionContext {
  let role: HTTP2Role
  var events: [HTTP2Event] = []
  var output: [UInt8] = []
  /// The bodies of open streams, which nghttp2 refers to without owning them.
  let bodies = StreamMap<OutboundBody>()
  let headers: HeaderAssembler
  let account: UnsentAccount
  /// Frames that nghttp2 has answered by a reset since they were last counted.
  var refusedFrames = 0
  var inspector: FrameInspector
  /// The payload of all DATA frames that were put into the output.
  var sentDataBytes = 0
  /// Whether the peer has sent its first SETTINGS.
  var hasPeerSettings = false
  /// The address of the bytes that are being received.
  var inputAddress: UInt = 0

  init(role: HTTP2Role, settings: HTTP2Settings, limits: FrameLimits) {
    self.role = role
    inspector = FrameInspector(role: role, limits: limits)
    headers = HeaderAssembler(listBytesMax: Int(settings.headerListBytesMax))
    account = UnsentAccount(limit: settings.unsentBytesMax)
  }

  func keep(_ body: OutboundBody, of stream: Int32) {
    body.open(account)
    bodies[StreamID(stream)] = body
  }

  func endBlock(_ stream: Int32) {
    guard let block = headers.end(stream) else { return }
    events.append(.headers(StreamID(stream), block))
  }

  func close(_ stream: Int32, _ code: UInt32) {
    headers.close(stream)
    bodies.removeValue(of: StreamID(stream))?.closeAccount()
    events.append(.closed(StreamID(stream), HTTP2ErrorCode(rawValue: code)))
  }
}
