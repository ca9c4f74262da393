internal import Diagnostics

/// Constants and strings.
extension SyntaxParser {
  mutating func parseConstant() throws(Failure) -> Expression {
    let token = current
    let place = span(token)
    switch token.kind {
    case .integer:
      advance()
      return Expression(integer(text(token)), span: place)
    case .float:
      advance()
      return Expression(.float(Double(floatText(token)) ?? 0), span: place)
    case .string, .multilineString:
      advance()
      return try parseText(token)
    case .rawString:
      advance()
      return Expression(
        .string(source.text(from: token.start + 2, to: token.end - 1)), span: place)
    case .formatString:
      advance()
      return try parseFormatString(token)
    case .regex:
      advance()
      return try parseRegex(token)
    case .keywordTrue, .keywordFalse:
      advance()
      return Expression(.boolean(token.kind == .keywordTrue), span: place)
    case .keywordNull:
      advance()
      return Expression(.null, span: place)
    case .minus:
      throw unexpected(
        expected: "an expression",
        help: ["there is no sign operator: write `-3` without space, or `0 - x`"])
    default: throw unexpected(expected: "an expression")
    }
  }

  private func integer(_ text: String) -> Expression.Kind {
    if let value = Int(text) { return .integer(value) }
    let isNegative = text.hasPrefix("-")
    let digits = text.dropFirst(isNegative ? 1 : 0).drop { $0 == "0" }
    let normal = (isNegative ? "-" : "") + (digits.isEmpty ? "0" : String(digits))
    return Int(normal).map { .integer($0) } ?? .bigInteger(normal)
  }

  /// The token with a digit before its dot.
  private func floatText(_ token: Token) -> String {
    let text = text(token)
    if text.hasPrefix("-.") { return "-0" + text.dropFirst() }
    return text.hasPrefix(".") ? "0" + text : text
  }

  // MARK: - Text

  /// The range of a string token's text between its quotes.
  private func inside(_ token: Token) -> Range<Int> {
    let quotes =
      switch token.kind {
      case .multilineString: (3, 3)
      case .formatString, .rawString: (2, 1)
      default: (1, token.flags.contains(.unterminated) ? 0 : 1)
      }
    return (Int(token.start) + quotes.0)..<(Int(token.end) - quotes.1)
  }

  private mutating func decode(_ token: Token) -> DecodedString {
    decoder.decode(inside(token))
  }

  /// The text of a docstring.
  mutating func documentation(_ token: Token) -> String {
    decode(token).text
  }

  private mutating func parseText(_ token: Token) throws(Failure) -> Expression {
    if token.flags.isDisjoint(with: [.backslash, .braces, .unterminated]) {
      let range = inside(token)
      return Expression(
        .string(source.text(from: UInt32(range.lowerBound), to: UInt32(range.upperBound))),
        span: span(token))
    }
    if token.flags.contains(.unterminated) { throw Failure() }
    if !token.flags.contains(.backslash) {
      // Without escapes the text is the source: no copy is needed to look for placeholders.
      return try parsePlaceholders(
        in: source.bytes, inside(token), at: span(token), sourceOffset: { $0 })
    }
    let decoded = decode(token)
    return try parsePlaceholders(
      in: decoded.bytes, 0..<decoded.bytes.count, at: span(token),
      sourceOffset: decoded.sourceOffset)
  }

