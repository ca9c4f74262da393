internal import Diagnostics

/// Expressions.
extension SyntaxParser {
  mutating func parseExpression() throws(Failure) -> Expression {
    let condition = try parseBinary(above: 2)
    guard currentKind == .question else { return condition }
    advance()
    return try nested { parser throws(Failure) in
      let then = try parser.parseExpression()
      try parser.expect(.colon, "`:` between the branches")
      let otherwise = try parser.parseExpression()
      return try parser.make(
        .conditional(condition: condition, then: then, otherwise: otherwise),
        parser.span(from: condition.span.start),
        over: max(condition.depth, max(then.depth, otherwise.depth)))
    }
  }

  // MARK: - Operators

  /// Levels from loosest to tightest: 2 or, 3 and, 4 comparison, 5 sum, 6 product, 7 power, 8 not, 9 in. All are left associative.
  private var binaryOperator: (operator: BinaryOperator, level: Int)? {
    switch currentKind {
    case .keywordOr: (.or, 2)
    case .keywordAnd: (.and, 3)
    case .equalEqual: (.equal, 4)
    case .notEqual: (.notEqual, 4)
    case .less: (.less, 4)
    case .greater: (.greater, 4)
    case .lessOrEqual: (.lessOrEqual, 4)
    case .greaterOrEqual: (.greaterOrEqual, 4)
    case .plus: (.add, 5)
    case .minus: (.subtract, 5)
    case .star: (.multiply, 6)
    case .slash: (.divide, 6)
    case .percent: (.remainder, 6)
    case .power: (.power, 7)
    case .keywordIn: (.in, 9)
    case .keywordNot where kind(ahead: 1) == .keywordIn: (.in, 9)
    default: nil
    }
  }

  /// Parses operators of `level` or tighter.
  private mutating func parseBinary(above level: Int) throws(Failure) -> Expression {
    let start = current.start
    var left = try parsePrefix()
    while let (binary, itsLevel) = binaryOperator, itsLevel >= level {
      let sign = advance()
      let isNegated = sign.kind == .keywordNot
      if isNegated { advance() }
      let right = try parseBinary(above: itsLevel + 1)
      let place = span(from: start, anchor: sign)
      left = try make(.binary(binary, left, right), place, over: max(left.depth, right.depth))
      if isNegated { left = try make(.not(left), place, over: left.depth) }
    }
    // After an expression `not` can only go on as `not in`, even where a new statement could begin.
    if currentKind == .keywordNot, kind(ahead: 1) != .keywordIn {
      throw unexpected(expected: "`in` after `not`")
    }
    return left
  }

  private mutating func parsePrefix() throws(Failure) -> Expression {
    guard let keyword = accept(.keywordNot) else { return try parsePrimary() }
    return try nested { parser throws(Failure) in
      let operand =
        parser.currentKind == .keywordNot
        ? try parser.parsePrefix() : try parser.parseBinary(above: 9)
      return try parser.make(
        .not(operand), parser.span(from: keyword.start), over: operand.depth)
    }
  }

  // MARK: - Primaries

  private mutating func parsePrimary() throws(Failure) -> Expression {
    switch currentKind {
    case .identifier, .className: return try parseNamed()
    case .leftParenthesis:
      let open = advance()
      let inner = try nested { parser throws(Failure) in try parser.parseExpression() }
      try expect(.rightParenthesis, "an operator or `)`")
      // Parentheses leave no node; the place grows to them where no line ends between.
      let grown = span(from: open.start)
      let starts = span(
        from: open.start,
        anchor: Token(
          kind: .invalid, flags: [], start: inner.span.start, end: inner.span.start, name: 0))
      return Expression(
        inner.kind, span: starts.start == open.start ? grown : inner.span, depth: inner.depth)
    case .leftBracket: return try parseList()
    case .leftBrace: return try parseDictionary()
    default: return try parseConstant()
    }
  }

  private mutating func parseList() throws(Failure) -> Expression {
    let open = advance()
    return try nested { parser throws(Failure) in
      var elements: [Expression] = []
      while parser.currentKind != .rightBracket {
        elements.append(try parser.parseExpression())
        if elements.count == 1, parser.currentKind == .keywordFor {
          return try parser.parseComprehension(of: elements[0], from: open)
        }
        if parser.accept(.comma) == nil { break }
      }
      try parser.expect(.rightBracket, "`,` or `]`")
      return try parser.make(
        .list(elements), parser.span(from: open.start),
        over: elements.reduce(0) { max($0, $1.depth) })
    }
  }

