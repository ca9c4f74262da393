/// Text with the places where lines may break: what the formatter makes of a statement.
indirect enum PageLayout {
  case text(String)
  /// A space, or a new line when the group around it is broken.
  case line
  /// Nothing, or a new line when the group around it is broken.
  case softLine
  /// A new line in any case.
  case hardLine
  /// A new line in any case, and an empty one before it.
  case emptyLine
  /// Text that is there only when the group around it is broken.
  case whenBroken(String)
  /// A comment that moves to the end of the line.
  case comment(String)
  case sequence([PageLayout])
  /// Breaks as a whole: all its lines, or none.
  case group([PageLayout], isBroken: Bool)
  case indented([PageLayout], levels: Int)

  /// A group that is broken if something inside cannot be on one line.
  static func group(_ parts: [PageLayout]) -> PageLayout {
    .group(parts, isBroken: parts.contains { $0.mustBreak })
  }

  static func indented(_ parts: [PageLayout]) -> PageLayout { .indented(parts, levels: 1) }

  var mustBreak: Bool {
    switch self {
    case .text, .line, .softLine, .whenBroken: false
    case .hardLine, .emptyLine, .comment: true
    case .sequence(let parts), .indented(let parts, _): parts.contains { $0.mustBreak }
    case .group(_, let isBroken): isBroken
    }
  }
}

/// Prints layouts: a group that does not fit on its line is broken, outermost first.
struct PagePrinter {
  /// The greatest width of a line, in characters.
  static let width = 100
  /// The width of one level, in spaces.
  static let indentation = 4

  private struct Step {
    var layout: PageLayout
    var indent: Int
    var isBroken: Bool
  }

  private(set) var text = ""
  private var column: Int
  private var pendingComments: [String] = []
  private let firstIndent: Int

  /// Makes a printer whose first line is already indented by `levels`.
  init(levels: Int) {
    firstIndent = levels * Self.indentation
    column = firstIndent
  }

  /// Prints a layout.
  mutating func print(_ layout: PageLayout) {
    var steps = [Step(layout: layout, indent: firstIndent, isBroken: false)]
    while let step = steps.popLast() {
      switch step.layout {
      case .text(let text): append(text)
      case .line:
        if step.isBroken { newLine(step.indent) } else { append(" ") }
      case .softLine:
        if step.isBroken { newLine(step.indent) }
      case .hardLine: newLine(step.indent)
      case .emptyLine:
        newLine(nil)
        newLine(step.indent)
      case .whenBroken(let text):
        if step.isBroken { append(text) }
      case .comment(let text): pendingComments.append(text)
      case .sequence(let parts): push(parts, step.indent, step.isBroken, onto: &steps)
      case .indented(let parts, let levels):
        push(parts, step.indent + levels * Self.indentation, step.isBroken, onto: &steps)
      case .group(let parts, let isBroken):
        let breaks = isBroken || !fits(parts, before: steps)
        push(parts, step.indent, breaks, onto: &steps)
      }
    }
  }

  /// Ends the last line, with the comments that belong to it.
  mutating func finish(comment: String?) {
    if let comment { pendingComments.append(comment) }
    flushComments(firstIndent)
  }

  private func push(
    _ parts: [PageLayout], _ indent: Int, _ isBroken: Bool, onto steps: inout [Step]
  ) {
    for part in parts.reversed() {
      steps.append(Step(layout: part, indent: indent, isBroken: isBroken))
    }
  }

  private mutating func append(_ piece: String) {
    text += piece
    if let lineEnd = piece.utf8.lastIndex(of: 0x0A) {
      column = piece[piece.index(after: lineEnd)...].unicodeScalars.count
    } else {
      column += piece.unicodeScalars.count
    }
  }

  private mutating func newLine(_ indent: Int?) {
    flushComments(indent ?? 0)
    while text.utf8.last == 0x20 { text.unicodeScalars.removeLast() }
    text += "\n"
    column = 0
    if let indent {
      text += String(repeating: " ", count: indent)
      column = indent
    }
  }

  /// The first comment ends the line; each further one has a line of its own.
  private mutating func flushComments(_ indent: Int) {
    for (number, comment) in pendingComments.enumerated() {
      while text.utf8.last == 0x20 { text.unicodeScalars.removeLast() }
      text +=
        number == 0 ? "  " + comment : "\n" + String(repeating: " ", count: indent) + comment
    }
    pendingComments.removeAll()
  }

  /// Whether a group fits on the rest of the line, with what follows it up to the next possible line end.
  private func fits(_ parts: [PageLayout], before rest: [Step]) -> Bool {
    var room = Self.width - column
    var stack = parts.reversed().map { Step(layout: $0, indent: 0, isBroken: false) }
    var next = rest.count
    while room >= 0 {
      if stack.isEmpty {
        guard next > 0 else { return true }
        next -= 1
        stack.append(rest[next])
        continue
      }
      let step = stack.removeLast()
      switch step.layout {
      case .text(let text):
        if let lineEnd = text.utf8.firstIndex(of: 0x0A) {
          return text[..<lineEnd].unicodeScalars.count <= room
        }
        room -= text.unicodeScalars.count
      case .line:
        if step.isBroken { return true }
        room -= 1
      case .softLine: if step.isBroken { return true }
      case .hardLine, .emptyLine: return true
      case .whenBroken(let text): if step.isBroken { room -= text.count }
      case .comment: break
      case .sequence(let parts), .indented(let parts, _):
        push(parts, 0, step.isBroken, onto: &stack)
      case .group(let parts, let isBroken):
        push(parts, 0, isBroken && step.isBroken, onto: &stack)
      }
    }
    return false
  }
}
