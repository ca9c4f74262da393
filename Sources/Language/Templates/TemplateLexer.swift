internal import Diagnostics

/// One token inside `{{ }}` or `{% %}`.
struct TemplateToken {
  enum Kind: Equatable {
    case name, integer, float, string, sign, outputEnd, blockEnd
  }

  var kind: Kind
  /// The name, the digits, the string's value or the sign.
  var text: String
  var span: SourceSpan
}

/// Splits a template into text and tags, with Jinja's default delimiters and white space rules.
struct TemplateLexer {
  /// A piece of the source.
  enum Piece {
    case text(String)
    case output([TemplateToken])
    case block([TemplateToken])
  }

  /// The most tokens of one tag: it bounds how deep an expression can be.
  static let tokensMax = 1_000

  private let bytes: [UInt8]
  private let file: FileID
  private var index = 0
  private var pieces: [Piece] = []
  /// Whether the tag before asked to drop the white space after it.
  private var trimsNext = false

  init(source: SourceFile) {
    var text = source.bytes
    // Jinja drops one line end at the end of a template.
    if text.last == 0x0A { text.removeLast() }
    bytes = text
    file = source.id
  }

  mutating func tokenize() throws(Diagnostic) -> [Piece] {
    while index < bytes.count {
      let start = index
      while index < bytes.count, !startsTag { index += 1 }
      addText(start..<index)
      if index < bytes.count { try tag() }
    }
    return pieces
  }

  private func byte(_ offset: Int) -> UInt8 {
    offset < bytes.count ? bytes[offset] : 0
  }

  private var startsTag: Bool {
    guard bytes[index] == UInt8(ascii: "{") else { return false }
    switch byte(index + 1) {
    case UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#"): return true
    default: return false
    }
  }

  private func span(_ start: Int, _ end: Int) -> SourceSpan {
    SourceSpan(file: file, start: UInt32(start), end: UInt32(max(start, min(end, bytes.count))))
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
  }

  private mutating func addText(_ range: Range<Int>) {
    var (start, end) = (range.lowerBound, range.upperBound)
    if trimsNext { while start < end, Self.isSpace(bytes[start]) { start += 1 } }
    if start < end { trimsNext = false }
    if end < bytes.count, byte(end + 2) == UInt8(ascii: "-") {
      while end > start, Self.isSpace(bytes[end - 1]) { end -= 1 }
    }
    if start < end { pieces.append(.text(String(decoding: bytes[start..<end], as: UTF8.self))) }
  }

  // MARK: - Tags

  private mutating func tag() throws(Diagnostic) {
    let start = index
    let kind = bytes[index + 1]
    trimsNext = false
    index += 2
    if kind == UInt8(ascii: "#") {
      try comment(from: start)
      return
    }
    if byte(index) == UInt8(ascii: "-") || byte(index) == UInt8(ascii: "+") { index += 1 }
    let isBlock = kind == UInt8(ascii: "%")
    let tokens = try tokens(isBlock: isBlock, from: start)
    if isBlock, tokens.first?.text == "raw", tokens.first?.kind == .name, tokens.count == 1 {
      try raw(from: start)
      return
    }
    pieces.append(isBlock ? .block(tokens) : .output(tokens))
  }

  private mutating func comment(from start: Int) throws(Diagnostic) {
    while index + 1 < bytes.count {
      if bytes[index] == UInt8(ascii: "#"), bytes[index + 1] == UInt8(ascii: "}") {
        trimsNext = index > start + 1 && bytes[index - 1] == UInt8(ascii: "-")
        index += 2
        return
      }
      index += 1
    }
    throw .templateSyntax(
      "the comment has no end", at: span(start, start + 2), help: "close it with `#}`")
  }

