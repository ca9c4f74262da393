/// Reads the headers of frames before nghttp2 sees their bytes: counts what floods are made of, and
/// refuses what nghttp2 lets pass.
///
/// What it knows is what the peer itself has sent, so it needs no answers of the session, except
/// which streams this side has given up:
/// ```
///  idle --HEADERS--> open --END_STREAM or RST_STREAM of the peer--> ended: further DATA or HEADERS
///                     |                                             is STREAM_CLOSED
///                     +--RST_STREAM of this side--> abandoned: frames on their way are taken
///  an id below the highest that was never opened: HEADERS is PROTOCOL_ERROR
/// ```
public struct FrameInspector: Sendable {
  /// Why the connection has to end.
  public struct Violation: Sendable, Hashable {
    /// The bytes of the input that are still good: the frames before the one that breaks a rule.
    public let offset: Int
    /// The code of the GOAWAY frame.
    public let code: HTTP2ErrorCode
    /// The debug text of the GOAWAY frame.
    public let reason: String
  }

  typealias Refusal = (code: HTTP2ErrorCode, reason: String)

  private let isServer: Bool
  private let limits: FrameLimits
  private var prefaceLeft: Int
  /// The header of a frame that came in pieces; empty otherwise.
  private var partial: [UInt8] = []
  private var payloadLeft = 0
  private var blockBytes = 0
  private var continuations = 0
  /// Whether a DATA frame has filled the frame size that every peer may use.
  public private(set) var hasFullDataFrame = false

  private var lastStream: Int32 = 0
  /// Streams that the peer has opened and not ended.
  private var open = StreamTable<Void>()
  private var skipped = BoundedIDs(capacity: 64)
  private var abandoned = BoundedIDs(capacity: 1024)

  private var settings: RateBudget
  private var pings: RateBudget
  private var priorities: RateBudget
  private var emptyFrames: RateBudget
  private var otherFrames: RateBudget
  private var resets: RateBudget
  private var ownResets: RateBudget
  private var windowUpdates: RateBudget

  static let headerBytes = 9
  /// RFC 9113 §3.4: 24 bytes precede the frames of a client.
  static let prefaceBytes = 24
  /// RFC 9113 §4.2: the payload that every peer may send in a frame.
  static let defaultFrameBytesMax = 16_384

  /// Creates an inspector of a new connection.
  ///
  /// - Parameters:
  ///   - role: Which side looks at the frames of the other.
  ///   - limits: What it takes.
  public init(role: HTTP2Role, limits: FrameLimits = FrameLimits()) {
    isServer = role == .server
    self.limits = limits
    prefaceLeft = role == .server ? Self.prefaceBytes : 0
    settings = RateBudget(limits.settings)
    pings = RateBudget(limits.pings)
    priorities = RateBudget(limits.priorities)
    emptyFrames = RateBudget(limits.emptyFrames)
    otherFrames = RateBudget(limits.otherFrames)
    resets = RateBudget(limits.resets)
    ownResets = RateBudget(limits.ownResets)
    windowUpdates = RateBudget(limits.windowUpdates)
  }

  /// Whether the peer has begun something that it must go on with: its preface, a frame or a header
  /// block.
  public var isInsideFrame: Bool { prefaceLeft > 0 || payloadLeft > 0 || !partial.isEmpty }

  /// Whether the peer has sent its whole preface.
  public var hasPreface: Bool { prefaceLeft == 0 }

  // MARK: - Bytes

  /// Looks at bytes of the peer.
  ///
  /// - Parameters:
  ///   - bytes: A buffer that starts with the bytes.
  ///   - count: How many of them are valid.
  ///   - now: The time, for the rates.
  /// - Returns: What is wrong, or `nil`. After a violation the inspector is not used again.
  public mutating func inspect(
    _ bytes: borrowing [UInt8],
    count: Int,
    now: ContinuousClock.Instant
  ) -> Violation? {
    var position = 0
    if prefaceLeft > 0 {
      // Its content is checked by nghttp2.
      position = min(prefaceLeft, count)
      prefaceLeft -= position
    }
    while position < count {
      if payloadLeft > 0 {
        let step = min(payloadLeft, count - position)
        payloadLeft -= step
        position += step
        continue
      }
      let start = position
      let header: Header
      if partial.isEmpty, count - position >= Self.headerBytes {
        header = Header(bytes, at: position)
        position += Self.headerBytes
      } else {
        let step = min(Self.headerBytes - partial.count, count - position)
        for index in position..<(position + step) { partial.append(bytes[index]) }
        position += step
        guard partial.count == Self.headerBytes else { return nil }
        header = Header(partial, at: 0)
        partial.removeAll(keepingCapacity: true)
      }
      payloadLeft = header.length
      if let refusal = check(header, now) {
        return Violation(offset: start, code: refusal.code, reason: refusal.reason)
      }
    }
    return nil
  }

  /// Notes that this side has reset a stream: frames of the peer may still be on their way.
  mutating func noteOwnReset(_ stream: Int32) {
    if open.removeValue(of: StreamID(stream)) != nil { abandoned.append(stream) }
  }

