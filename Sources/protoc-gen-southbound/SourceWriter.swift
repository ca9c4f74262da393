/// Text of a source file, with indentation.
struct SourceWriter {
  private(set) var text = ""
  private var level = 0

  /// Writes lines; a line break inside `line` begins a new one.
  mutating func line(_ line: String = "") {
    for part in line.split(separator: "\n", omittingEmptySubsequences: false) {
      if !part.isEmpty {
        text += String(repeating: "  ", count: level)
        text += part
      }
      text += "\n"
    }
  }

  /// Writes `head {`, the body one level deeper, and `}`.
  mutating func block(_ head: String, _ body: (inout SourceWriter) -> Void) {
    line(head + " {")
    indented(body)
    line("}")
  }

  mutating func indented(_ body: (inout SourceWriter) -> Void) {
    level += 1
    body(&self)
    level -= 1
  }

  /// Replaces the end of what was written.
  mutating func replaceLast(_ suffix: String, with replacement: String) {
    precondition(text.hasSuffix(suffix), "the text ends otherwise")
    text.removeLast(suffix.count)
    text += replacement
  }

  /// Writes a doc comment: the comment of the proto, or `fallback` if it has none.
  mutating func documentation(_ comment: String, fallback: String) {
    var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
    if lines.isEmpty { lines = [" " + fallback] }
    for text in lines {
      line("///" + (text.isEmpty || text.hasPrefix(" ") ? text : " " + text))
    }
  }
}
