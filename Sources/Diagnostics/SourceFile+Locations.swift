extension SourceFile {
  /// Returns the span of the word at a place, or of the line's text when only the line is known.
  ///
  /// Nil when there is no such line.
  public func span(at location: SourceLocation) -> SourceSpan? {
    guard let range = range(ofLine: location.line) else { return nil }
    let line = bytes[Int(range.lowerBound)..<Int(range.upperBound)]
    guard location.column > 0 else {
      let start = line.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? line.startIndex
      return SourceSpan(file: id, start: UInt32(start), end: range.upperBound)
    }
    let scalarStarts = line.indices.lazy.filter { self.bytes[$0] & 0xC0 != 0x80 }
    let start = scalarStarts.dropFirst(location.column - 1).first ?? line.endIndex
    let end = line[start...].firstIndex { !Self.isWordByte($0) } ?? line.endIndex
    let afterOne = min(start + 1, line.endIndex)
    return SourceSpan(file: id, start: UInt32(start), end: UInt32(max(end, afterOne)))
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"),
      UInt8(ascii: "."), 0x80...:
      true
    default: false
    }
  }
}
