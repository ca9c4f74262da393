internal import RPCCore

/// Turns the DATA of one stream into messages, and says when which bytes may be credited.
///
/// Only the first message is taken apart; what follows it stays as raw bytes, so a flood of tiny
/// messages needs no more memory than it has on the wire. Bytes of a message that is not complete
/// are credited at once, up to the size limit, because nobody can read them before the rest is here.
/// All others are credited when the reader takes them.
struct InboundMessages {
  private let messageBytesMax: Int
  /// Whether the peer has named a compression, so that messages may have the flag.
  var acceptsCompressed = false
  private var prefix: (count: Int, flag: UInt8, length: UInt32) = (0, 0, 0)
  private var front: [UInt8] = []
  private var isFrontComplete = false
  private var frontUncreditedBytes = 0
  private var raw: [UInt8] = []
  private var rawHead = 0

  /// One message as it came over the wire.
  struct Taken {
    let message: [UInt8]
    let isCompressed: Bool
    /// The bytes to credit now.
    let credit: Int
  }

  /// gRPC over HTTP/2: one byte of flags and four of length precede each message.
  static let prefixBytes = 5
  /// The most that is reserved on the word of a length prefix alone.
  private static let reservedBytesMax = 128 << 10

  init(messageBytesMax: Int) {
    self.messageBytesMax = messageBytesMax
  }

  /// The bytes of the first message that are here, credited already while it is incomplete.
  var frontBytes: Int { front.count }

  /// All bytes that are here.
  var unreadBytes: Int { front.count + raw.count - rawHead }

  /// Whether a message can be taken.
  var hasMessage: Bool { isFrontComplete }

  /// Whether some bytes of an incomplete message are here.
  var hasFragment: Bool { !isFrontComplete && prefix.count > 0 }

  /// Takes payload of a DATA frame.
  ///
  /// - Returns: The bytes to credit now.
  mutating func append(_ bytes: [UInt8], _ range: Range<Int>) throws(RPCError) -> Int {
    var range = range
    if !isFrontComplete { range = try feed(bytes, range) }
    if !range.isEmpty { raw.append(contentsOf: bytes[range]) }
    return isFrontComplete ? 0 : takeUncredited()
  }

  /// Takes the first message.
  ///
  /// - Returns: The message, if it is complete.
  mutating func next() throws(RPCError) -> Taken? {
    guard isFrontComplete else { return nil }
    let message = front
    let isCompressed = prefix.flag != 0
    front = []
    isFrontComplete = false
    prefix = (0, 0, 0)
    var credit = takeUncredited()
    if rawHead < raw.count {
      // Appending to `raw` and reading from it do not overlap here: `feed` only reads.
      let bytes = raw
      rawHead = try feed(bytes, rawHead..<raw.count).lowerBound
      if rawHead == raw.count {
        raw = []
        rawHead = 0
      } else if rawHead > Self.reservedBytesMax, rawHead > raw.count / 2 {
        raw = Array(bytes[rawHead...])
        rawHead = 0
      }
      if !isFrontComplete { credit += takeUncredited() }
    }
    return Taken(message: message, isCompressed: isCompressed, credit: credit)
  }

  /// Drops everything.
  ///
  /// - Returns: The bytes to credit now.
  mutating func removeAll() -> Int {
    let credit = takeUncredited() + raw.count - rawHead
    front = []
    raw = []
    rawHead = 0
    isFrontComplete = false
    prefix = (0, 0, 0)
    return credit
  }

  private mutating func takeUncredited() -> Int {
    defer { frontUncreditedBytes = 0 }
    return frontUncreditedBytes
  }

  /// Adds to the first message and returns the bytes that lie behind it.
  private mutating func feed(
    _ bytes: [UInt8],
    _ range: Range<Int>
  ) throws(RPCError) -> Range<Int> {
    var position = range.lowerBound
    while prefix.count < Self.prefixBytes {
      guard position < range.upperBound else {
        frontUncreditedBytes += range.count
        return position..<position
      }
      try takePrefix(bytes[position])
      position += 1
    }
    let wanted = Int(prefix.length) - front.count
    let count = min(wanted, range.upperBound - position)
    front.append(contentsOf: bytes[position..<(position + count)])
    position += count
    isFrontComplete = count == wanted
    frontUncreditedBytes += position - range.lowerBound
    return position..<range.upperBound
  }

  private mutating func takePrefix(_ byte: UInt8) throws(RPCError) {
    prefix.count += 1
    guard prefix.count > 1 else {
      prefix.flag = byte
      return
    }
    prefix.length = prefix.length << 8 | UInt32(byte)
    guard prefix.count == Self.prefixBytes else { return }
    guard prefix.flag == 0 || (prefix.flag == 1 && acceptsCompressed) else {
      throw RPCError(
        .internalError,
        prefix.flag == 1
          ? "a message is compressed and grpc-encoding names no compression"
          : "message flag \(prefix.flag) is neither 0 nor 1")
    }
    guard prefix.length <= messageBytesMax else {
      throw RPCError(
        .resourceExhausted,
        "message of \(prefix.length) bytes is larger than the limit of \(messageBytesMax)")
    }
    front.reserveCapacity(min(Int(prefix.length), Self.reservedBytesMax))
  }
}