  /// Counts frames that nghttp2 refused, each by a reset of this side.
  ///
  /// - Returns: What is wrong when that was one too many.
  mutating func noteRefusedFrames(_ count: Int, now: ContinuousClock.Instant) -> Refusal? {
    for _ in 0..<count where !ownResets.take(at: now) {
      return (.enhanceYourCalm, "too many frames that had to be refused")
    }
    return nil
  }

  // MARK: - Frames

  private struct Header {
    let length: Int
    let type: UInt8
    let flags: UInt8
    let stream: Int32

    init(_ bytes: borrowing [UInt8], at start: Int) {
      length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
      type = bytes[start + 3]
      flags = bytes[start + 4]
      stream =
        Int32(bytes[start + 5] & 0x7F) << 24 | Int32(bytes[start + 6]) << 16
        | Int32(bytes[start + 7]) << 8 | Int32(bytes[start + 8])
    }

    /// END_STREAM of DATA and HEADERS, ACK of SETTINGS and PING.
    var isLastOrAck: Bool { flags & 1 != 0 }
  }

  private mutating func check(_ header: Header, _ now: ContinuousClock.Instant) -> Refusal? {
    switch header.type {
    case 0x0: checkData(header, now)
    case 0x1: checkHeaders(header)
    case 0x2: Self.take(&priorities, "PRIORITY", now)
    case 0x3: checkReset(header, now)
    case 0x4: Self.take(&settings, "SETTINGS", now)
    case 0x6: Self.take(&pings, "PING", now)
    case 0x8: Self.take(&windowUpdates, "WINDOW_UPDATE", now)
    case 0x9: checkContinuation(header, now)
    default: Self.take(&otherFrames, "unknown", now)
    }
  }

  private static func take(
    _ budget: inout RateBudget,
    _ name: StaticString,
    _ now: ContinuousClock.Instant
  ) -> Refusal? {
    budget.take(at: now) ? nil : (.enhanceYourCalm, "too many \(name) frames")
  }

  private mutating func checkData(_ header: Header, _ now: ContinuousClock.Instant) -> Refusal? {
    if header.length >= Self.defaultFrameBytesMax { hasFullDataFrame = true }
    if header.length == 0, !header.isLastOrAck, !emptyFrames.take(at: now) {
      return (.enhanceYourCalm, "too many empty DATA frames")
    }
    guard isServer, header.stream & 1 == 1, header.stream <= lastStream else { return nil }
    if header.isLastOrAck {
      if open.removeValue(of: StreamID(header.stream)) != nil { return nil }
    } else if open.contains(StreamID(header.stream)) {
      return nil
    }
    guard !abandoned.contains(header.stream) else { return nil }
    return (.streamClosed, "DATA on stream \(header.stream), which the client has ended")
  }

  private mutating func checkHeaders(_ header: Header) -> Refusal? {
    blockBytes = header.length
    continuations = 0
    guard blockBytes <= limits.headerBlockBytesMax else { return Self.blockTooLarge }
    guard isServer, header.stream & 1 == 1 else { return nil }
    let stream = header.stream
    if stream > lastStream {
      skipped.append(after: lastStream, before: stream)
      lastStream = stream
      if !header.isLastOrAck { open[StreamID(stream)] = () }
      return nil
    }
    if open.contains(StreamID(stream)) {
      guard header.isLastOrAck else {
        return (.protocolError, "trailers of stream \(stream) do not end it")
      }
      open.removeValue(of: StreamID(stream))
      return nil
    }
    guard !abandoned.contains(stream) else { return nil }
    // RFC 9113 §5.1.1: ids below the highest that were not used are closed.
    guard !skipped.contains(stream) else {
      return (.protocolError, "stream \(stream) is lower than stream \(lastStream)")
    }
    return (.streamClosed, "HEADERS on stream \(stream), which the client has ended")
  }

  private mutating func checkContinuation(
    _ header: Header,
    _ now: ContinuousClock.Instant
  ) -> Refusal? {
    blockBytes += header.length
    continuations += 1
    guard continuations <= limits.continuationsMax else {
      return (.enhanceYourCalm, "more than \(limits.continuationsMax) CONTINUATION frames")
    }
    guard blockBytes <= limits.headerBlockBytesMax else { return Self.blockTooLarge }
    guard header.length > 0 || emptyFrames.take(at: now) else {
      return (.enhanceYourCalm, "too many empty CONTINUATION frames")
    }
    return nil
  }

  private mutating func checkReset(_ header: Header, _ now: ContinuousClock.Instant) -> Refusal? {
    open.removeValue(of: StreamID(header.stream))
    return Self.take(&resets, "RST_STREAM", now)
  }

  private static let blockTooLarge: Refusal = (.enhanceYourCalm, "the header block is too large")
}

/// The last few stream ids of a kind, oldest forgotten first. Looked through on rare paths only.
private struct BoundedIDs: Sendable {
  private let capacity: Int
  private var ids: [Int32] = []
  private var next = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  mutating func append(_ id: Int32) {
    if ids.count < capacity {
      ids.append(id)
    } else {
      ids[next] = id
      next = (next + 1) % capacity
    }
  }

  /// Adds the odd ids between two; of a wide gap the highest.
  mutating func append(after low: Int32, before high: Int32) {
    var id = high - 2
    var count = 0
    while id > low, count < capacity {
      append(id)
      id -= 2
      count += 1
    }
  }

  func contains(_ id: Int32) -> Bool { ids.contains(id) }
}