  /// Takes everything up to `{% endraw %}` as text.
  private mutating func raw(from start: Int) throws(Diagnostic) {
    let bodyStart = index
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "{"), byte(index + 1) == UInt8(ascii: "%"),
        let end = endOfRaw(at: index)
      {
        addText(bodyStart..<index)
        trimsNext = byte(end - 3) == UInt8(ascii: "-")
        index = end
        return
      }
      index += 1
    }
    throw .templateSyntax(
      "`raw` has no end", at: span(start, start + 2), help: "close it with `{% endraw %}`")
  }

  /// Returns the offset behind `{% endraw %}` at `start`, or nil.
  private func endOfRaw(at start: Int) -> Int? {
    var position = start + 2
    if byte(position) == UInt8(ascii: "-") || byte(position) == UInt8(ascii: "+") { position += 1 }
    while Self.isSpace(byte(position)) { position += 1 }
    for letter in "endraw".utf8 {
      guard byte(position) == letter else { return nil }
      position += 1
    }
    while Self.isSpace(byte(position)) { position += 1 }
    if byte(position) == UInt8(ascii: "-") { position += 1 }
    guard byte(position) == UInt8(ascii: "%"), byte(position + 1) == UInt8(ascii: "}") else {
      return nil
    }
    return position + 2
  }

  // MARK: - Tokens

  private mutating func tokens(isBlock: Bool, from start: Int) throws(Diagnostic) -> [TemplateToken]
  {
    var tokens: [TemplateToken] = []
    var depth = 0
    let close = isBlock ? UInt8(ascii: "%") : UInt8(ascii: "}")
    while index < bytes.count {
      let current = bytes[index]
      if Self.isSpace(current) {
        index += 1
        continue
      }
      let dash = current == UInt8(ascii: "-") ? 1 : 0
      if depth == 0, byte(index + dash) == close, byte(index + dash + 1) == UInt8(ascii: "}") {
        trimsNext = dash == 1
        index += dash + 2
        return tokens
      }
      let token = try token()
      if ["(", "[", "{"].contains(token.text), token.kind == .sign { depth += 1 }
      if [")", "]", "}"].contains(token.text), token.kind == .sign { depth -= 1 }
      tokens.append(token)
      if tokens.count > Self.tokensMax {
        throw .templateSyntax("a tag has more than \(Self.tokensMax) parts", at: token.span)
      }
    }
    throw .templateSyntax(
      "the tag has no end", at: span(start, start + 2),
      help: isBlock ? "close it with `%}`" : "close it with `}}`")
  }

  private mutating func token() throws(Diagnostic) -> TemplateToken {
    let start = index
    let first = bytes[index]
    switch first {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), 0x80...0xFF:
      while isNameByte(byte(index)) { index += 1 }
      return make(.name, from: start)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return try string(quote: first)
    default: break
    }
    for sign in ["==", "!=", ">=", "<=", "//", "**"] {
      let bytes = Array(sign.utf8)
      if bytes[0] == first, bytes[1] == byte(index + 1) {
        index += 2
        return make(.sign, from: start)
      }
    }
    index += 1
    guard "+-*/%~()[]{}.,:|=<>".utf8.contains(first) else {
      throw .templateSyntax(
        "unexpected character `\(Unicode.Scalar(first).escaped(asASCII: true))`",
        at: span(start, index))
    }
    return make(.sign, from: start)
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF:
      true
    default: false
    }
  }

  private func make(_ kind: TemplateToken.Kind, from start: Int) -> TemplateToken {
    TemplateToken(
      kind: kind, text: String(decoding: bytes[start..<index], as: UTF8.self),
      span: span(start, index))
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func number() -> TemplateToken {
    let start = index
    while isDigit(byte(index)) || byte(index) == UInt8(ascii: "_") { index += 1 }
    var kind = TemplateToken.Kind.integer
    if byte(index) == UInt8(ascii: "."), isDigit(byte(index + 1)) {
      kind = .float
      index += 1
      while isDigit(byte(index)) { index += 1 }
    }
    if byte(index) | 0x20 == UInt8(ascii: "e") {
      let sign =
        byte(index + 1) == UInt8(ascii: "-") || byte(index + 1) == UInt8(ascii: "+") ? 1 : 0
      if isDigit(byte(index + 1 + sign)) {
        kind = .float
        index += 2 + sign
        while isDigit(byte(index)) { index += 1 }
      }
    }
    var token = make(kind, from: start)
    token.text.removeAll { $0 == "_" }
    return token
  }

  private mutating func string(quote: UInt8) throws(Diagnostic) -> TemplateToken {
    let start = index
    var value: [UInt8] = []
    index += 1
    while index < bytes.count, bytes[index] != quote {
      if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
        appendEscape(bytes[index + 1], to: &value)
        index += 2
      } else {
        value.append(bytes[index])
        index += 1
      }
    }
    guard index < bytes.count else {
      throw .templateSyntax("the string has no end", at: span(start, start + 1))
    }
    index += 1
    return TemplateToken(
      kind: .string, text: String(decoding: value, as: UTF8.self), span: span(start, index))
  }

  private func appendEscape(_ letter: UInt8, to value: inout [UInt8]) {
    switch letter {
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): value.append(letter)
    default: value.append(contentsOf: [UInt8(ascii: "\\"), letter])
    }
  }
}

/// The findings of templates.
extension Diagnostic {
  static func templateSyntax(_ message: String, at span: SourceSpan, help: String? = nil)
    -> Diagnostic
  {
    Diagnostic(
      "template-syntax", title: "in the template: \(message)", at: span,
      help: help.map { [$0] } ?? [])
  }

  static func templateUnsupported(_ what: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "template-unsupported", title: "\(what) is not supported in templates", at: span,
      notes: ["templates are the subset of Jinja2 that the documentation lists"])
  }

  static func templateValue(_ message: String, at span: SourceSpan, help: [String] = [])
    -> Diagnostic
  {
    Diagnostic("template-value", title: "in the template: \(message)", at: span, help: help)
  }
}
