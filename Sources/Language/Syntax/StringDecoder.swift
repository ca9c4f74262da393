internal import Diagnostics

/// The value of a string token: text with its escapes resolved, and where each part of it came from.
struct DecodedString {
  /// The value as UTF-8.
  var bytes: [UInt8] = []
  /// Where value and source run apart: from `value` on, offsets in the source are `source + (offset - value)`.
  private var anchors: [(value: Int, source: Int)] = []

  init(sourceStart: Int) {
    anchors.append((0, sourceStart))
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func append(scalar: Unicode.Scalar, nextSource: Int) {
    bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    resume(at: nextSource)
  }

  mutating func resume(at source: Int) {
    anchors.append((bytes.count, source))
  }

  /// Returns the offset in the file of an offset in the value.
  func sourceOffset(of offset: Int) -> Int {
    var low = 0
    var high = anchors.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if anchors[middle].value <= offset { low = middle } else { high = middle }
    }
    return anchors[low].source + offset - anchors[low].value
  }
}

/// Resolves the escapes of Python's `unicode_escape`, except that text beyond ASCII is kept as it is.
struct StringDecoder {
  let bytes: [UInt8]
  let file: FileID
  private(set) var diagnostics: [Diagnostic] = []
  private var index = 0
  private var end = 0

  init(source: SourceFile) {
    bytes = source.bytes
    file = source.id
  }

  /// Decodes the bytes of `range`, which is the inside of a string token.
  mutating func decode(_ range: Range<Int>) -> DecodedString {
    var result = DecodedString(sourceStart: range.lowerBound)
    result.bytes.reserveCapacity(range.count)
    index = range.lowerBound
    end = range.upperBound
    while index < end {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\"), index + 1 < end {
        decodeEscape(into: &result)
      } else {
        result.bytes.append(byte)
        index += 1
      }
    }
    return result
  }

  private static let simple: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "\\"): "\\",
    UInt8(ascii: "\""): "\"", UInt8(ascii: "'"): "'", UInt8(ascii: "a"): "\u{7}",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "r"): "\r",
    UInt8(ascii: "v"): "\u{B}",
  ]

  private mutating func decodeEscape(into result: inout DecodedString) {
    let start = index
    let letter = bytes[index + 1]
    index += 2
    if let scalar = Self.simple[letter] {
      result.append(scalar: scalar, nextSource: index)
      return
    }
    switch letter {
    case 0x0A: result.resume(at: index)
    case UInt8(ascii: "0")...UInt8(ascii: "7"): decodeOctal(into: &result)
    case UInt8(ascii: "x"): decodeHexadecimal(digits: 2, start: start, into: &result)
    case UInt8(ascii: "u"): decodeHexadecimal(digits: 4, start: start, into: &result)
    case UInt8(ascii: "U"): decodeHexadecimal(digits: 8, start: start, into: &result)
    case UInt8(ascii: "N"): decodeName(start: start, into: &result)
    default:
      // The character after the backslash is copied whole by the caller's loop.
      index = start + 1
      result.bytes.append(UInt8(ascii: "\\"))
      var after = start + 2
      while after < end, bytes[after] & 0xC0 == 0x80 { after += 1 }
      let escape = String(decoding: bytes[start..<after], as: UTF8.self)
      diagnostics.append(.unknownEscape(escape, at: span(start, after)))
      result.bytes.append(contentsOf: bytes[(start + 1)..<after])
      index = after
    }
  }

  private mutating func decodeOctal(into result: inout DecodedString) {
    var value: UInt32 = 0
    var digits = 0
    index -= 1
    while digits < 3, index < end, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(bytes[index]) {
      value = value * 8 + UInt32(bytes[index] - UInt8(ascii: "0"))
      index += 1
      digits += 1
    }
    result.append(scalar: Unicode.Scalar(value) ?? "\u{FFFD}", nextSource: index)
  }

  private mutating func decodeHexadecimal(
    digits: Int, start: Int, into result: inout DecodedString
  ) {
    var value: UInt32 = 0
    var count = 0
    while count < digits, index < end,
      let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue
    {
      value = value << 4 | UInt32(digit)
      index += 1
      count += 1
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard count == digits else {
      fail("the escape `\(text)` needs \(digits) hexadecimal digits, not \(count)", start)
      return
    }
    guard let scalar = Unicode.Scalar(value) else {
      fail("the escape `\(text)` is not a Unicode character", start)
      return
    }
    result.append(scalar: scalar, nextSource: index)
  }

  private mutating func decodeName(start: Int, into result: inout DecodedString) {
    guard index < end, bytes[index] == UInt8(ascii: "{"),
      let close = bytes[index..<end].firstIndex(of: UInt8(ascii: "}"))
    else {
      fail("the escape `\\N` needs a character's name in braces", start)
      return
    }
    let name = String(decoding: bytes[(index + 1)..<close], as: UTF8.self)
    index = close + 1
    guard let scalar = CharacterNames.scalar(named: name) else {
      fail("there is no Unicode character named `\(name)`", start)
      return
    }
    result.append(scalar: scalar, nextSource: index)
  }

  private mutating func fail(_ message: String, _ start: Int) {
    diagnostics.append(.invalidEscape(message, at: span(start, index)))
  }

  private func span(_ start: Int, _ end: Int) -> SourceSpan {
    SourceSpan(file: file, start: UInt32(start), end: UInt32(end))
  }
}

/// Unicode characters by name, for `\N{…}`.
enum CharacterNames {
  /// All names and aliases that are not made from the code point; built at the first use.
  private static let table: [String: Unicode.Scalar] = {
    var table: [String: Unicode.Scalar] = [:]
    for value in UInt32(0)...0xE01EF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      if (0x3400...0xDFFF).contains(value) || (0x17000...0x18CFF).contains(value) { continue }
      if (0x20000...0x3FFFF).contains(value) { continue }
      if let name = scalar.properties.name { table[name] = scalar }
      if let alias = scalar.properties.nameAlias { table[alias] = scalar }
    }
    return table
  }()

  /// Returns the character with a name; case does not matter.
  static func scalar(named name: String) -> Unicode.Scalar? {
    let upper = name.uppercased()
    for prefix in ["CJK UNIFIED IDEOGRAPH-", "TANGUT IDEOGRAPH-"] where upper.hasPrefix(prefix) {
      guard let value = UInt32(upper.dropFirst(prefix.utf8.count), radix: 16),
        let scalar = Unicode.Scalar(value), scalar.properties.name == upper
      else { return nil }
      return scalar
    }
    if upper.hasPrefix("HANGUL SYLLABLE ") {
      return (UInt32(0xAC00)...0xD7A3).lazy.compactMap(Unicode.Scalar.init)
        .first { $0.properties.name == upper }
    }
    return table[upper]
  }
}
