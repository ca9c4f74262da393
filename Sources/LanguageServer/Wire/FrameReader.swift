internal import Foundation

/// Cuts a stream of bytes into messages: headers, an empty line, then as many bytes as `Content-Length` says.
struct FrameReader {
  /// The largest message, in bytes: a text of 64 MiB.
  static let messageBytesMax = 64 << 20
  /// The most bytes of the headers of one message.
  static let headerBytesMax = 4096

  /// Why the stream cannot be read on: where the next message begins is not known.
  struct Failure: Error {
    var message: String
  }

  private var buffer: [UInt8] = []
  private var start = 0

  /// Whether the stream may end here: no message has begun.
  var isBetweenMessages: Bool { start == buffer.count }

  /// Takes bytes from the stream.
  mutating func append(_ bytes: some Collection<UInt8>) {
    if start > 0, start == buffer.count || start > 1 << 20 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer += bytes
  }

  /// Returns the next whole message, or nil until more bytes come.
  mutating func next() throws(Failure) -> [UInt8]? {
    guard let end = headerEnd() else {
      guard buffer.count - start <= Self.headerBytesMax else {
        throw Failure(message: "the headers of a message exceed \(Self.headerBytesMax) bytes")
      }
      return nil
    }
    let length = try contentLength(buffer[start..<end.headers])
    guard buffer.count - end.content >= length else { return nil }
    let message = Array(buffer[end.content..<(end.content + length)])
    start = end.content + length
    return message
  }

  /// Where the headers end, and the content begins.
  private func headerEnd() -> (headers: Int, content: Int)? {
    var index = start
    let limit = min(buffer.count, start + Self.headerBytesMax + 4)
    while index + 3 < limit {
      if buffer[index] == 13, buffer[index + 1] == 10, buffer[index + 2] == 13,
        buffer[index + 3] == 10
      {
        return (index, index + 4)
      }
      index += 1
    }
    return nil
  }

  private func contentLength(_ headers: ArraySlice<UInt8>) throws(Failure) -> Int {
    var length: Int?
    for line in String(decoding: headers, as: UTF8.self).components(separatedBy: "\r\n") {
      guard let colon = line.firstIndex(of: ":") else {
        throw Failure(message: "a header has no colon")
      }
      guard line[..<colon].lowercased() == "content-length" else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let number = Int(value), length == nil || length == number
      else { throw Failure(message: "`Content-Length` is no number of bytes") }
      length = number
    }
    guard let length else { throw Failure(message: "`Content-Length` is missing") }
    guard length <= Self.messageBytesMax else {
      throw Failure(
        message: "a message of \(length) bytes is larger than \(Self.messageBytesMax) bytes")
    }
    return length
  }

  /// Returns a message with its header.
  static func frame(_ message: some Collection<UInt8>) -> [UInt8] {
    Array("Content-Length: \(message.count)\r\n\r\n".utf8) + message
  }
}
