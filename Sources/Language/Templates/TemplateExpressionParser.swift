internal import Diagnostics

/// Reads the expressions inside one tag.
struct TemplateExpressionParser {
  private let tokens: [TemplateToken]
  private var index = 0
  private let end: SourceSpan
  private var nesting = 0
  /// The tag's name.
  private(set) var keyword = ""

  init(tokens: [TemplateToken], end: SourceSpan) {
    self.tokens = tokens
    self.end = tokens.last?.span ?? end
  }

  // MARK: - Tokens

  var current: TemplateToken? { index < tokens.count ? tokens[index] : nil }

  private var place: SourceSpan { current?.span ?? end }

  mutating func accept(_ sign: String) -> Bool {
    guard let token = current, token.kind == .sign, token.text == sign else { return false }
    index += 1
    return true
  }

  mutating func accept(word: String) -> Bool {
    guard let token = current, token.kind == .name, token.text == word else { return false }
    index += 1
    return true
  }

  mutating func expect(_ sign: String) throws(Diagnostic) {
    guard accept(sign) else { throw unexpected("`\(sign)`") }
  }

  mutating func expect(word: String) throws(Diagnostic) {
    guard accept(word: word) else { throw unexpected("`\(word)`") }
  }

  func expectEnd() throws(Diagnostic) {
    guard current == nil else { throw unexpected("the end of the tag") }
  }

  mutating func name(_ what: String) throws(Diagnostic) -> TemplateToken {
    guard let token = current, token.kind == .name else { throw unexpected(what) }
    if index == 0 { keyword = token.text }
    index += 1
    return token
  }

  private func unexpected(_ wanted: String) -> Diagnostic {
    let found = current.map { "`\($0.text)`" } ?? "the end of the tag"
    return .templateSyntax("unexpected \(found), expected \(wanted)", at: place)
  }

  // MARK: - Structure

  /// Reads the names that a loop or `set` assigns.
  mutating func targets() throws(Diagnostic) -> [String] {
    let isParenthesised = accept("(")
    var targets: [String] = []
    repeat {
      let token = try name("a name")
      if ["in", "if", "is", "not", "and", "or", "else", "true", "false", "none"].contains(
        token.text)
      {
        throw .templateSyntax("`\(token.text)` cannot be assigned", at: token.span)
      }
      targets.append(token.text)
    } while accept(",")
    if isParenthesised { try expect(")") }
    return targets
  }

  /// Reads an expression, or several with commas as a list.
  mutating func tuple() throws(Diagnostic) -> TemplateExpression {
    try tuple(withConditions: true)
  }

  /// The same without `a if b`, whose `if` belongs to the loop.
  mutating func tupleWithoutCondition() throws(Diagnostic) -> TemplateExpression {
    try tuple(withConditions: false)
  }

  private mutating func tuple(withConditions: Bool) throws(Diagnostic) -> TemplateExpression {
    let start = place
    let first = withConditions ? try expression() : try disjunction()
    guard let token = current, token.kind == .sign, token.text == "," else { return first }
    var elements = [first]
    while accept(",") {
      guard let token = current, token.text != ")" else { break }
      elements.append(withConditions ? try expression() : try disjunction())
    }
    return TemplateExpression(kind: .list(elements), span: start)
  }

  mutating func filterChain() throws(Diagnostic) -> [TemplateFilter] {
    var filters: [TemplateFilter] = []
    repeat { filters.append(try filter()) } while accept("|")
    return filters
  }

  private mutating func filter() throws(Diagnostic) -> TemplateFilter {
    let token = try name("a filter's name")
    var text = token.text
    while accept(".") { text += "." + (try name("a filter's name")).text }
    let arguments = accept("(") ? try arguments() : []
    return TemplateFilter(name: text, arguments: arguments, span: token.span)
  }

  /// Reads arguments up to `)`; the opening one has been read.
  private mutating func arguments() throws(Diagnostic) -> [TemplateArgument] {
    var arguments: [TemplateArgument] = []
    while !accept(")") {
      var name: String?
      if let token = current, token.kind == .name, index + 1 < tokens.count,
        tokens[index + 1].text == "=", tokens[index + 1].kind == .sign
      {
        name = token.text
        index += 2
      }
      arguments.append(TemplateArgument(name: name, value: try expression()))
      if accept(",") { continue }
      try expect(")")
      break
    }
    return arguments
  }

  // MARK: - Operators

