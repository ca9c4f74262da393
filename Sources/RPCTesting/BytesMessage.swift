public import RPCCore

/// A message that is its own encoding.
public struct BytesMessage: RPCMessage, Hashable {
  /// The bytes.
  public var bytes: [UInt8]

  /// Creates a message.
  ///
  /// - Parameter bytes: The bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Creates a message of text.
  ///
  /// - Parameter text: The text.
  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The bytes as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Decodes a message; the text `undecodable` is refused.
  public init(serializedBytes span: RawSpan) throws(RPCError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(span.byteCount)
    for offset in 0..<span.byteCount {
      unsafe bytes.append(span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }
    self.bytes = bytes
    guard text != "undecodable" else {
      throw RPCError(.invalidArgument, "byte 0 is no message")
    }
  }

  /// Appends the bytes.
  public func serialize(into buffer: inout [UInt8]) {
    buffer.append(contentsOf: bytes)
  }
}
