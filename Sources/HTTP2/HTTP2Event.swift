/// What the bytes of a peer mean, in order.
public enum HTTP2Event: Sendable {
  /// A whole header block arrived: request, response, or trailers when it is not the first.
  case headers(StreamID, HeaderBlock)
  /// Payload of a DATA frame, as a range of the bytes that were given to `receive`. It has used as
  /// many bytes of both windows; padding has been given back already.
  case data(StreamID, Range<Int>)
  /// The peer sends no more on the stream.
  case endOfStream(StreamID)
  /// The stream is gone; `noError` when both sides had ended it.
  case closed(StreamID, HTTP2ErrorCode)
  /// The peer accepts no more streams.
  case goAway(HTTP2ErrorCode, debug: String)
  /// The answer to a ping of this side, with its tag.
  case pingAnswered(UInt8)
  /// The peer asked for a sign of life; it has been answered.
  case pinged
}

/// The fields of one header block. Blocks that are alike may be one object.
public final class HeaderBlock: Sendable {
  /// The fields in order, pseudo-headers first.
  public let fields: [HeaderField]
  /// Whether the list was over the limit; fields beyond it are missing.
  public let isOverLimit: Bool

  /// Creates a block.
  ///
  /// - Parameters:
  ///   - fields: The fields in order, pseudo-headers first.
  ///   - isOverLimit: Whether the list was over the limit.
  public init(_ fields: [HeaderField], isOverLimit: Bool = false) {
    self.fields = fields
    self.isOverLimit = isOverLimit
  }

  /// The value of the first field of a name.
  ///
  /// - Parameter name: The name, in lowercase.
  public subscript(name: String) -> String? {
    let count = name.utf8.count
    for field in fields where field.name.utf8.count == count && field.name == name {
      return field.value
    }
    return nil
  }
}
