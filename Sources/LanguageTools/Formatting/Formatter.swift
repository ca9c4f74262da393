public import Diagnostics
internal import Language

/// Gives a model file the common form: four spaces a level, at most 100 characters a line where the text allows it.
///
/// Only white space, and commas before a closing bracket, change: the tokens and comments stay, in their order, so the text
/// parses to the same tree. A list, dictionary or argument list that begins with a new line stays broken.
public enum Formatter {
  /// Why a text was not formatted.
  public enum Failure: Error, Sendable {
    /// The text has syntax errors.
    case syntax([Diagnostic])
    /// The result would not have meant the same: an error of the formatter, which keeps the text as it is.
    case changesMeaning
  }

  /// The rounds after which the form must be stable.
  static let roundsMax = 8

  /// Formats a file.
  ///
  /// Formatting the result again gives the same text.
  ///
  /// - Parameter source: The file.
  /// - Returns: The whole new text.
  /// - Throws: ``Failure``.
  public static func format(_ source: SourceFile) throws(Failure) -> String {
    let original = SyntaxLayout(source)
    let errors = original.diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty else { throw .syntax(errors) }
    var layout = original
    for _ in 0..<roundsMax {
      var writer = FileWriter(layout)
      let text = writer.write()
      let next = SyntaxLayout(
        SourceFile(id: source.id, path: source.path, bytes: Array(text.utf8)))
      guard !next.diagnostics.contains(where: { $0.severity == .error }),
        isSame(original, next)
      else { throw .changesMeaning }
      if next.source.bytes == layout.source.bytes { return text }
      layout = next
    }
    throw .changesMeaning
  }

  /// Whether two texts have the same comments and, but for commas before closing brackets, the same tokens. Line ends mean
  /// nothing to the grammar, so the trees are the same then.
  private static func isSame(_ left: SyntaxLayout, _ right: SyntaxLayout) -> Bool {
    guard comments(of: left) == comments(of: right) else { return false }
    let (leftTokens, rightTokens) = (significantTokens(of: left), significantTokens(of: right))
    guard leftTokens.count == rightTokens.count else { return false }
    for (first, second) in zip(leftTokens, rightTokens) {
      guard left.tokens[first].kind == right.tokens[second].kind,
        left.tokens[first].kind == .endOfFile || left.written(first) == right.written(second)
      else { return false }
    }
    return true
  }

  private static func significantTokens(of layout: SyntaxLayout) -> [Int] {
    layout.tokens.indices.filter { index in
      guard layout.tokens[index].kind == .comma, index + 1 < layout.tokens.count else {
        return true
      }
      switch layout.tokens[index + 1].kind {
      case .rightParenthesis, .rightBracket, .rightBrace: return false
      default: return true
      }
    }
  }

  private static func comments(of layout: SyntaxLayout) -> [String] {
    Trivia.all(of: layout).flatMap { trivia in
      (trivia.trailing.map { [$0] } ?? []) + trivia.comments.map(\.text)
    }
  }
}

extension SyntaxLayout {
  /// The text of a token in its common form: one space between `matching` and its regular expression.
  func written(_ index: Int) -> String {
    let text = text(index)
    guard tokens[index].kind == .regex, let slash = text.firstIndex(of: "/") else { return text }
    return "matching " + text[slash...]
  }
}
