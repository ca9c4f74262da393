extension Metadata {
  /// Names that the protocol uses itself or that HTTP/2 forbids (RFC 9113 §8.2.2).
  private static let reservedNames: Set<String> = [
    "connection", "content-encoding", "content-length", "content-type", "host", "keep-alive",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// Whether a name belongs to the protocol, so that a program may neither send nor see it.
  package static func isReserved(_ key: String) -> Bool {
    key.utf8.first == UInt8(ascii: ":") || key.hasPrefix("grpc-") || reservedNames.contains(key)
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
    guard lowered.hasSuffix("-bin") == isBinary else {
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
