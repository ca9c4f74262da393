extension Metadata {
  /// Whether a name belongs to the protocol, so that a program may neither send nor see it: it uses
  /// it itself, or HTTP/2 forbids it (RFC 9113 §8.2.2).
  ///
  /// Every field of every call is asked, so length and first byte come before comparisons.
  package static func isReserved(_ key: String) -> Bool {
    guard let first = key.utf8.first else { return false }
    switch (first, key.utf8.count) {
    case (UInt8(ascii: ":"), _): return true
    case (UInt8(ascii: "g"), 5...): return key.utf8.starts(with: "grpc-".utf8)
    case (UInt8(ascii: "c"), 10): return key == "connection"
    case (UInt8(ascii: "c"), 12): return key == "content-type"
    case (UInt8(ascii: "c"), 14): return key == "content-length"
    case (UInt8(ascii: "c"), 16): return key == "content-encoding"
    case (UInt8(ascii: "h"), 4): return key == "host"
    case (UInt8(ascii: "k"), 10): return key == "keep-alive"
    case (UInt8(ascii: "p"), 16): return key == "proxy-connection"
    case (UInt8(ascii: "t"), 2): return key == "te"
    case (UInt8(ascii: "t"), 7): return key == "trailer"
    case (UInt8(ascii: "t"), 17): return key == "transfer-encoding"
    case (UInt8(ascii: "u"), 7): return key == "upgrade"
    default: return false
    }
  }

  /// Whether a name says that its values are bytes.
  package static func isBinary(_ key: String) -> Bool {
    let bytes = key.utf8
    return bytes.last == UInt8(ascii: "n") && bytes.count >= 4
      && bytes.suffix(4).elementsEqual("-bin".utf8)
  }

  /// Returns the key in lowercase if a program may send it.
  static func checked(key: String, isBinary: Bool) throws(RPCError) -> String {
    let lowered = key.utf8.contains { (0x41...0x5A).contains($0) } ? key.lowercased() : key
    guard !lowered.isEmpty, lowered.utf8.allSatisfy(isKeyByte) else {
      throw RPCError(
        .invalidArgument,
        "metadata key \"\(key)\" has characters other than a-z, 0-9, '-', '_' and '.'")
    }
    guard !isReserved(lowered) else {
      throw RPCError(.invalidArgument, "metadata key \"\(lowered)\" belongs to the protocol")
    }
    guard Self.isBinary(lowered) == isBinary else {
      throw RPCError(
        .invalidArgument,
        isBinary
          ? "metadata key \"\(lowered)\" has a binary value and does not end in -bin"
          : "metadata key \"\(lowered)\" ends in -bin and has a text value")
    }
    return lowered
  }

  /// Returns a text value without the spaces at its ends, which HTTP/2 does not keep.
  package static func trimmed(_ value: String) -> String {
    let space = UInt8(ascii: " ")
    guard value.utf8.first == space || value.utf8.last == space else { return value }
    let bytes = value.utf8
    let head = bytes.drop { $0 == space }
    let tailCount = head.reversed().prefix { $0 == space }.count
    return String(decoding: head.dropLast(tailCount), as: UTF8.self)
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default:
      false
    }
  }
}
