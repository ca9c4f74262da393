internal import Language

/// Expressions: where operators and brackets may break.
extension LayoutBuilder {
  /// What a bracket holds.
  private enum BracketUse {
    /// Arguments, a list or a dictionary: may end with a comma, and stays broken if it begins with a new line.
    case items
    case comprehension
    /// The attributes of an index: no comma at the end.
    case names
    case parenthesis
    case lookup
  }

  /// The layout of an expression. The comments before its first token belong to the caller.
  func expression(_ range: Range<Int>, limit: Int? = nil) -> PageLayout {
    let limit = limit ?? range.upperBound - 1
    let tokens = outside(range)
    if let question = tokens.first(where: { kind($0) == .question }) {
      return conditional(range, question, tokens, limit: limit)
    }
    let signs = binarySigns(tokens)
    guard let loosest = signs.map(\.level).min() else {
      return .sequence(words(range, limit: limit))
    }
    var start = range.lowerBound
    var first: PageLayout?
    var rest: [PageLayout] = []
    for sign in signs where sign.level == loosest {
      let operand = expression(start..<sign.first, limit: limit)
      if first == nil { first = operand } else { rest.append(operand) }
      rest += [.line] + commentLines(before: sign.first)
      rest += words(sign.first..<sign.end, limit: limit, isStart: true) + [.text(" ")]
      rest += comments(before: sign.end)
      start = sign.end
    }
    rest.append(expression(start..<range.upperBound, limit: limit))
    return .group((first.map { [$0] } ?? []) + [.indented(rest)])
  }

  private func conditional(
    _ range: Range<Int>, _ question: Int, _ tokens: [Int], limit: Int
  ) -> PageLayout {
    var depth = 0
    var colon = range.upperBound - 1
    for index in tokens where index > question {
      if kind(index) == .question { depth += 1 }
      if kind(index) == .colon {
        if depth == 0 {
          colon = index
          break
        }
        depth -= 1
      }
    }
    var rest: [PageLayout] = [.line]
    for (sign, part) in [(question, question + 1..<colon), (colon, colon + 1..<range.upperBound)] {
      if sign == colon { rest.append(.line) }
      rest += commentLines(before: sign) + token(sign, limit: limit) + [.text(" ")]
      rest += comments(before: part.lowerBound) + [expression(part, limit: limit)]
    }
    return .group(
      [expression(range.lowerBound..<question, limit: limit), .indented(rest)])
  }

  // MARK: - Operators

  private func binarySigns(_ tokens: [Int]) -> [(first: Int, end: Int, level: Int)] {
    var signs: [(first: Int, end: Int, level: Int)] = []
    for (place, index) in tokens.enumerated() where place > 0 {
      if kind(index) == .keywordNot {
        guard place + 1 < tokens.count, kind(tokens[place + 1]) == .keywordIn else { continue }
        signs.append((index, index + 2, 9))
        continue
      }
      if kind(index) == .keywordIn, kind(tokens[place - 1]) == .keywordNot { continue }
      if let level = Self.level(of: kind(index)) { signs.append((index, index + 1, level)) }
    }
    return signs
  }

  private static func level(of kind: TokenKind) -> Int? {
    switch kind {
    case .keywordOr: 2
    case .keywordAnd: 3
    case .equalEqual, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual: 4
    case .plus, .minus: 5
    case .star, .slash, .percent: 6
    case .power: 7
    case .keywordIn: 9
    default: nil
    }
  }

  // MARK: - Operands

  /// Names, constants and brackets in a row, with the space that belongs between them.
  ///
  /// With `isStart` the comments before the first token belong to the caller; without, likewise: all others move to the end of
  /// the line.
  func words(_ range: Range<Int>, limit: Int, isStart: Bool = true) -> [PageLayout] {
    var parts: [PageLayout] = []
    var previous: Int?
    var index = range.lowerBound
    while index < range.upperBound {
      if let previous {
        if needsSpace(between: previous, and: index) { parts.append(.text(" ")) }
        parts += comments(before: index)
      }
      let close = partners[index]
      if close > index {
        parts.append(bracket(index, after: previous, limit: limit))
        previous = close
        index = close + 1
      } else {
        parts += token(index, limit: limit)
        previous = index
        index += 1
      }
    }
    return parts
  }

  private func needsSpace(between left: Int, and right: Int) -> Bool {
    switch (kind(left), kind(right)) {
    case (.dot, _), (_, .dot), (.separator, _), (_, .separator): false
    case (.identifier, .leftParenthesis), (.className, .leftParenthesis): false
    case (.identifier, .leftBracket), (.className, .leftBracket), (.rightBracket, .leftBracket):
      false
    default: true
    }
  }

  // MARK: - Brackets

  private func use(of open: Int, after previous: Int?) -> BracketUse {
    switch kind(open) {
    case .leftBrace: return .items
    case .leftParenthesis:
      guard let previous, [.identifier, .className].contains(kind(previous)) else {
        return .parenthesis
      }
      var start = previous
      while start > 0, [.identifier, .className, .separator].contains(kind(start)) { start -= 1 }
      return kind(start) == .keywordIndex ? .names : .items
    default:
      let inside = outside(open + 1..<partners[open])
      guard let previous else {
        return inside.contains { kind($0) == .keywordFor } ? .comprehension : .items
      }
      switch kind(previous) {
      case .className: return .items
      case .identifier, .rightBracket:
        let first = inside.first.map { kind($0) }
        let isQuery =
          first == nil || first == .power
          || (first == .identifier && inside.count > 1 && kind(inside[1]) == .equal)
        return isQuery ? .items : .lookup
      default: return inside.contains { kind($0) == .keywordFor } ? .comprehension : .items
      }
    }
  }

