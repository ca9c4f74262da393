/// What the callbacks of a session write to: it outlives the nghttp2 session.
final class SessionContext {
  let role: HTTP2Role
  let headerListBytesMax: Int
  var events: [HTTP2Event] = []
  var output: [UInt8] = []
  /// The bodies of open streams, which nghttp2 refers to without owning them.
  var bodies: [Int32: OutboundBody] = [:]
  /// The block that is being received: HTTP/2 never mixes two.
  private var block = HeaderBlock()
  private var blockStream: Int32 = 0
  /// The last block with pseudo-headers and the last one without: most are like the one before, and
  /// then share its strings.
  private var lastHead: [HeaderField] = []
  private var lastTrailers: [HeaderField] = []
  private var isHead = true
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
    block = HeaderBlock()
    blockStream = stream
  }

  func keep(_ body: OutboundBody, of stream: Int32) {
    body.open(account)
    bodies[stream] = body
  }

  /// RFC 9113 §10.5.1: a field counts its name, its value and 32. nghttp2 has no limit of its own:
  /// 8 KB of references to its table become 16 MB of fields.
  ///
  /// `field` makes the field, perhaps of one that was in this place before.
  func addField(
    _ stream: Int32,
    nameBytes: Int,
    valueBytes: Int,
    isPseudo: Bool,
    _ field: (HeaderField?) -> HeaderField
  ) {
    guard stream == blockStream else { return }
    block.bytes += nameBytes + valueBytes + 32
    guard block.bytes <= headerListBytesMax else {
      block.isOverLimit = true
      return
    }
    let position = block.fields.count
    if position == 0 {
      isHead = isPseudo
      block.fields.reserveCapacity(isHead ? lastHead.count : lastTrailers.count)
    }
    let last =
      isHead
      ? (position < lastHead.count ? lastHead[position] : nil)
      : (position < lastTrailers.count ? lastTrailers[position] : nil)
    block.fields.append(field(last))
  }

  func endBlock(_ stream: Int32) {
    guard stream == blockStream else { return }
    events.append(.headers(StreamID(stream), block))
    if isHead { lastHead = block.fields } else { lastTrailers = block.fields }
    block = HeaderBlock()
    blockStream = 0
  }

  func close(_ stream: Int32, _ code: UInt32) {
    if stream == blockStream { blockStream = 0 }
    bodies.removeValue(forKey: stream)?.closeAccount()
    events.append(.closed(StreamID(stream), HTTP2ErrorCode(rawValue: code)))
  }
}