  private mutating func parseComprehension(
    of value: Expression, from open: Token
  ) throws(Failure) -> Expression {
    var loops: [Comprehension.Loop] = []
    var guards: [Expression] = []
    var depth = value.depth
    while accept(.keywordFor) != nil {
      let variable = try parseIdentifier("a loop variable")
      try expect(.keywordIn, "`in`")
      let iterable = try parseExpression()
      depth = max(depth, iterable.depth)
      loops.append(Comprehension.Loop(variable: variable, iterable: iterable))
    }
    while accept(.keywordIf) != nil {
      let condition = try parseExpression()
      depth = max(depth, condition.depth)
      guards.append(condition)
    }
    try expect(.rightBracket, "`for`, `if` or `]`")
    let comprehension = Comprehension(value: value, loops: loops, guards: guards)
    return try make(.comprehension(comprehension), span(from: open.start), over: depth)
  }

  mutating func parseDictionary() throws(Failure) -> Expression {
    let open = advance()
    return try nested { parser throws(Failure) in
      var entries: [DictionaryEntry] = []
      while parser.currentKind != .rightBrace {
        let (key, place) = try parser.parseDictionaryKey()
        try parser.expect(.colon, "`:` after the key")
        let value = try parser.parseExpression()
        entries.append(DictionaryEntry(key: key, keySpan: place, value: value))
        if parser.accept(.comma) == nil { break }
      }
      try parser.expect(.rightBrace, "`,` or `}`")
      return try parser.make(
        .dictionary(entries), parser.span(from: open.start),
        over: entries.reduce(0) { max($0, $1.value.depth) })
    }
  }

  // MARK: - Names

  /// Parses what starts with a name: variable, attribute, look-up, call, constructor, index look-up, `is defined`.
  private mutating func parseNamed() throws(Failure) -> Expression {
    let start = current.start
    if currentKind == .className { return try parseClassUse(namespace: [], from: start) }
    var namespace: [Name] = []
    var last = advance()
    while accept(.separator) != nil {
      namespace.append(name(last))
      if currentKind == .className {
        return try parseClassUse(namespace: namespace, from: start)
      }
      guard currentKind == .identifier else { throw notAName("a name") }
      last = advance()
    }
    let qualified = QualifiedName(
      namespace: namespace, name: name(last), span: span(from: start))
    if currentKind == .leftParenthesis { return try parseCall(of: qualified) }
    var path = Expression(.variable(qualified), span: qualified.span)
    var isBare = true
    while let dot = accept(.dot) {
      guard currentKind == .identifier else {
        if currentKind == .className {
          throw namespaceAccessAfterDot(from: start)
        }
        throw notAName("an attribute")
      }
      isBare = false
      let attribute = advanceIdentifier()
      path = try make(
        .attribute(owner: path, name: attribute), span(from: start, anchor: dot),
        over: path.depth)
    }
    if !isBare, currentKind == .leftParenthesis { throw namespaceAccess(from: start) }
    return try parseLookups(on: path, from: start, isBare: isBare, isQualified: !namespace.isEmpty)
  }

  /// The current token is the class name after a dot.
  private mutating func namespaceAccessAfterDot(from start: UInt32) -> Failure {
    advance()
    return namespaceAccess(from: start)
  }

  private mutating func parseLookups(
    on path: Expression, from start: UInt32, isBare: Bool, isQualified: Bool
  ) throws(Failure) -> Expression {
    if !isBare, currentKind == .leftBracket, startsIndexArguments {
      let open = advance()
      let (arguments, depth) = try parseArguments(to: .rightBracket, positional: false)
      return try make(
        .shortIndexLookup(relation: path, arguments: arguments),
        span(from: start, anchor: open), over: max(depth, path.depth))
    }
    var result = path
    while currentKind == .leftBracket {
      let open = advance()
      let key = try nested { parser throws(Failure) in try parser.parseExpression() }
      try expect(.rightBracket, "`]`")
      let place =
        result.span.start == start ? span(from: start, anchor: open) : span(from: open.start)
      result = try make(
        .lookup(map: result, key: key), lookupSpan(place, map: result),
        over: max(result.depth, key.depth))
    }
    let isLookup = if case .lookup = result.kind { true } else { false }
    if currentKind == .keywordIs, isLookup || !isBare || !isQualified {
      let keyword = advance()
      try expect(.keywordDefined, "`defined`")
      // What is wrong with a look-up is reported at the line of `is`.
      let start = result.span.start
      let place = isLookup ? span(from: start, anchor: keyword) : span(from: start)
      result = try make(.isDefined(result), place, over: result.depth)
    }
    return result
  }