  private func bracket(_ open: Int, after previous: Int?, limit: Int) -> PageLayout {
    let close = partners[open]
    let use = use(of: open, after: previous)
    let start = token(open, limit: limit)
    // The comment behind the bracket does not break what is inside.
    let end = [PageLayout.text(layout.text(close))]
    let behind = Array(token(close, limit: limit).dropFirst())
    let leftOver = trivia[close].comments.enumerated().flatMap {
      number, comment -> [PageLayout] in
      let isFirst = number == 0 && close == open + 1
      let gap: PageLayout = comment.followsEmptyLine && !isFirst ? .emptyLine : .hardLine
      return (isFirst ? [] : [gap]) + [.text(comment.text)]
    }
    if close == open + 1 {
      guard !leftOver.isEmpty || start.count > 1 else { return .sequence(start + end + behind) }
      let group = PageLayout.group(
        start + [.indented([.softLine] + leftOver), .softLine] + end, isBroken: true)
      return .sequence([group] + behind)
    }
    if use == .items, isHugged(open, close) {
      return .sequence(start + item(open + 1..<close, limit: limit) + end + behind)
    }
    var content: [PageLayout]
    switch use {
    case .items, .names: content = items(open, close, use, limit: limit)
    case .comprehension: content = comprehension(open + 1..<close, limit: limit)
    case .parenthesis, .lookup:
      content =
        commentLines(before: open + 1) + [expression(open + 1..<close, limit: limit)]
    }
    content += leftOver
    let parts = start + [.indented([.softLine] + content), .softLine] + end
    let stays = use == .items && trivia[open + 1].hasLineEnd
    return .sequence([stays ? .group(parts, isBroken: true) : .group(parts)] + behind)
  }

  /// Whether a bracket holds nothing but one list or dictionary, whose brackets go on the same lines.
  private func isHugged(_ open: Int, _ close: Int) -> Bool {
    guard !trivia[open + 1].hasLineEnd, trivia[close].comments.isEmpty else { return false }
    let inside = outside(open + 1..<close)
    var start = 0
    if inside.count == 3, kind(inside[0]) == .identifier, kind(inside[1]) == .equal { start = 2 }
    guard inside.count == start + 1 else { return false }
    return kind(inside[start]) == .leftBracket || kind(inside[start]) == .leftBrace
  }

  private func items(
    _ open: Int, _ close: Int, _ use: BracketUse, limit: Int
  ) -> [PageLayout] {
    var parts: [PageLayout] = []
    var start = open + 1
    let commas = outside(open + 1..<close).filter { kind($0) == .comma }
    let stays = trivia[open + 1].hasLineEnd
    for end in commas + [close] {
      if start == close { break }
      if start > open + 1 {
        let firstComment = trivia[start].comments.first
        let gap = firstComment?.followsEmptyLine ?? trivia[start].followsEmptyLine
        parts.append(stays && gap ? .emptyLine : .line)
      }
      parts += commentLines(before: start) + item(start..<end, limit: limit)
      start = end + 1
      if end == close {
        if use == .items { parts.append(.whenBroken(",")) }
      } else if start == close {
        parts += comments(before: end)
        if use == .items { parts.append(.whenBroken(",")) }
        if let comment = trivia[close].trailing { parts.append(.comment(comment)) }
      } else {
        parts += comments(before: end) + token(end, limit: limit)
      }
    }
    return parts
  }

  /// `value`, `name=value`, `**value` or `"key": value`.
  private func item(_ range: Range<Int>, limit: Int) -> [PageLayout] {
    let first = range.lowerBound
    let second = first + 1
    if kind(first) == .power {
      return token(first, limit: limit) + comments(before: second)
        + [expression(second..<range.upperBound, limit: limit)]
    }
    guard second < range.upperBound else { return [expression(range, limit: limit)] }
    let isNamed = kind(first) == .identifier && kind(second) == .equal
    let isEntry =
      kind(second) == .colon && (kind(first) == .string || kind(first) == .rawString)
    guard isNamed || isEntry else { return [expression(range, limit: limit)] }
    var parts = token(first, limit: limit) + comments(before: second)
    parts += token(second, limit: limit)
    if isEntry { parts.append(.text(" ")) }
    parts += comments(before: second + 1)
    return parts + [expression(second + 1..<range.upperBound, limit: limit)]
  }

  private func comprehension(_ range: Range<Int>, limit: Int) -> [PageLayout] {
    let clauses = outside(range).filter { kind($0) == .keywordFor || kind($0) == .keywordIf }
    guard let first = clauses.first else { return [expression(range, limit: limit)] }
    var parts = commentLines(before: range.lowerBound)
    parts.append(expression(range.lowerBound..<first, limit: limit))
    for (number, clause) in clauses.enumerated() {
      let end = number + 1 < clauses.count ? clauses[number + 1] : range.upperBound
      parts += [.line] + commentLines(before: clause)
      // `for x in`, or `if`.
      let head = kind(clause) == .keywordFor ? clause + 3 : clause + 1
      parts += words(clause..<head, limit: limit) + [.text(" ")]
      parts += comments(before: head) + [expression(head..<end, limit: limit)]
    }
    return parts
  }
}