  /// Makes the string whose value is `bytes[range]`.
  private mutating func parsePlaceholders(
    in bytes: [UInt8], _ range: Range<Int>, at place: SourceSpan,
    sourceOffset: (Int) -> Int
  ) throws(Failure) -> Expression {
    var parts: [InterpolatedString.Part] = []
    var start = range.lowerBound
    var depth: UInt32 = 1
    while let placeholder = Placeholder.first(in: bytes, start..<range.upperBound) {
      if placeholder.whole.lowerBound > start {
        parts.append(.literal(Self.text(bytes[start..<placeholder.whole.lowerBound])))
      }
      let value = try path(
        bytes, placeholder.name, start: sourceOffset(placeholder.name.lowerBound),
        end: sourceOffset(placeholder.name.upperBound))
      depth = max(depth, value.depth)
      parts.append(.placeholder(text: Self.text(bytes[placeholder.whole]), value: value))
      start = placeholder.whole.upperBound
    }
    let rest = Self.text(bytes[start..<range.upperBound])
    if parts.isEmpty { return Expression(.string(rest), span: place) }
    if !rest.isEmpty { parts.append(.literal(rest)) }
    return try make(.interpolation(InterpolatedString(parts: parts)), place, over: depth)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// Makes the variable or attribute that a dotted path in a string names. All of it is at one place.
  private mutating func path(
    _ bytes: [UInt8], _ range: Range<Int>, start: Int, end: Int
  ) throws(Failure) -> Expression {
    let place = SourceSpan(
      file: source.id, start: UInt32(start), end: UInt32(max(start, end)))
    var result: Expression?
    var partStart = range.lowerBound
    for index in range.lowerBound...range.upperBound
    where index == range.upperBound || bytes[index] == UInt8(ascii: ".") {
      let name = names.intern(bytes, partStart..<index)
      partStart = index + 1
      if let owner = result {
        result = try make(
          .attribute(owner: owner, name: Identifier(name: name, span: place)), place,
          over: owner.depth)
      } else {
        result = Expression(.variable(QualifiedName(name: name, span: place)), span: place)
      }
    }
    return result ?? Expression(.null, span: place)
  }

  mutating func parseDictionaryKey() throws(Failure) -> (String, SourceSpan) {
    let token = current
    switch token.kind {
    case .rawString:
      advance()
      return (source.text(from: token.start + 2, to: token.end - 1), span(token))
    case .string:
      advance()
      let decoded = decode(token)
      guard Placeholder.first(in: decoded.bytes, 0..<decoded.bytes.count) == nil else {
        throw fail(.interpolationInKey(at: span(token)))
      }
      return (decoded.text, span(token))
    default: throw unexpected(expected: "a key (a string) or `}`")
    }
  }

  // MARK: - Format strings

  private mutating func parseFormatString(_ token: Token) throws(Failure) -> Expression {
    let decoded = decode(token)
    var parser = FormatStringParser(bytes: decoded.bytes)
    let chunks: [FormatStringParser.Chunk]
    do throws(FormatStringParser.Failure) {
      chunks = try parser.parse()
    } catch {
      let start = UInt32(decoded.sourceOffset(of: error.offset))
      throw fail(
        .invalidFormat(
          error.message,
          at: SourceSpan(file: source.id, start: start, end: max(start, token.end - 1))))
    }
    var depth: UInt32 = 1
    let parts = try parts(of: chunks, in: decoded, depth: &depth)
    return try make(
      .format(FormatString(template: decoded.text, parts: parts)), span(token), over: depth)
  }

  /// Fields are resolved only up to the first chunk without one (or with an empty one), as the language does.
  private mutating func parts(
    of chunks: [FormatStringParser.Chunk], in decoded: DecodedString, depth: inout UInt32
  ) throws(Failure) -> [FormatString.Part] {
    var parts: [FormatString.Part] = []
    var isCollecting = true
    for chunk in chunks {
      if !chunk.literal.isEmpty { parts.append(.literal(chunk.literal)) }
      guard let field = chunk.field else {
        isCollecting = false
        continue
      }
      let bytes = Array(field.name.utf8)
      if bytes.isEmpty { isCollecting = false }
      let trimmed = Placeholder.trimmed(bytes)
      var value: Expression?
      let compact = Placeholder.withoutSpaceAroundDots(bytes[trimmed])
      if isCollecting, Placeholder.isPath(compact[...]) {
        let start = decoded.sourceOffset(of: field.nameOffset + trimmed.lowerBound)
        value = try path(
          compact, compact.indices, start: start, end: start + trimmed.count)
        depth = max(depth, value?.depth ?? 0)
      }
      let specification = try self.parts(of: field.specification, in: decoded, depth: &depth)
      parts.append(
        .field(
          FormatString.Field(
            name: Self.text(bytes[trimmed]), value: value, conversion: field.conversion,
            specification: specification)))
    }
    return parts
  }

  // MARK: - Regular expressions

  private mutating func parseRegex(_ token: Token) throws(Failure) -> Expression {
    let bytes = source.bytes
    let slash = bytes[Int(token.start)..<Int(token.end)].firstIndex(of: UInt8(ascii: "/"))
    let start = UInt32(slash ?? Int(token.start))
    let place = SourceSpan(file: source.id, start: start, end: token.end)
    let pattern = source.text(from: start + 1, to: token.end - 1)
    do throws(RegularExpression.CompileError) {
      let expression = try RegularExpression.compile(pattern)
      return Expression(
        .regex(RegexLiteral(pattern: pattern, expression: expression)), span: place)
    } catch {
      throw fail(.regex(error, at: place))
    }
  }
}

/// A `{{ name }}` in text.
struct Placeholder {
  /// The placeholder with its braces.
  var whole: Range<Int>
  /// The dotted path.
  var name: Range<Int>

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// The bytes without the white space beside dots, which the language ignores in fields.
  static func withoutSpaceAroundDots(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return Array(parts.map { Array($0)[trimmed(Array($0))] }.joined(separator: [0x2E]))
  }

  /// Whether all bytes may stand in a dotted path, and there is one.
  static func isPath(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy(isPathByte)
  }

  /// The range without white space at both ends.
  static func trimmed(_ bytes: [UInt8]) -> Range<Int> {
    var start = 0
    var end = bytes.count
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  /// Returns the first placeholder of `bytes[range]`.
  static func first(in bytes: [UInt8], _ range: Range<Int>) -> Placeholder? {
    let brace = UInt8(ascii: "{")
    var index = range.lowerBound
    while index + 1 < range.upperBound {
      if bytes[index] == brace, bytes[index + 1] == brace,
        let found = placeholder(in: bytes, at: index, end: range.upperBound)
      {
        return found
      }
      index += 1
    }
    return nil
  }

  private static func placeholder(in bytes: [UInt8], at start: Int, end: Int) -> Placeholder? {
    var index = start + 2
    while index < end, isSpace(bytes[index]) { index += 1 }
    let nameStart = index
    while index < end, isPathByte(bytes[index]) { index += 1 }
    let name = nameStart..<index
    while index < end, isSpace(bytes[index]) { index += 1 }
    guard !name.isEmpty, index + 1 < end, bytes[index] == UInt8(ascii: "}"),
      bytes[index + 1] == UInt8(ascii: "}")
    else { return nil }
    return Placeholder(whole: start..<(index + 2), name: name)
  }
}
