/// Bytes of HTTP/2 written by hand, valid and not.
enum WireBytes {
  static let preface =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4)

  static func frame(
    _ type: UInt8,
    stream: Int = 0,
    flags: UInt8 = 0,
    _ payload: [UInt8] = []
  ) -> [UInt8] {
    let length = payload.count
    return [
      UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
      UInt8(stream >> 24 & 127), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255),
      UInt8(stream & 255),
    ] + payload
  }

  /// RFC 7541 §6.2.2: a literal field that no table keeps; at most 126 bytes each.
  static func field(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)]
      + Array(value.utf8)
  }

  static func requestBlock(path: String) -> [UInt8] {
    // POST and http are entries 3 and 6 of the static table.
    [0x83, 0x86] + field(":path", path) + field(":authority", "localhost")
      + field("content-type", "application/grpc") + field("te", "trailers")
  }

  /// HEADERS of a request that goes on.
  static func request(_ stream: Int, path: String, _ more: [UInt8] = []) -> [UInt8] {
    frame(1, stream: stream, flags: 4, requestBlock(path: path) + more)
  }

  /// DATA with one message that ends the request.
  static func lastMessage(_ stream: Int, _ message: [UInt8]) -> [UInt8] {
    let count = message.count
    return frame(
      0, stream: stream, flags: 1,
      [0, 0, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)] + message)
  }

  static func reset(_ stream: Int) -> [UInt8] { frame(3, stream: stream, [0, 0, 0, 8]) }

  static func windowUpdate(_ stream: Int, _ increment: UInt32) -> [UInt8] {
    frame(
      8, stream: stream,
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: increment >> UInt32($0)) })
  }

  /// SETTINGS with INITIAL_WINDOW_SIZE zero.
  static let zeroWindow = frame(4, [0, 4, 0, 0, 0, 0])

  static func repeated(_ count: Int, _ bytes: (Int) -> [UInt8]) -> [UInt8] {
    (0..<count).flatMap(bytes)
  }
}