  /// A look-up is reported at the line of its map.
  private func lookupSpan(_ place: SourceSpan, map: Expression) -> SourceSpan {
    span(from: min(place.start, map.span.start))
  }

  /// Whether the bracket at the current token holds `name = value` or `**value`, or nothing.
  private var startsIndexArguments: Bool {
    switch kind(ahead: 1) {
    case .rightBracket, .power: true
    case .identifier: kind(ahead: 2) == .equal
    default: false
    }
  }

  // MARK: - Calls and constructors

  private mutating func parseCall(of function: QualifiedName) throws(Failure) -> Expression {
    advance()
    let (arguments, depth) = try parseArguments(to: .rightParenthesis, positional: true)
    checkKeywords(arguments, at: function.span)
    return try make(
      .call(function: function, arguments: arguments), span(from: function.span.start),
      over: depth)
  }

  /// The current token is the class name at the end of a class reference.
  private mutating func parseClassUse(
    namespace: [Name], from start: UInt32
  ) throws(Failure) -> Expression {
    let last = advance()
    let type = QualifiedName(namespace: namespace, name: name(last), span: span(from: start))
    let open = current
    switch open.kind {
    case .leftParenthesis:
      advance()
      let (arguments, depth) = try parseArguments(to: .rightParenthesis, positional: false)
      checkKeywords(arguments, at: span(from: start, anchor: open))
      return try make(
        .constructor(type: type, arguments: arguments), span(from: start, anchor: open),
        over: depth)
    case .leftBracket:
      advance()
      let (arguments, depth) = try parseArguments(to: .rightBracket, positional: false)
      return try make(
        .indexLookup(type: type, arguments: arguments), span(from: start, anchor: open),
        over: depth)
    default:
      let help: [String] =
        switch text(last) {
        case "True": ["write `true`"]
        case "False": ["write `false`"]
        case "None": ["write `null`"]
        default: ["an entity's name alone is not a value"]
        }
      throw unexpected(expected: "`(` or `[` after `\(text(last))`", help: help)
    }
  }

  /// Parses arguments and the closing token.
  private mutating func parseArguments(
    to close: TokenKind, positional: Bool
  ) throws(Failure) -> (arguments: [Argument], depth: UInt32) {
    // Collected on one stack, so that each array is made once, in its size. (`Array(slice)` may share the stack.)
    let start = arguments.count
    defer { while arguments.count > start { arguments.removeLast() } }
    let depth = try nested { parser throws(Failure) in
      var depth: UInt32 = 0
      while parser.currentKind != close {
        parser.arguments.append(try parser.parseArgument(positional: positional))
        depth = max(depth, parser.arguments[parser.arguments.count - 1].value.depth)
        if parser.accept(.comma) == nil { break }
      }
      try parser.expect(close, "`,` or \(close.description)")
      return depth
    }
    var result: [Argument] = []
    result.reserveCapacity(arguments.count - start)
    for index in start..<arguments.count { result.append(arguments[index]) }
    return (result, depth)
  }

  private mutating func parseArgument(positional: Bool) throws(Failure) -> Argument {
    if let unpacking = accept(.power) {
      let value = try parseExpression()
      return Argument(name: nil, value: value, unpacking: span(from: unpacking.start))
    }
    if currentKind == .identifier, kind(ahead: 1) == .equal {
      let name = advanceIdentifier()
      advance()
      return Argument(name: name, value: try parseExpression())
    }
    if !positional {
      let name = try parseIdentifier("an attribute")
      try expect(.equal, "`=` after the attribute's name")
      return Argument(name: name, value: try parseExpression())
    }
    return Argument(name: nil, value: try parseExpression())
  }
}