  mutating func expression() throws(Diagnostic) -> TemplateExpression {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= TemplateParser.nestingMax else {
      throw .templateSyntax(
        "the expression nests deeper than \(TemplateParser.nestingMax)", at: place)
    }
    var result = try disjunction()
    while accept(word: "if") {
      let condition = try disjunction()
      let otherwise = accept(word: "else") ? try expression() : nil
      result = TemplateExpression(
        kind: .conditional(condition, result, otherwise), span: result.span)
    }
    return result
  }

  private mutating func disjunction() throws(Diagnostic) -> TemplateExpression {
    var left = try conjunction()
    while accept(word: "or") {
      left = TemplateExpression(kind: .binary("or", left, try conjunction()), span: left.span)
    }
    return left
  }

  private mutating func conjunction() throws(Diagnostic) -> TemplateExpression {
    var left = try negation()
    while accept(word: "and") {
      left = TemplateExpression(kind: .binary("and", left, try negation()), span: left.span)
    }
    return left
  }

  private mutating func negation() throws(Diagnostic) -> TemplateExpression {
    var count = 0
    let start = place
    while accept(word: "not") { count += 1 }
    var result = try comparison()
    if count > 0 { result = TemplateExpression(kind: .not(result), span: start) }
    if count > 1, count.isMultiple(of: 2) {
      result = TemplateExpression(kind: .not(result), span: start)
    }
    return result
  }

  private mutating func comparison() throws(Diagnostic) -> TemplateExpression {
    let first = try sum()
    var parts: [(sign: String, value: TemplateExpression)] = []
    while let token = current {
      if token.kind == .sign, ["==", "!=", "<", ">", "<=", ">="].contains(token.text) {
        index += 1
        parts.append((token.text, try sum()))
      } else if accept(word: "in") {
        parts.append(("in", try sum()))
      } else if token.kind == .name, token.text == "not", index + 1 < tokens.count,
        tokens[index + 1].text == "in"
      {
        index += 2
        parts.append(("not in", try sum()))
      } else {
        break
      }
    }
    return parts.isEmpty
      ? first : TemplateExpression(kind: .comparison(first, parts), span: first.span)
  }

  private mutating func sum() throws(Diagnostic) -> TemplateExpression {
    var left = try concatenation()
    while let token = current, token.kind == .sign, ["+", "-"].contains(token.text) {
      index += 1
      left = TemplateExpression(
        kind: .binary(token.text, left, try concatenation()), span: token.span)
    }
    return left
  }

  private mutating func concatenation() throws(Diagnostic) -> TemplateExpression {
    let first = try product()
    var parts = [first]
    while accept("~") { parts.append(try product()) }
    return parts.count == 1
      ? first : TemplateExpression(kind: .concatenation(parts), span: first.span)
  }

  private mutating func product() throws(Diagnostic) -> TemplateExpression {
    var left = try power()
    while let token = current, token.kind == .sign, ["*", "/", "//", "%"].contains(token.text) {
      index += 1
      left = TemplateExpression(kind: .binary(token.text, left, try power()), span: token.span)
    }
    return left
  }

  private mutating func power() throws(Diagnostic) -> TemplateExpression {
    var left = try unary(withFilters: true)
    while accept("**") {
      let right = try unary(withFilters: true)
      left = TemplateExpression(kind: .binary("**", left, right), span: left.span)
    }
    return left
  }

  /// Filters bind tighter than every operator, but looser than the sign before them.
  private mutating func unary(withFilters: Bool) throws(Diagnostic) -> TemplateExpression {
    let start = place
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= TemplateParser.nestingMax else {
      throw .templateSyntax(
        "the expression nests deeper than \(TemplateParser.nestingMax)", at: start)
    }
    var result: TemplateExpression
    if accept("-") {
      let operand = try unary(withFilters: false)
      result = TemplateExpression(kind: .negate(operand), span: start)
    } else if accept("+") {
      result = try unary(withFilters: false)
    } else {
      result = try postfix()
    }
    return withFilters ? try filtered(result) : result
  }

  // MARK: - Primaries

  private mutating func filtered(_ expression: TemplateExpression) throws(Diagnostic)
    -> TemplateExpression
  {
    var result = expression
    while true {
      if accept("|") {
        let filter = try filter()
        result = TemplateExpression(kind: .filter(result, filter), span: filter.span)
      } else if accept(word: "is") {
        let isNegated = accept(word: "not")
        let test = try test()
        result = TemplateExpression(kind: .test(result, test), span: test.span)
        if isNegated { result = TemplateExpression(kind: .not(result), span: test.span) }
      } else {
        return result
      }
    }
  }

