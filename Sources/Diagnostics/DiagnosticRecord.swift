/// A diagnostic with its place resolved: the fields of the compiler's JSON output.
public struct DiagnosticRecord: Hashable, Sendable {
  /// The stable id.
  public var id: String
  /// `error` or `warning`.
  public var severity: String
  /// The title, and after a line end each note and help.
  public var message: String
  /// The path of the file, or an empty string when there is no place.
  public var file: String
  /// The first line, counted from 1; 0 when there is no place.
  public var line: Int
  /// The first column, counted from 1; 0 when there is no place.
  public var column: Int
  /// The line of the end.
  public var endLine: Int
  /// The column after the last character.
  public var endColumn: Int

  /// Resolves the place of `diagnostic` with the files of `map`.
  public init(_ diagnostic: Diagnostic, in map: SourceMap) {
    id = diagnostic.id.rawValue
    severity = diagnostic.severity.rawValue
    message = ([diagnostic.title] + diagnostic.notes + diagnostic.help).joined(separator: "\n")
    guard let span = diagnostic.span, let source = map[span.file] else {
      (file, line, column, endLine, endColumn) = ("", 0, 0, 0, 0)
      return
    }
    file = source.path
    (line, column) = source.position(at: span.start)
    (endLine, endColumn) = source.position(at: span.end)
  }
}
