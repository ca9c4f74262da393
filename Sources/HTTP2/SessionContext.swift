/// What the callbacks of a session write to: it outlives the nghttp2 session.
final class SessionContext {
  let role: HTTP2Role
  let headerListBytesMax: Int
  var events: [HTTP2Event] = []
  var output: [UInt8] = []
  /// The bodies of open streams, which nghttp2 refers to without owning them.
  var bodies: [Int32: OutboundBody] = [:]
  var blocks: [Int32: HeaderBlock] = [:]
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
    headerListBytesMax = Int(settings.headerListBytesMax)
    account = UnsentAccount(limit: settings.unsentBytesMax)
  }

  func beginBlock(_ stream: Int32) {
    blocks[stream] = HeaderBlock()
  }

  func keep(_ body: OutboundBody, of stream: Int32) {
    body.open(account)
    bodies[stream] = body
  }

  /// RFC 9113 §10.5.1: a field counts its name, its value and 32. nghttp2 has no limit of its own:
  /// 8 KB of references to its table become 16 MB of fields.
  func addField(_ stream: Int32, nameBytes: Int, valueBytes: Int, _ field: () -> HeaderField) {
    blocks[stream]?.bytes += nameBytes + valueBytes + 32
    guard let bytes = blocks[stream]?.bytes, bytes <= headerListBytesMax else {
      blocks[stream]?.isOverLimit = true
      return
    }
    blocks[stream]?.fields.append(field())
  }

  func endBlock(_ stream: Int32) {
    guard let block = blocks.removeValue(forKey: stream) else { return }
    events.append(.headers(StreamID(stream), block))
  }

  func close(_ stream: Int32, _ code: UInt32) {
    blocks[stream] = nil
    bodies.removeValue(forKey: stream)?.closeAccount()
    events.append(.closed(StreamID(stream), HTTP2ErrorCode(rawValue: code)))
  }
}
