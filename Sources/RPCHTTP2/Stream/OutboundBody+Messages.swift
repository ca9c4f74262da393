internal import HTTP2
internal import RPCCore

extension OutboundBody {
  /// Appends one message with its prefix, encoded in place.
  func append<Message: RPCMessage>(message: Message) {
    append { buffer in
      let start = buffer.count
      buffer.append(contentsOf: [0, 0, 0, 0, 0])
      message.serialize(into: &buffer)
      Self.writeLength(buffer.count - start - InboundMessages.prefixBytes, at: start, in: &buffer)
    }
  }

  /// Appends one encoded message with its prefix.
  ///
  /// - Parameters:
  ///   - messageBytes: The message as it goes over the wire.
  ///   - isCompressed: What the flag in the prefix says.
  func append(messageBytes: [UInt8], isCompressed: Bool = false) {
    append { buffer in
      let start = buffer.count
      buffer.reserveCapacity(start + InboundMessages.prefixBytes + messageBytes.count)
      buffer.append(contentsOf: [isCompressed ? 1 : 0, 0, 0, 0, 0])
      buffer.append(contentsOf: messageBytes)
      Self.writeLength(messageBytes.count, at: start, in: &buffer)
    }
  }

  private static func writeLength(_ length: Int, at start: Int, in buffer: inout [UInt8]) {
    precondition(length <= Int(UInt32.max), "a message has at most 4 GiB")
    let length = UInt32(length)
    buffer[start + 1] = UInt8(truncatingIfNeeded: length >> 24)
    buffer[start + 2] = UInt8(truncatingIfNeeded: length >> 16)
    buffer[start + 3] = UInt8(truncatingIfNeeded: length >> 8)
    buffer[start + 4] = UInt8(truncatingIfNeeded: length)
  }
}
