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

/// The fields of one header block.
public struct HeaderBlock: Sendable {
  /// The fields in order, pseudo-headers first.
  public internal(set) var fields: [HeaderField] = []
  /// Whether the list was over the limit; fields beyond it are missing.
  public internal(set) var isOverLimit = false
  var bytes = 0

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
