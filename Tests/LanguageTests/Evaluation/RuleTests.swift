import Language
import Testing

/// The rows of the language's tables: types, casts, operators, typedefs, inheritance, relations, indexes
/// and what is refused. Each file of `Rules` begins with what all its models share; a row says what
/// becomes of its model.
@Suite struct `Rules of the language` {
  struct Malformed: Error {
    var row: String
  }

  static let folder = "Tests/LanguageTests/Rules"

  static func rows(_ file: String) throws -> [ModelRow] {
    guard let text = SourceTree.read("\(folder)/\(file).txt") else { throw Malformed(row: file) }
    let parts = "\n\(text)".split(separator: "\n=== ", omittingEmptySubsequences: false)
    let shared = parts[0].isEmpty ? "" : String(parts[0].dropFirst()) + "\n"
    return try parts.dropFirst().map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      let head = lines[0].split(separator: " -> ")
      guard head.count == 2, lines.count == 2 else { throw Malformed(row: String(lines[0])) }
      return ModelRow(String(head[0]), String(shared + lines[1]) + "\n", try outcome(head[1]))
    }
  }

  private static func outcome(_ text: Substring) throws -> Outcome {
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2 else { throw Malformed(row: String(text)) }
    if words[0] == "prints" {
      return .prints(String(words[1].dropFirst().dropLast()).replacing("\\n", with: "\n"))
    }
    let found = words[1].split(separator: " ")
    guard words[0] == "fails", found.count == 2, let line = Int(found[1]) else {
      throw Malformed(row: String(text))
    }
    return .fails(String(found[0]), line: line)
  }

  @Test(arguments: [
    "types", "casts", "operators", "typedefs", "inheritance", "relations", "indexes", "rules",
    "places",
  ])
  func `hold for each row of a table`(table: String) throws {
    let rows = try Self.rows(table)
    #expect(rows.count > 10)
    for row in rows { #expect(row.actual == row.outcome, "\(table): \(row.name)") }
  }

  @Test func `have no file that is not read`() throws {
    #expect(try SourceTree.list(Self.folder).count == 9)
  }

  @Test(arguments: [
    ModelRow(
      "a name of std", "entity A:\nend\nimplement A using std::none\n",
      .fails("unknown-type", line: 3)),
    ModelRow(
      "std with an import", "import std\nentity A:\nend\nimplement A using std::none\nA()\n",
      .compiles),
    ModelRow("std::Entity", "entity A extends std::Entity:\nend\n", .compiles),
  ])
  func `without std by itself, files import it`(row: ModelRow) {
    var limits = CompilerLimits()
    limits.importsStandardLibrary = false
    #expect(compile(row.model, limits: limits).outcome == row.outcome, "\(row.name)")
  }
}
