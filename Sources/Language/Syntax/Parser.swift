public import Diagnostics

/// Turns source text into syntax.
public enum Parser {
  /// Bounds of what the parser accepts.
  public struct Limits: Sendable {
    /// How deep brackets, blocks, `not` and conditional expressions may nest.
    public var nestingMax = 200
    /// How deep a tree of operators, attributes and lookups may grow.
    public var depthMax = 500
    /// How many errors are reported for one file.
    public var errorsMax = 20

    /// Makes the default limits.
    public init() {}
  }

  /// Parses a file.
  ///
  /// Never fails: what could not be read is left out of the syntax and reported. The diagnostics are in text
  /// order; the syntax is whole when none of them is an error.
  public static func parse(
    _ source: SourceFile, limits: Limits = Limits()
  ) -> (file: SyntaxFile, diagnostics: [Diagnostic]) {
    var lexer = Lexer(source: source, errorsMax: limits.errorsMax)
    lexer.tokenize()
    var parser = SyntaxParser(source: source, lexer: lexer, limits: limits)
    parser.parseFile()
    return (parser.file, parser.finishedDiagnostics())
  }
}
