/// The percent-encoding of the `grpc-message` trailer.
package enum StatusMessage {
  /// The longest message, in UTF-8 bytes, that is sent or kept; longer ones are cut.
  package static let bytesMax = 4096

  /// Encodes text: printable ASCII but `%` stays, every other byte becomes `%XX`, and a space at
  /// either end too.
  package static func encode(_ text: String) -> String {
    let text = text.prefix(utf8BytesMax: bytesMax)
    let space = UInt8(ascii: " ")
    let bytes = text.utf8
    // RFC 9113 §8.2.1: a field value with white space at an end is malformed, and resets the call.
    let hasBareEnds = bytes.first != space && bytes.last != space
    guard !hasBareEnds || !bytes.allSatisfy(isPlain) else { return text }
    let hex = Array("0123456789ABCDEF".utf8)
    let last = bytes.count - 1
    var encoded: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if isPlain(byte), byte != space || (index != 0 && index != last) {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(hex[Int(byte >> 4)])
        encoded.append(hex[Int(byte & 15)])
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// Decodes text; never fails: a wrong escape stays as it is, and bytes that are no UTF-8 become
  /// the replacement character.
  package static func decode(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text.prefix(utf8BytesMax: bytesMax) }
    let bytes = Array(text.utf8.prefix(bytesMax * 3))
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = nibble(bytes[index + 1]), let low = nibble(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self).prefix(utf8BytesMax: bytesMax)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
