/// Splits a format string as Python's `string.Formatter` does.
struct FormatStringParser {
  /// A field as written.
  struct Field {
    var name: String
    /// Where the name (with its white space) starts, in UTF-8 bytes of the text.
    var nameOffset: Int
    var conversion: Unicode.Scalar?
    var specification: [Chunk]
  }

  /// Text, then maybe a field. A doubled brace ends a chunk that has no field.
  struct Chunk {
    var literal: String
    var field: Field?
  }

  /// Why a text is no format string.
  struct Failure: Error {
    var message: String
    var offset: Int
  }

  /// How deep specifications may hold fields.
  static let nestingMax = 8

  private let bytes: [UInt8]
  private let base: Int
  private let nesting: Int
  private var index = 0

  init(bytes: [UInt8], base: Int = 0, nesting: Int = 0) {
    self.bytes = bytes
    self.base = base
    self.nesting = nesting
  }

  mutating func parse() throws(Failure) -> [Chunk] {
    var chunks: [Chunk] = []
    while index < bytes.count { chunks.append(try nextChunk()) }
    return chunks
  }

  private func failure(_ message: String, at offset: Int) -> Failure {
    Failure(message: message, offset: base + offset)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  private mutating func nextChunk() throws(Failure) -> Chunk {
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "{"),
      bytes[index] != UInt8(ascii: "}")
    {
      index += 1
    }
    guard index < bytes.count else {
      return Chunk(literal: Self.text(bytes[start...]), field: nil)
    }
    let brace = bytes[index]
    if index + 1 < bytes.count, bytes[index + 1] == brace {
      index += 2
      return Chunk(literal: Self.text(bytes[start..<(index - 1)]), field: nil)
    }
    guard brace == UInt8(ascii: "{") else {
      throw failure("`}` without `{`; write `}}` for a brace", at: index)
    }
    let literal = Self.text(bytes[start..<index])
    return Chunk(literal: literal, field: try field())
  }

  private mutating func field() throws(Failure) -> Field {
    let open = index
    let end = try closingBrace()
    index = open + 1
    var inBrackets = false
    scan: while index < end {
      switch bytes[index] {
      case UInt8(ascii: "["): inBrackets = true
      case UInt8(ascii: "]"): inBrackets = false
      case UInt8(ascii: "{"):
        throw failure("`{` inside the name of a field", at: index)
      case UInt8(ascii: ":"), UInt8(ascii: "!"):
        if !inBrackets { break scan }
      default: break
      }
      index += 1
    }
    var field = Field(
      name: Self.text(bytes[(open + 1)..<index]), nameOffset: base + open + 1, conversion: nil,
      specification: [])
    if index < end, bytes[index] == UInt8(ascii: "!") {
      field.conversion = try conversion(end: end)
    }
    if index < end {
      guard nesting < Self.nestingMax else {
        throw failure("fields nest deeper than \(Self.nestingMax)", at: index)
      }
      var inner = FormatStringParser(
        bytes: Array(bytes[(index + 1)..<end]), base: base + index + 1, nesting: nesting + 1)
      field.specification = try inner.parse()
    }
    index = end + 1
    return field
  }

  /// Returns the offset of the brace that closes the field at `index`.
  private func closingBrace() throws(Failure) -> Int {
    var depth = 1
    var inBrackets = false
    var inName = true
    var position = index + 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "["): inBrackets = inName
      case UInt8(ascii: "]"): inBrackets = false
      case UInt8(ascii: ":") where !inBrackets, UInt8(ascii: "!") where !inBrackets:
        inName = false
      case UInt8(ascii: "{") where !inBrackets: depth += 1
      case UInt8(ascii: "}") where !inBrackets:
        depth -= 1
        if depth == 0 { return position }
      default: break
      }
      position += 1
    }
    let isLast = index + 1 == bytes.count
    throw failure(
      isLast ? "`{` without `}`; write `{{` for a brace" : "the field has no closing `}`",
      at: index)
  }

  /// Reads `!x`, after which `:` or the end must follow; leaves `index` there.
  private mutating func conversion(end: Int) throws(Failure) -> Unicode.Scalar {
    let tail = Self.text(bytes[(index + 1)..<end]).unicodeScalars
    guard let letter = tail.first else {
      throw failure("a conversion letter must follow `!`", at: index)
    }
    index += 1 + UTF8.width(letter)
    guard index == end || bytes[index] == UInt8(ascii: ":") else {
      throw failure("`:` or `}` must follow the conversion `!\(letter)`", at: index)
    }
    return letter
  }
}
