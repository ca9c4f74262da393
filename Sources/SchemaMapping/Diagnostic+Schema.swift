public import Diagnostics
public import Schema

extension DiagnosticV1.Severity {
  /// Makes the wire form of a severity.
  public init(_ severity: Diagnostic.Severity) {
    self =
      switch severity {
      case .error: .error
      case .warning: .warning
      }
  }
}

extension DiagnosticV1.Diagnostic {
  /// Makes the message for a diagnostic, with its text as people see it.
  ///
  /// - Parameters:
  ///   - diagnostic: The diagnostic.
  ///   - map: The files that its places are in.
  public init(_ diagnostic: Diagnostic, in map: SourceMap) {
    self.init(
      id: diagnostic.id.rawValue, severity: .init(diagnostic.severity), message: diagnostic.title,
      range: diagnostic.span.flatMap { DiagnosticV1.SourceRange($0, in: map) },
      labels: diagnostic.labels.map { label in
        .init(range: DiagnosticV1.SourceRange(label.span, in: map), text: label.text)
      },
      notes: diagnostic.notes, help: diagnostic.help,
      rendered: DiagnosticRenderer(map: map).render(diagnostic))
  }
}

extension DiagnosticV1.SourceRange {
  /// Makes the message for a span; nil if its file is not in the map.
  ///
  /// - Parameters:
  ///   - span: The span.
  ///   - map: The files.
  public init?(_ span: SourceSpan, in map: SourceMap) {
    guard let source = map[span.file] else { return nil }
    let start = source.position(at: span.start)
    let end = source.position(at: span.end)
    self.init(
      file: source.path, line: UInt32(clamping: start.line), column: UInt32(clamping: start.column),
      endLine: UInt32(clamping: end.line), endColumn: UInt32(clamping: end.column))
  }
}
