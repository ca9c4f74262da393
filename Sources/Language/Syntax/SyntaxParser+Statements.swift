internal import Diagnostics

/// The file level, blocks and statements.
extension SyntaxParser {
  /// Parses the whole file into `file`.
  mutating func parseFile() {
    if currentKind == .multilineString {
      file.documentation = documentation(advance())
      note(.documentation, from: 0)
    }
    while currentKind != .endOfFile, !hasTooManyErrors {
      let start = position
      do throws(Failure) {
        try parseTopLevel()
      } catch {
        recoverAtFileLevel(from: start)
      }
    }
    file.names = names
  }

  private mutating func parseTopLevel() throws(Failure) {
    let first = position
    switch currentKind {
    case .keywordImport:
      file.imports.append(try parseImport())
      note(.import, from: first)
    case .keywordEntity:
      file.declarations.append(.entity(try parseEntity()))
      note(.entity, from: first)
    case .keywordTypedef:
      file.declarations.append(.typedef(try parseTypedef()))
      note(.typedef, from: first)
    case .keywordIndex:
      file.declarations.append(.index(try parseIndex()))
      note(.index, from: first)
    case .keywordImplementation:
      file.declarations.append(.implementation(try parseImplementation()))
      note(.implementation, from: first)
    case .keywordImplement:
      file.declarations.append(.implement(try parseImplement()))
      note(.implement, from: first)
    default:
      if startsRelation {
        file.declarations.append(.relation(try parseRelation()))
        note(.relation, from: first)
      } else {
        file.statements.append(try parseStatement())
      }
    }
  }

  /// Whether `{ID ::} CID .` follows.
  private var startsRelation: Bool {
    guard currentKind == .identifier || currentKind == .className else { return false }
    var distance = 0
    while kind(ahead: distance) == .identifier {
      guard kind(ahead: distance + 1) == .separator else { return false }
      distance += 2
    }
    return kind(ahead: distance) == .className && kind(ahead: distance + 1) == .dot
  }

  // MARK: - Blocks

  /// Parses statements up to, not including, `end` (or `else`, `elif`). `block` is the keyword that opened it.
  mutating func parseBlock(_ block: SourceSpan) throws(Failure) -> [Statement] {
    try nested { parser throws(Failure) in
      parser.openBlocks.append(block)
      let depth = parser.openBlocks.count
      var statements: [Statement] = []
      while !Self.closesBlock(parser.currentKind) {
        if parser.currentKind == .endOfFile || parser.currentKind.startsDefinition {
          throw parser.unexpected(expected: "a statement or `end`")
        }
        let start = parser.position
        do throws(Failure) {
          statements.append(try parser.parseStatement())
        } catch {
          parser.openBlocks.removeLast(parser.openBlocks.count - depth)
          guard parser.recoverInBlock(from: start) else { throw error }
        }
      }
      parser.openBlocks.removeLast()
      return statements
    }
  }

  // MARK: - Statements

  mutating func parseStatement() throws(Failure) -> Statement {
    let first = position
    switch currentKind {
    case .keywordFor:
      let statement = try parseFor()
      note(.for, from: first)
      return statement
    case .keywordIf:
      let statement = try parseIf()
      note(.if, from: first)
      return statement
    default:
      let statement = try parseSimpleStatement()
      if case .expression = statement.kind {
        note(.expression, from: first)
      } else {
        note(.assignment, from: first)
      }
      return statement
    }
  }

  private mutating func parseSimpleStatement() throws(Failure) -> Statement {
    let first = current
    let expression = try parseExpression()
    let isAddition = currentKind == .plusEqual
    guard first.kind == .identifier, isAddition || currentKind == .equal else {
      return Statement(.expression(expression), span: expression.span)
    }
    let nameToken = tokens[position - 1]
    switch expression.kind {
    case .variable(let target):
      let sign = advance()
      if isAddition {
        throw fail(.additionToVariable(file(text: target), at: span(from: first.start)))
      }
      try refuseHyphen(nameToken, "a variable")
      let value = try parseExpression()
      return Statement(
        .assignVariable(target: target, value: value), span: span(from: first.start, anchor: sign))
    case .attribute(let owner, let name):
      let sign = advance()
      try refuseHyphen(nameToken, "an attribute")
      let value = try parseExpression()
      return Statement(
        .assignAttribute(owner: owner, name: name, value: value, isAddition: isAddition),
        span: span(from: first.start, anchor: sign))
    default: throw unexpected(expected: "the next statement")
    }
  }

  private func file(text name: QualifiedName) -> String {
    source.text(from: name.span.start, to: name.span.end)
  }

  private mutating func parseFor() throws(Failure) -> Statement {
    let keyword = advance()
    let first = position - 1
    let variable = try parseIdentifier("a loop variable")
    try expect(.keywordIn, "`in`")
    let iterable = try parseExpression()
    try expect(.colon, "`:` after the loop")
    note(.header, from: first)
    let place = span(from: keyword.start)
    let body = try parseBlock(span(keyword))
    try expect(.keywordEnd, "`end` of the loop")
    return Statement(.for(variable: variable, iterable: iterable, body: body), span: place)
  }

  private mutating func parseIf() throws(Failure) -> Statement {
    var first = position
    let keyword = advance()
    var branches: [ConditionalBlock] = []
    let condition = try parseExpression()
    try expect(.colon, "`:` after the condition")
    note(.header, from: first)
    let place = span(from: keyword.start)
    let body = try parseBlock(span(keyword))
    branches.append(ConditionalBlock(condition: condition, body: body, span: place))
    while let keyword = accept(.keywordElif) {
      first = position - 1
      let condition = try parseExpression()
      let colon = try expect(.colon, "`:` after the condition")
      note(.header, from: first)
      let place = span(from: keyword.start, anchor: colon)
      let body = try parseBlock(span(keyword))
      branches.append(ConditionalBlock(condition: condition, body: body, span: place))
    }
    var otherwise: [Statement] = []
    if let keyword = accept(.keywordElse) {
      first = position - 1
      try expect(.colon, "`:` after `else`")
      note(.header, from: first)
      otherwise = try parseBlock(span(keyword))
    }
    try expect(.keywordEnd, "`end` of the condition")
    return Statement(.if(branches: branches, otherwise: otherwise), span: place)
  }
}
