internal import Diagnostics

/// A recursive-descent parser over the tokens of one file. Extensions hold the grammar by subject.
struct SyntaxParser {
  /// Thrown to give up a statement; what is wrong has been reported.
  struct Failure: Error {}

  let source: SourceFile
  let limits: Parser.Limits
  let tokens: [Token]
  var names: NameTable
  var decoder: StringDecoder
  var file: SyntaxFile
  private var diagnostics: [Diagnostic]
  private var errorCount: Int
  /// The place of the current token.
  private(set) var position = 0
  private var nesting = 0
  /// The keywords of the blocks that are open, outermost first.
  var openBlocks: [SourceSpan] = []
  /// The arguments of the calls that are being read, innermost last.
  var arguments: [Argument] = []
  /// The tokens of each statement, when a tool asked for them.
  var nodes: [SyntaxNode]?

  init(source: SourceFile, lexer: Lexer, limits: Parser.Limits) {
    self.source = source
    self.limits = limits
    tokens = lexer.tokens
    names = lexer.names
    decoder = StringDecoder(source: source)
    file = SyntaxFile(source: source)
    diagnostics = lexer.diagnostics
    errorCount = lexer.diagnostics.count
    if let offset = source.invalidOffset {
      diagnostics.append(
        .invalidUTF8(at: SourceSpan(file: source.id, start: offset, end: offset)))
      errorCount += 1
    }
  }

  // MARK: - Tokens

  var current: Token { tokens[position] }

  var currentKind: TokenKind { tokens[position].kind }

  /// The kind of the token `distance` after the current one.
  func kind(ahead distance: Int) -> TokenKind {
    position + distance < tokens.count ? tokens[position + distance].kind : .endOfFile
  }

  var previousEnd: UInt32 { position == 0 ? 0 : tokens[position - 1].end }

  /// Returns the current token and steps over it; the end of the file stays.
  @discardableResult
  mutating func advance() -> Token {
    let token = tokens[position]
    if token.kind != .endOfFile { position += 1 }
    return token
  }

  /// Steps over the current token if it is of a kind.
  mutating func accept(_ kind: TokenKind) -> Token? {
    guard tokens[position].kind == kind else { return nil }
    return advance()
  }

  /// Steps over a token of a kind, or fails.
  @discardableResult
  mutating func expect(
    _ kind: TokenKind, _ what: @autoclosure () -> String? = nil
  ) throws(Failure) -> Token {
    if tokens[position].kind == kind { return advance() }
    throw unexpected(expected: what() ?? kind.description)
  }

  func span(_ token: Token) -> SourceSpan {
    SourceSpan(file: source.id, start: token.start, end: token.end)
  }

  /// The span from `start` to the end of the last token.
  func span(from start: UInt32) -> SourceSpan {
    SourceSpan(file: source.id, start: start, end: max(start, previousEnd))
  }

  /// The span from `start` to the end of the last token; or from `anchor` when a line ends between `start` and it.
  func span(from start: UInt32, anchor: Token) -> SourceSpan {
    span(from: hasLineEnd(from: start, to: anchor.start) ? anchor.start : start)
  }

  private func hasLineEnd(from start: UInt32, to end: UInt32) -> Bool {
    guard end > start, Int(end) <= source.bytes.count else { return false }
    for index in Int(start)..<Int(end) where source.bytes[index] == 0x0A { return true }
    return false
  }

  func text(_ token: Token) -> String {
    source.text(from: token.start, to: token.end)
  }

  /// Notes which tokens make a node that ends here, for tools.
  mutating func note(_ kind: SyntaxNode.Kind, from first: Int) {
    if nodes != nil { nodes?.append(SyntaxNode(kind: kind, tokens: first..<position)) }
  }

  // MARK: - Findings