  /// Reads a test; one argument may follow without parentheses.
  private mutating func test() throws(Diagnostic) -> TemplateFilter {
    let token = try name("a test's name")
    var arguments: [TemplateArgument] = []
    if accept("(") {
      arguments = try self.arguments()
    } else if let next = current, next.kind != .sign || next.text == "[",
      !["and", "or", "not", "is", "in", "if", "else"].contains(next.text) || next.kind == .string
    {
      arguments = [TemplateArgument(name: nil, value: try postfix())]
    }
    return TemplateFilter(name: token.text, arguments: arguments, span: token.span)
  }

  private mutating func postfix() throws(Diagnostic) -> TemplateExpression {
    var result = try primary()
    while let token = current, token.kind == .sign {
      switch token.text {
      case ".":
        index += 1
        guard let name = current, name.kind == .name || name.kind == .integer else {
          throw unexpected("a name after `.`")
        }
        index += 1
        if name.kind == .integer {
          let key = TemplateExpression(
            kind: .constant(.integer(Int(name.text) ?? 0)), span: name.span)
          result = TemplateExpression(kind: .item(result, key), span: name.span)
        } else {
          result = TemplateExpression(kind: .attribute(result, name.text), span: name.span)
        }
      case "[":
        index += 1
        result = try subscripted(result, at: token.span)
      case "(":
        index += 1
        result = TemplateExpression(kind: .call(result, try arguments()), span: result.span)
      default: return result
      }
    }
    return result
  }

  private mutating func subscripted(
    _ value: TemplateExpression, at span: SourceSpan
  ) throws(Diagnostic) -> TemplateExpression {
    var parts: [TemplateExpression?] = [nil]
    while !accept("]") {
      if accept(":") {
        parts.append(nil)
        guard parts.count <= 3 else { throw unexpected("`]`") }
      } else if parts[parts.count - 1] == nil {
        parts[parts.count - 1] = try expression()
      } else {
        throw unexpected("`]`")
      }
    }
    if parts.count == 1 {
      guard let key = parts[0] else { throw unexpected("a key") }
      return TemplateExpression(kind: .item(value, key), span: span)
    }
    return TemplateExpression(
      kind: .slice(value, parts[0], parts[1], parts.count > 2 ? parts[2] : nil), span: span)
  }

  private mutating func primary() throws(Diagnostic) -> TemplateExpression {
    guard let token = current else { throw unexpected("an expression") }
    index += 1
    switch token.kind {
    case .name: return TemplateExpression(kind: named(token.text), span: token.span)
    case .integer:
      guard let value = Int(token.text) else {
        throw .templateValue("the number \(token.text) is too large", at: token.span)
      }
      return TemplateExpression(kind: .constant(.integer(value)), span: token.span)
    case .float:
      return TemplateExpression(
        kind: .constant(.float(Double(token.text) ?? 0)), span: token.span)
    case .string:
      var text = token.text
      while let more = current, more.kind == .string {
        text += more.text
        index += 1
      }
      return TemplateExpression(kind: .constant(.string(text)), span: token.span)
    default: break
    }
    switch token.text {
    case "(":
      if accept(")") { return TemplateExpression(kind: .list([]), span: token.span) }
      let inner = try tuple()
      try expect(")")
      return inner
    case "[":
      var elements: [TemplateExpression] = []
      while !accept("]") {
        elements.append(try expression())
        if accept(",") { continue }
        try expect("]")
        break
      }
      return TemplateExpression(kind: .list(elements), span: token.span)
    case "{": return try dictionary(token)
    default:
      index -= 1
      throw unexpected("an expression")
    }
  }

  private mutating func dictionary(_ open: TemplateToken) throws(Diagnostic) -> TemplateExpression {
    var entries: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !accept("}") {
      let key = try expression()
      try expect(":")
      entries.append((key, try expression()))
      if accept(",") { continue }
      try expect("}")
      break
    }
    return TemplateExpression(kind: .dictionary(entries), span: open.span)
  }

  private func named(_ text: String) -> TemplateExpression.Kind {
    switch text {
    case "true", "True": .constant(.boolean(true))
    case "false", "False": .constant(.boolean(false))
    case "none", "None": .constant(.none)
    default: .name(text)
    }
  }
}
