internal import Resources
internal import Schema

/// Diagnostics as JSON: the fields that `compile --json` documents.
enum DiagnosticOutput {
  static func json(_ diagnostic: DiagnosticV1.Diagnostic) -> Value {
    let range = diagnostic.range ?? DiagnosticV1.SourceRange()
    return [
      "id": .string(diagnostic.id),
      "severity": .string("\(diagnostic.severity)"),
      "message": .string(diagnostic.message),
      "file": .string(range.file), "line": .int(Int64(range.line)),
      "column": .int(Int64(range.column)), "endLine": .int(Int64(range.endLine)),
      "endColumn": .int(Int64(range.endColumn)),
    ]
  }
}
