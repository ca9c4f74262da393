/// Tells code from comments and strings, and measures functions. Knows as much Swift as that takes.
struct CodeScanner {
  /// A function, initializer or deinitializer with a body.
  struct Function: Equatable {
    let name: String
    /// Line of its keyword, from 1.
    let line: Int
    /// Lines from the keyword to the closing brace.
    let length: Int
  }

  private var input: [UInt8]
  private var output: [UInt8] = []
  private var position = 0

  /// Returns the text with comments and string contents replaced by spaces.
  static func code(of text: String) -> String {
    var scanner = CodeScanner(input: Array(text.utf8))
    scanner.scanCode(untilParenthesis: false)
    return String(decoding: scanner.output, as: UTF8.self)
  }

  private init(input: [UInt8]) {
    self.input = input
    output.reserveCapacity(input.count)
  }

  private func byte(at offset: Int = 0) -> UInt8? {
    let index = position + offset
    return index < input.count ? input[index] : nil
  }

  private func starts(with text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes in
      unsafe position + bytes.count <= input.count
        && zip(bytes, input[position...]).allSatisfy { $0 == $1 }
    }
  }

  private mutating func keep(_ count: Int = 1) {
    for _ in 0..<count where position < input.count {
      output.append(input[position])
      position += 1
    }
  }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<count where position < input.count {
      output.append(input[position] == UInt8(ascii: "\n") ? input[position] : UInt8(ascii: " "))
      position += 1
    }
  }

  private mutating func scanCode(untilParenthesis: Bool) {
    var depth = 0
    while let next = byte() {
      if starts(with: "//") {
        while let comment = byte(), comment != UInt8(ascii: "\n") {
          _ = comment
          blank()
        }
      } else if starts(with: "/*") {
        scanBlockComment()
      } else if next == UInt8(ascii: "\"") {
        scanString(pounds: 0)
      } else if next == UInt8(ascii: "#"), let pounds = poundsBeforeQuote() {
        keep(pounds)
        scanString(pounds: pounds)
      } else {
        if next == UInt8(ascii: "(") { depth += 1 }
        if next == UInt8(ascii: ")") { depth -= 1 }
        keep()
        if untilParenthesis, depth == 0 { return }
      }
    }
  }

  private func poundsBeforeQuote() -> Int? {
    var count = 0
    while byte(at: count) == UInt8(ascii: "#") { count += 1 }
    return byte(at: count) == UInt8(ascii: "\"") ? count : nil
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        blank(2)
      } else if starts(with: "*/") {
        depth -= 1
        blank(2)
      } else {
        blank()
      }
    } while depth > 0 && position < input.count
  }

  private mutating func scanString(pounds: Int) {
    let quotes = starts(with: "\"\"\"") ? 3 : 1
    keep(quotes)
    while let next = byte() {
      if next == UInt8(ascii: "\\"), isEscape(pounds: pounds) {
        let opening = 1 + pounds
        if byte(at: opening) == UInt8(ascii: "(") {
          blank(opening)
          scanCode(untilParenthesis: true)
        } else {
          blank(opening + 1)
        }
      } else if isEnd(quotes: quotes, pounds: pounds) {
        keep(quotes + pounds)
        return
      } else if quotes == 1, next == UInt8(ascii: "\n") {
        return  // Not a string after all, such as a quote in a regular expression.
      } else {
        blank()
      }
    }
  }

  private func isEscape(pounds: Int) -> Bool {
    (0..<pounds).allSatisfy { byte(at: 1 + $0) == UInt8(ascii: "#") }
  }

  private func isEnd(quotes: Int, pounds: Int) -> Bool {
    (0..<quotes).allSatisfy { byte(at: $0) == UInt8(ascii: "\"") }
      && (0..<pounds).allSatisfy { byte(at: quotes + $0) == UInt8(ascii: "#") }
  }
}

extension CodeScanner {
  /// Returns the functions in `code`, which must be free of comments and strings.
  static func functions(in code: String) -> [Function] {
    let words = Self.words(of: code)
    return words.indices.compactMap { index in
      let word = words[index]
      let before = index > 0 ? words[index - 1].text : ""
      switch word.text {
      case "func": break
      case "init", "deinit":
        guard before != ".", before != "func" else { return nil }
      default: return nil
      }
      guard let end = endOfBody(from: index + 1, in: words) else { return nil }
      let name = word.text == "func" && index + 1 < words.count ? words[index + 1].text : word.text
      return Function(name: name, line: word.line, length: words[end].line - word.line + 1)
    }
  }

  private struct Word {
    let text: String
    let line: Int
  }

  /// Identifiers as a whole, other characters one by one.
  private static func words(of code: String) -> [Word] {
    var words: [Word] = []
    var line = 1
    var current = ""
    for character in code {
      if character.isLetter || character.isNumber || character == "_" {
        current.append(character)
        continue
      }
      if !current.isEmpty {
        words.append(Word(text: current, line: line))
        current = ""
      }
      if character.isNewline {
        line += 1
      } else if !character.isWhitespace {
        words.append(Word(text: String(character), line: line))
      }
    }
    if !current.isEmpty { words.append(Word(text: current, line: line)) }
    return words
  }

  /// Index of the brace that closes the body of the declaration, or nil if it has none.
  private static func endOfBody(from start: Int, in words: [Word]) -> Int? {
    var parentheses = 0
    var braces = 0
    var quoted = false
    for index in start..<words.count {
      if words[index].text == "`" { quoted.toggle() }
      guard !quoted else { continue }
      switch words[index].text {
      case "(", "[": parentheses += 1
      case ")", "]": parentheses -= 1
      case "{" where parentheses == 0 || braces > 0: braces += 1
      case "}" where parentheses == 0 || braces > 0:
        braces -= 1
        if braces == 0 { return index }
        if braces < 0 { return nil }
      case "func", "init", "deinit", "var", "let", "subscript", "case", "associatedtype", "static":
        if braces == 0, parentheses == 0 { return nil }
      default: break
      }
    }
    return nil
  }
}
