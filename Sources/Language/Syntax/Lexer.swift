internal import Diagnostics

/// Splits a file into tokens, by hand over its UTF-8 bytes. Never fails: what is no token is reported and skipped.
struct Lexer {
  private let bytes: [UInt8]
  private let file: FileID
  private var index = 0
  private var atLineStart = true
  private(set) var tokens: [Token] = []
  var names = NameTable()
  private(set) var diagnostics: [Diagnostic] = []
  /// Findings about tokens are not collected beyond this number.
  private let errorsMax: Int

  init(source: SourceFile, errorsMax: Int) {
    bytes = source.bytes
    file = source.id
    self.errorsMax = errorsMax
    tokens.reserveCapacity(bytes.count / 5 + 16)
  }

  /// Makes all tokens; the last one is `.endOfFile`.
  mutating func tokenize() {
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case 0x20, 0x09: index += 1
      case 0x0A:
        index += 1
        atLineStart = true
      case UInt8(ascii: "#"): skipComment()
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        lexWord(byte)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): lexNumber()
      case UInt8(ascii: "\""), UInt8(ascii: "'"): lexQuote(byte)
      default: lexPunctuation(byte)
      }
    }
    // The imaginary line end that every file gets, and the column after it.
    let end = UInt32(bytes.count) + 2
    tokens.append(
      Token(kind: .endOfFile, flags: .firstOnLine, start: end, end: end, name: 0))
  }

  private func peek(_ distance: Int) -> UInt8 {
    index + distance < bytes.count ? bytes[index + distance] : 0
  }

  private mutating func add(
    _ kind: TokenKind, length: Int, flags: Token.Flags = [], name: UInt32 = 0
  ) {
    var flags = flags
    if atLineStart { flags.insert(.firstOnLine) }
    atLineStart = false
    tokens.append(
      Token(
        kind: kind, flags: flags, start: UInt32(index), end: UInt32(index + length), name: name))
    index += length
  }

  private mutating func skipComment() {
    while index < bytes.count, bytes[index] != 0x0A { index += 1 }
  }

  // MARK: - Words

  /// Digits and `-`: a bit for each byte below 64.
  private static let wordDigits: UInt64 = 0x03FF_2000_0000_0000
  /// Letters and `_`: a bit for each byte from 64 to 127.
  private static let wordLetters: UInt64 = 0x07FF_FFFE_87FF_FFFE

  private static func isWordByte(_ byte: UInt8) -> Bool {
    guard byte < 128 else { return false }
    let set = byte < 64 ? wordDigits : wordLetters
    return set & (UInt64(1) << UInt64(byte & 63)) != 0
  }

  private mutating func lexWord(_ first: UInt8) {
    let quote = peek(1)
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      if first == UInt8(ascii: "f"), lexString(.formatString, prefix: 1, quote: quote) { return }
      if first == UInt8(ascii: "r"), lexString(.rawString, prefix: 1, quote: quote) { return }
    }
    var end = index
    var hasHyphen = false
    var hash: UInt32 = 2_166_136_261
    while end < bytes.count {
      let byte = bytes[end]
      guard Self.isWordByte(byte) else { break }
      if byte == UInt8(ascii: "-") { hasHyphen = true }
      hash = (hash ^ UInt32(byte)) &* 16_777_619
      end += 1
    }
    let range = index..<end
    if first >= UInt8(ascii: "A") && first <= UInt8(ascii: "Z") {
      let name = names.intern(bytes, range, hash: hash)
      add(.className, length: range.count, flags: hasHyphen ? .hyphen : [], name: name.index)
      return
    }
    if Self.mayBeKeyword(first, length: range.count), let keyword = keyword(range) {
      if keyword == .keywordMatching, lexRegex(after: end) { return }
      add(keyword, length: range.count)
      return
    }
    let name = names.intern(bytes, range, hash: hash)
    add(.identifier, length: range.count, flags: hasHyphen ? .hyphen : [], name: name.index)
  }

  private static let keywords: [(text: StaticString, kind: TokenKind)] = [
    ("typedef", .keywordTypedef), ("as", .keywordAs), ("entity", .keywordEntity),
    ("extends", .keywordExtends), ("end", .keywordEnd), ("in", .keywordIn),
    ("implementation", .keywordImplementation), ("for", .keywordFor),
    ("matching", .keywordMatching), ("index", .keywordIndex), ("implement", .keywordImplement),
    ("using", .keywordUsing), ("when", .keywordWhen), ("and", .keywordAnd), ("or", .keywordOr),
    ("not", .keywordNot), ("true", .keywordTrue), ("false", .keywordFalse),
    ("import", .keywordImport), ("is", .keywordIs), ("defined", .keywordDefined),
    ("dict", .keywordDict), ("null", .keywordNull), ("undef", .keywordUndef),
    ("parents", .keywordParents), ("if", .keywordIf), ("else", .keywordElse),
    ("elif", .keywordElif),
  ]

  /// The texts of the keywords.
  static let keywordTexts = keywords.map { $0.text.description }

  /// The keywords by their first letter less `a`, as bytes.
  private static let keywordsByLetter: [[(text: [UInt8], kind: TokenKind)]] = {
    var table = Array(repeating: [(text: [UInt8], kind: TokenKind)](), count: 26)
    for (text, kind) in keywords {
      let bytes = Array(text.description.utf8)
      table[Int(bytes[0] - UInt8(ascii: "a"))].append((bytes, kind))
    }
    return table
  }()

  /// The lengths of the keywords by their first letter less `a`, as sets of bits.
  private static let keywordLengths: [UInt16] = keywordsByLetter.map { keywords in
    var lengths: UInt16 = 0
    for keyword in keywords { lengths |= UInt16(1) << UInt16(keyword.text.count) }
    return lengths
  }

  /// Most names have another length than all keywords that start like them.
  private static func mayBeKeyword(_ first: UInt8, length: Int) -> Bool {
    guard length < 16, first != UInt8(ascii: "_") else { return false }
    let lengths = keywordLengths[Int(first - UInt8(ascii: "a"))]
    return lengths & (UInt16(1) << UInt16(length)) != 0
  }

  private func keyword(_ range: Range<Int>) -> TokenKind? {
    let first = bytes[range.lowerBound]
    candidates: for (text, kind) in Self.keywordsByLetter[Int(first - UInt8(ascii: "a"))]
    where text.count == range.count {
      for offset in 1..<text.count where text[offset] != bytes[range.lowerBound + offset] {
        continue candidates
      }
      return kind
    }
    return nil
  }

  /// `matching`, white space, `/…/` is one token. Returns false when what follows is no regular expression.
  private mutating func lexRegex(after end: Int) -> Bool {
    var position = end
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0B, 0x0C].contains(bytes[position]) {
      position += 1
    }
    guard position > end, position < bytes.count, bytes[position] == UInt8(ascii: "/") else {
      return false
    }
    position += 1
    let bodyStart = position
    while position < bytes.count {
      switch bytes[position] {
      case 0x0A: return false
      case UInt8(ascii: "\\"):
        guard position + 1 < bytes.count, bytes[position + 1] != 0x0A else { return false }
        position += 2
      case UInt8(ascii: "/"):
        guard position > bodyStart else { return false }
        add(.regex, length: position + 1 - index)
        return true
      default: position += 1
      }
    }
    return false
  }

  // MARK: - Numbers

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// Lexes `-`? digits* `.` digits+ or `-`? digits+; the caller saw that one of them is there.
  private mutating func lexNumber() {
    var length = peek(0) == UInt8(ascii: "-") ? 1 : 0
    while Self.isDigit(peek(length)) { length += 1 }
    guard peek(length) == UInt8(ascii: "."), Self.isDigit(peek(length + 1)) else {
      add(.integer, length: length)
      return
    }
    length += 1
    while Self.isDigit(peek(length)) { length += 1 }
    add(.float, length: length)
  }

  // MARK: - Strings

  private mutating func lexQuote(_ quote: UInt8) {
    if quote == UInt8(ascii: "\""), peek(1) == quote, peek(2) == quote, lexMultiline() { return }
    if lexString(.string, prefix: 0, quote: quote) { return }
    // No closing quote on this line: take the rest of the line as the string, so that one mistake is one error.
    let start = index
    var end = index
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    // `"""text` without an end lexes as an empty string and this one.
    let isMultiline =
      tokens.last.map { $0.kind == .string && $0.end == index && $0.end - $0.start == 2 } ?? false
    add(.string, length: end - index, flags: .unterminated)
    report(
      .unterminatedString(
        at: SourceSpan(file: file, start: UInt32(start), end: UInt32(end)),
        isMultiline: isMultiline))
  }

  /// Lexes a string on one line. Returns false when it has no closing quote.
  private mutating func lexString(_ kind: TokenKind, prefix: Int, quote: UInt8) -> Bool {
    var position = index + prefix + 1
    var flags: Token.Flags = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == quote {
        add(kind, length: position + 1 - index, flags: flags)
        return true
      }
      switch byte {
      case 0x0A: return false
      case UInt8(ascii: "\\"):
        flags.formUnion([.backslash, .braces])
        guard position + 1 < bytes.count, bytes[position + 1] != 0x0A else { return false }
        position += 2
      case UInt8(ascii: "{"):
        flags.insert(.braces)
        position += 1
      default: position += 1
      }
    }
    return false
  }

  /// Lexes 3 to 5 quotes, the shortest text, 3 to 5 quotes. Returns false when it is not closed.
  private mutating func lexMultiline() -> Bool {
    let quote = UInt8(ascii: "\"")
    var opening = 3
    while opening < 5, peek(opening) == quote { opening += 1 }
    while opening >= 3 {
      var position = index + opening
      var flags: Token.Flags = []
      var run = 0
      while position < bytes.count, run < 3 {
        switch bytes[position] {
        case quote: run += 1
        case UInt8(ascii: "\\"):
          flags.formUnion([.backslash, .braces])
          run = 0
        case UInt8(ascii: "{"):
          flags.insert(.braces)
          run = 0
        default: run = 0
        }
        position += 1
      }
      if run == 3 {
        var extra = 0
        while extra < 2, position < bytes.count, bytes[position] == quote {
          position += 1
          extra += 1
        }
        // The first and last three quotes are stripped; the rest belongs to the text.
        add(.multilineString, length: position - index, flags: flags)
        return true
      }
      opening -= 1
    }
    return false
  }

  // MARK: - Punctuation

  private mutating func lexPunctuation(_ byte: UInt8) {
    let next = peek(1)
    switch byte {
    case UInt8(ascii: "-"): lexMinus(next)
    case UInt8(ascii: "."):
      if Self.isDigit(next) { lexNumber() } else { add(.dot, length: 1) }
    case UInt8(ascii: "<"):
      if next == UInt8(ascii: "-") {
        add(.relation, length: 2)
      } else {
        addPair(.lessOrEqual, ifNext: UInt8(ascii: "="), else: .less)
      }
    case UInt8(ascii: ">"): addPair(.greaterOrEqual, ifNext: UInt8(ascii: "="), else: .greater)
    case UInt8(ascii: "="): addPair(.equalEqual, ifNext: UInt8(ascii: "="), else: .equal)
    case UInt8(ascii: "!"):
      if next == UInt8(ascii: "=") { add(.notEqual, length: 2) } else { skipIllegal() }
    case UInt8(ascii: "+"): addPair(.plusEqual, ifNext: UInt8(ascii: "="), else: .plus)
    case UInt8(ascii: "*"): addPair(.power, ifNext: UInt8(ascii: "*"), else: .star)
    case UInt8(ascii: ":"): addPair(.separator, ifNext: UInt8(ascii: ":"), else: .colon)
    case UInt8(ascii: "/"): add(.slash, length: 1)
    case UInt8(ascii: "%"): add(.percent, length: 1)
    case UInt8(ascii: "["): add(.leftBracket, length: 1)
    case UInt8(ascii: "]"): add(.rightBracket, length: 1)
    case UInt8(ascii: "("): add(.leftParenthesis, length: 1)
    case UInt8(ascii: ")"): add(.rightParenthesis, length: 1)
    case UInt8(ascii: "{"): add(.leftBrace, length: 1)
    case UInt8(ascii: "}"): add(.rightBrace, length: 1)
    case UInt8(ascii: ","): add(.comma, length: 1)
    case UInt8(ascii: "?"): add(.question, length: 1)
    default: skipIllegal()
    }
  }

  private mutating func addPair(
    _ pair: TokenKind, ifNext next: UInt8, else single: TokenKind
  ) {
    if peek(1) == next { add(pair, length: 2) } else { add(single, length: 1) }
  }

  private mutating func lexMinus(_ next: UInt8) {
    if next == UInt8(ascii: "-") || next == UInt8(ascii: ">") {
      add(.relation, length: 2)
    } else if Self.isDigit(next) || (next == UInt8(ascii: ".") && Self.isDigit(peek(2))) {
      lexNumber()
    } else {
      add(.minus, length: 1)
    }
  }

  /// Reports a run of characters that begin no token, once.
  private mutating func skipIllegal() {
    let start = index
    var end = index
    while end < bytes.count, Self.isIllegal(bytes[end]) { end += 1 }
    if end == start { end += 1 }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    add(.invalid, length: end - start)
    report(
      .illegalCharacter(
        text, at: SourceSpan(file: file, start: UInt32(start), end: UInt32(end))))
  }

  private static func isIllegal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x80...0xFF, 0x00...0x08, 0x0B...0x1F, 0x7F, UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
      UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private mutating func report(_ diagnostic: Diagnostic) {
    if diagnostics.count < errorsMax { diagnostics.append(diagnostic) }
  }
}