  mutating func report(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errorCount += 1 }
    if errorCount <= limits.errorsMax || diagnostics.isEmpty { diagnostics.append(diagnostic) }
  }

  mutating func fail(_ diagnostic: Diagnostic) -> Failure {
    report(diagnostic)
    return Failure()
  }

  var hasTooManyErrors: Bool { errorCount > limits.errorsMax }

  /// Reports that the current token does not fit.
  mutating func unexpected(expected: String, help: [String] = []) -> Failure {
    let token = current
    let block = openBlocks.last.map { [Diagnostic.Label(span: $0, text: "this block is open")] }
    switch token.kind {
    case .endOfFile:
      return fail(.unexpectedEnd(expected: expected, at: span(token), labels: block ?? []))
    case .invalid: return Failure()
    default:
      if token.flags.contains(.unterminated) { return Failure() }
      if token.kind.startsDefinition, !openBlocks.isEmpty, token.flags.contains(.firstOnLine) {
        return fail(
          .misplacedDefinition(text(token), at: span(token), block: openBlocks.last))
      }
      return unexpected(token, expected: expected, help: help)
    }
  }

  /// Reports a token of the text that does not fit. What follows a keyword on another line is reported at the keyword, a
  /// multi-line string at its end: those are the lines that the language names.
  private mutating func unexpected(
    _ token: Token, expected: String, help: [String]
  ) -> Failure {
    let shown = token.end - token.start > 40 ? token.kind.description : "`\(text(token))`"
    var diagnostic = Diagnostic.unexpected(
      shown, expected: expected, at: span(token), help: help)
    if token.kind == .multilineString, token.end - token.start >= 6 {
      diagnostic.span = SourceSpan(file: source.id, start: token.end - 3, end: token.end)
    } else if position > 0, token.flags.contains(.firstOnLine),
      Self.isReported(at: tokens[position - 1].kind, before: token.kind)
    {
      let keyword = tokens[position - 1]
      diagnostic.title += " after `\(text(keyword))`"
      diagnostic.label = "after this"
      diagnostic.span = span(keyword)
      diagnostic.labels.append(
        Diagnostic.Label(span: span(token), text: "expected \(expected)"))
    }
    return fail(diagnostic)
  }

  /// Whether a token that does not fit behind a keyword is reported at the keyword. Behind a value (`true`, `defined`) only a
  /// token is that can follow no value at all.
  private static func isReported(at keyword: TokenKind, before token: TokenKind) -> Bool {
    guard keyword.isKeyword, !token.isKeyword else { return false }
    switch keyword {
    case .keywordTrue, .keywordFalse, .keywordNull, .keywordDefined, .keywordUndef:
      return token == .equal || token == .plusEqual || token == .dot || token == .separator
    default: return true
    }
  }

  mutating func finishedDiagnostics() -> [Diagnostic] {
    for diagnostic in decoder.diagnostics { report(diagnostic) }
    if hasTooManyErrors, let last = diagnostics.compactMap(\.span).map(\.end).max() {
      let end = SourceSpan(file: source.id, start: last, end: last)
      diagnostics.append(.tooManyErrors(limits.errorsMax, at: end))
    }
    return diagnostics.enumerated().sorted { left, right in
      let (first, second) = (left.element.span?.start ?? 0, right.element.span?.start ?? 0)
      return (first, left.offset) < (second, right.offset)
    }.map(\.element)
  }

  // MARK: - Depth

  /// Goes one level deeper for the time of `body`.
  mutating func nested<Result>(
    _ body: (inout SyntaxParser) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard nesting < limits.nestingMax else {
      throw fail(.tooDeep("the nesting", limit: limits.nestingMax, at: span(current)))
    }
    nesting += 1
    defer { nesting -= 1 }
    return try body(&self)
  }

  /// Makes an expression over parts whose greatest depth is `depth`.
  mutating func make(
    _ kind: Expression.Kind, _ span: SourceSpan, over depth: UInt32
  ) throws(Failure) -> Expression {
    guard depth < limits.depthMax else {
      throw fail(.tooDeep("the expression", limit: limits.depthMax, at: span))
    }
    return Expression(kind, span: span, depth: depth + 1)
  }

  // MARK: - Recovery

  /// The number of bytes before a token on its line.
  func indentation(of token: Token) -> Int {
    var start = min(Int(token.start), source.bytes.count)
    let end = start
    while start > 0, source.bytes[start - 1] != 0x0A { start -= 1 }
    return end - start
  }

  /// Skips to the next line that begins at the level of the file; always moves on from `start`.
  mutating func recoverAtFileLevel(from start: Int) {
    openBlocks.removeAll()
    nesting = 0
    if position == start { advance() }
    while currentKind != .endOfFile {
      let token = current
      if token.flags.contains(.firstOnLine) {
        if token.kind.startsDefinition { return }
        if indentation(of: token) == 0 {
          if token.kind != .keywordEnd, Self.startsStatement(token.kind) { return }
        }
      }
      advance()
    }
  }

  /// Skips to the next line inside a block whose statement at `start` failed. Returns false when the block is lost:
  /// the next line is indented less and does not close it.
  mutating func recoverInBlock(from start: Int) -> Bool {
    let column = indentation(of: tokens[start])
    if position == start { advance() }
    while currentKind != .endOfFile {
      let token = current
      if token.flags.contains(.firstOnLine) {
        let indentation = indentation(of: token)
        if token.kind.startsDefinition { return false }
        if indentation < column { return Self.closesBlock(token.kind) }
        if indentation == column, Self.startsStatement(token.kind) { return true }
      }
      advance()
    }
    return false
  }

  static func closesBlock(_ kind: TokenKind) -> Bool {
    kind == .keywordEnd || kind == .keywordElse || kind == .keywordElif
  }

  private static func startsStatement(_ kind: TokenKind) -> Bool {
    switch kind {
    case .identifier, .className, .keywordFor, .keywordIf, .keywordNot, .keywordEnd,
      .keywordElse, .keywordElif, .leftBracket, .leftBrace, .leftParenthesis, .string,
      .multilineString, .formatString, .rawString:
      true
    default: kind.startsDefinition
    }
  }
}
