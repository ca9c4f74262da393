internal import Diagnostics
internal import Language

/// Makes the layout of statements out of their tokens.
struct LayoutBuilder {
  let layout: SyntaxLayout
  let trivia: [Trivia]
  /// The closing bracket of each opening one, by token; -1 for other tokens.
  let partners: [Int]

  init(layout: SyntaxLayout, trivia: [Trivia]) {
    self.layout = layout
    self.trivia = trivia
    var partners = Array(repeating: -1, count: layout.tokens.count)
    var open: [Int] = []
    for (index, token) in layout.tokens.enumerated() {
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: open.append(index)
      case .rightParenthesis, .rightBracket, .rightBrace:
        if let start = open.popLast() { partners[start] = index }
      default: break
      }
    }
    self.partners = partners
  }

  func kind(_ index: Int) -> TokenKind { layout.tokens[index].kind }

  // MARK: - Statements

  /// The layout of a node without block and without its docstring.
  func statement(_ kind: SyntaxNode.Kind, _ range: Range<Int>) -> PageLayout {
    switch kind {
    case .documentation: .text(layout.text(range.lowerBound))
    case .relation: relation(range)
    case .attribute: attribute(range)
    case .assignment: assignment(range)
    case .expression: expression(range)
    case .implement: implement(range)
    case .typedef: typedef(range)
    default: .group(list(range, limit: range.upperBound))
    }
  }

  /// The layout of the line that opens a block.
  func header(_ range: Range<Int>) -> PageLayout {
    let colon = range.upperBound - 1
    let first = range.lowerBound
    var parts: [PageLayout]
    switch kind(first) {
    case .keywordIf, .keywordElif:
      parts = token(first, limit: colon) + [.text(" ")]
      parts += comments(before: first + 1)
      parts.append(.indented([expression(first + 1..<colon, limit: colon)]))
    case .keywordFor:
      parts = words(first..<first + 3, limit: colon) + [.text(" ")]
      parts += comments(before: first + 3)
      parts.append(.indented([expression(first + 3..<colon, limit: colon)]))
    default: parts = list(first..<colon, limit: colon + 1)
    }
    parts += comments(before: colon) + [.text(":")]
    return .group(parts)
  }

  private func assignment(_ range: Range<Int>) -> PageLayout {
    guard
      let sign = outside(range).first(where: { kind($0) == .equal || kind($0) == .plusEqual })
    else { return expression(range) }
    var parts = words(range.lowerBound..<sign, limit: range.upperBound - 1) + [.text(" ")]
    parts += comments(before: sign) + token(sign, limit: range.upperBound - 1) + [.text(" ")]
    parts.append(value(sign + 1..<range.upperBound))
    return .sequence(parts)
  }

  /// The right side of an assignment.
  private func value(_ range: Range<Int>) -> PageLayout {
    .sequence(comments(before: range.lowerBound) + [expression(range)])
  }

  private func attribute(_ range: Range<Int>) -> PageLayout {
    let equal = range.first { kind($0) == .equal }
    let name = (equal ?? range.upperBound) - 1
    let last = range.upperBound - 1
    var parts: [PageLayout] = []
    for index in range.lowerBound..<name {
      if index > range.lowerBound { parts += comments(before: index) }
      parts += token(index, limit: last)
    }
    parts += [.text(" ")] + comments(before: name) + token(name, limit: last)
    guard let equal else { return .group(parts) }
    parts += [.text(" ")] + comments(before: equal) + token(equal, limit: last) + [.text(" ")]
    parts.append(value(equal + 1..<range.upperBound))
    return .sequence(parts)
  }

  private func typedef(_ range: Range<Int>) -> PageLayout {
    guard let matching = range.first(where: { kind($0) == .keywordMatching }) else {
      return .group(words(range, limit: range.upperBound - 1))
    }
    var parts = words(range.lowerBound..<matching + 1, limit: range.upperBound - 1)
    parts += [.text(" "), value(matching + 1..<range.upperBound)]
    return .sequence(parts)
  }

  private func implement(_ range: Range<Int>) -> PageLayout {
    guard let when = outside(range).first(where: { kind($0) == .keywordWhen }) else {
      return .group(list(range, limit: range.upperBound))
    }
    var parts = list(range.lowerBound..<when, limit: range.upperBound)
    var condition: [PageLayout] = [.line] + comments(before: when)
    condition += token(when, limit: range.upperBound) + [.text(" ")]
    condition.append(value(when + 1..<range.upperBound))
    parts.append(.indented(condition))
    return .group(parts)
  }

  /// `A.b [1] -- B.a [0:]`, or with annotations in place of the sign.
  private func relation(_ range: Range<Int>) -> PageLayout {
    let last = range.upperBound - 1
    guard let open = range.first(where: { kind($0) == .leftBracket }), partners[open] > 0 else {
      return .group(words(range, limit: last))
    }
    let close = partners[open]
    var target = range.upperBound
    if kind(last) == .rightBracket, let start = partners.firstIndex(of: last) { target = start - 2 }
    while target > close + 1,
      kind(target - 1) == .className || kind(target - 1) == .separator
        || (target < range.upperBound && kind(target) == .separator
          && kind(target - 1) == .identifier)
    {
      target -= 1
    }
    var parts = words(range.lowerBound..<open, limit: last) + [.text(" ")]
    parts += tight(open..<close + 1, limit: last) + [.text(" ")]
    parts += comments(before: close + 1)
    parts += list(close + 1..<target, limit: range.upperBound) + [.text(" ")]
    parts += comments(before: target)
    guard kind(last) == .rightBracket, let start = partners.firstIndex(of: last) else {
      return .group(parts + words(target..<range.upperBound, limit: last))
    }
    parts += words(target..<start, limit: last) + [.text(" ")]
    return .group(parts + tight(start..<range.upperBound, limit: last))
  }

  // MARK: - Tokens

  /// The tokens of a range that are not inside brackets; opening brackets are among them.
  func outside(_ range: Range<Int>) -> [Int] {
    var result: [Int] = []
    var index = range.lowerBound
    while index < range.upperBound {
      result.append(index)
      index = partners[index] > index ? partners[index] + 1 : index + 1
    }
    return result
  }

  /// The comments before a token, moved to the end of the line.
  func comments(before index: Int) -> [PageLayout] {
    trivia[index].comments.map { .comment($0.text) }
  }

  /// The comments before a token that begins a line, each on a line of its own.
  func commentLines(before index: Int) -> [PageLayout] {
    trivia[index].comments.enumerated().flatMap { number, comment -> [PageLayout] in
      let gap: [PageLayout] = number > 0 && comment.followsEmptyLine ? [.emptyLine] : []
      return gap + [.text(comment.text), .hardLine]
    }
  }

  /// A token and the comment behind it, unless it is the token `limit`: that comment belongs to the statement.
  func token(_ index: Int, limit: Int) -> [PageLayout] {
    let text = PageLayout.text(layout.written(index))
    guard index < limit, index + 1 < trivia.count, let comment = trivia[index + 1].trailing else {
      return [text]
    }
    return [text, .comment(comment)]
  }

  /// Tokens without space between them.
  func tight(_ range: Range<Int>, limit: Int) -> [PageLayout] {
    range.flatMap { index in comments(before: index) + token(index, limit: limit) }
  }

  /// Words with commas between them, broken at the commas.
  func list(_ range: Range<Int>, limit: Int) -> [PageLayout] {
    var parts: [PageLayout] = []
    var start = range.lowerBound
    var rest: [PageLayout] = []
    for comma in outside(range).filter({ kind($0) == .comma }) {
      let above = start > range.lowerBound ? comments(before: start) : []
      let piece = above + words(start..<comma, limit: limit - 1) + comments(before: comma)
      let withComma = piece + token(comma, limit: limit - 1)
      if parts.isEmpty { parts = withComma } else { rest += [.line] + withComma }
      start = comma + 1
    }
    let piece = words(start..<range.upperBound, limit: limit - 1)
    if parts.isEmpty { return piece }
    if !piece.isEmpty {
      rest += [.line] + comments(before: start) + piece
    }
    return parts + [.indented(rest)]
  }
}
