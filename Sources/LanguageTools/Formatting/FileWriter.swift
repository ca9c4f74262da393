internal import Diagnostics
internal import Language

/// Writes a file: its statements one below the other, with their comments and at most one empty line between them.
struct FileWriter {
  let layout: SyntaxLayout
  let trivia: [Trivia]
  private let builder: LayoutBuilder
  private var text = ""
  /// Whether nothing stands before the next line in its block.
  private var isAtStart = true

  init(_ layout: SyntaxLayout) {
    self.layout = layout
    trivia = Trivia.all(of: layout)
    builder = LayoutBuilder(layout: layout, trivia: trivia)
  }

  /// Returns the whole text.
  mutating func write() -> String {
    var isAfterDefinition = false
    for node in layout.nodes {
      let isDefinition =
        switch node.kind {
        case .entity, .implementation, .documentation: true
        default: false
        }
      let first = node.tokens.lowerBound
      writeComments(before: first, 0, separated: isDefinition || isAfterDefinition)
      let hasComments = !trivia[first].comments.isEmpty
      write(node, 0, separated: !hasComments && (isDefinition || isAfterDefinition))
      isAfterDefinition = isDefinition
    }
    let end = layout.tokens.count - 1
    writeComments(before: end, 0, separated: isAfterDefinition)
    return text
  }

  // MARK: - Lines

  private mutating func writeComments(before index: Int, _ level: Int, separated: Bool = false) {
    for (number, comment) in trivia[index].comments.enumerated() {
      startLine(
        level, emptyLine: comment.followsEmptyLine || (separated && number == 0))
      text += comment.text + "\n"
    }
  }

  private mutating func startLine(_ level: Int, emptyLine: Bool) {
    if emptyLine, !isAtStart { text += "\n" }
    isAtStart = false
    text += String(repeating: " ", count: level * PagePrinter.indentation)
  }

  /// Writes a line, or what becomes several, from `first` with the comment behind the token `last`.
  private mutating func writeLine(
    _ page: PageLayout, _ level: Int, emptyLine: Bool, last: Int
  ) {
    startLine(level, emptyLine: emptyLine)
    var printer = PagePrinter(levels: level)
    printer.print(page)
    printer.finish(comment: last + 1 < trivia.count ? trivia[last + 1].trailing : nil)
    text += printer.text + "\n"
  }

  // MARK: - Nodes

  private mutating func write(_ node: SyntaxNode, _ level: Int, separated: Bool = false) {
    let first = node.tokens.lowerBound
    let emptyLine = separated || trivia[first].followsEmptyLine
    switch node.kind {
    case .entity, .implementation, .for, .if: writeBlock(node, level, emptyLine: emptyLine)
    default:
      var end = node.tokens.upperBound
      if let documentation = node.children.last { end = documentation.tokens.lowerBound }
      writeLine(
        builder.statement(node.kind, first..<end), level, emptyLine: emptyLine, last: end - 1)
      if let documentation = node.children.last {
        writeComments(before: documentation.tokens.lowerBound, level)
        write(documentation, level)
      }
    }
  }

  private mutating func writeBlock(_ node: SyntaxNode, _ level: Int, emptyLine: Bool) {
    var isFirst = true
    for child in node.children {
      let start = child.tokens.lowerBound
      guard child.kind == .header else {
        writeComments(before: start, level + 1)
        write(child, level + 1)
        continue
      }
      if !isFirst { writeComments(closing: start, level) }
      writeLine(
        builder.header(child.tokens), level, emptyLine: isFirst && emptyLine,
        last: child.tokens.upperBound - 1)
      isAtStart = true
      isFirst = false
    }
    let end = node.tokens.upperBound - 1
    writeComments(closing: end, level)
    isAtStart = true
    writeLine(.text(layout.text(end)), level, emptyLine: false, last: end)
    isAtStart = false
  }

  /// Writes the comments before `end`, `else` or `elif`: they belong to the block above unless they stand as far left as the keyword.
  private mutating func writeComments(closing index: Int, _ level: Int) {
    let column = column(of: index)
    for comment in trivia[index].comments {
      let isInside = comment.column > column
      startLine(isInside ? level + 1 : level, emptyLine: comment.followsEmptyLine)
      text += comment.text + "\n"
    }
  }

  private func column(of index: Int) -> Int {
    var start = Int(layout.tokens[index].start)
    let end = start
    while start > 0, layout.source.bytes[start - 1] != 0x0A { start -= 1 }
    return end - start
  }
}
