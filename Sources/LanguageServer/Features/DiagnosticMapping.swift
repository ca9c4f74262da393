internal import Diagnostics

/// Turns findings of the compiler into those of the protocol.
enum DiagnosticMapping {
  static func lsp(_ diagnostic: Diagnostic, in sources: SourceMap) -> LSPDiagnostic {
    let zero = Position(line: 0, character: 0)
    var range = PositionRange(start: zero, end: zero)
    if let span = diagnostic.span, let source = sources[span.file] {
      range = source.positions(of: span)
    }
    var lines = [diagnostic.title]
    if !diagnostic.label.isEmpty { lines[0] += ": \(diagnostic.label)" }
    lines += diagnostic.notes.map { "note: \($0)" }
    lines += diagnostic.help.map { "help: \($0)" }
    return LSPDiagnostic(
      range: range, severity: diagnostic.severity == .error ? 1 : 2, code: diagnostic.id.rawValue,
      message: lines.joined(separator: "\n"),
      relatedInformation: diagnostic.labels.compactMap { label in
        guard let source = sources[label.span.file] else { return nil }
        return LSPDiagnostic.Related(
          location: Location(
            uri: FileURI.uri(of: source.path), range: source.positions(of: label.span)),
          message: label.text)
      })
  }
}
