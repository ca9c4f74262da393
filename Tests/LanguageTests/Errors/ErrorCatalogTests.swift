import Diagnostics
import Foundation
import Language
import Testing

/// Reads and writes files of the source tree.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether the tests write what they find instead of comparing: `make accept`.
  static let isAccepting = ProcessInfo.processInfo.environment["SOUTHBOUND_ACCEPT"] != nil

  static func read(_ path: String) -> String? {
    try? String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: root.appending(path: path))
  }

  static func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: root.appending(path: path))
  }

  /// The names of the files in a folder.
  static func list(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path())
  }
}

@Suite struct `The table of errors` {
  static let folder = "Tests/LanguageTests/Golden"
  static let page = "Sources/Language/ERRORS.md"

  /// The source of an example, and everything that is printed about it.
  static func golden(_ model: String) -> String {
    let result = compile(model)
    return model + "\n----\n"
      + DiagnosticRenderer(map: result.sources).render(result.diagnostics)
  }

  @Test func `ids are unique and in lower case`() {
    let ids = ErrorCatalog.entries.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(
      ids.allSatisfy { $0.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 || $0 == 56 } })
  }

  @Test(arguments: ErrorCatalog.entries.filter { $0.example != nil })
  func `each example has its error`(entry: ErrorEntry) throws {
    let result = compile(try #require(entry.example))
    let first = result.diagnostics.first { $0.severity == .error } ?? result.diagnostics.first
    #expect(first?.id.rawValue == entry.id)
    #expect(first?.span != nil)
  }

  @Test func `golden files hold what the examples print, and no others are there`() throws {
    var unused = Set(try SourceTree.list(Self.folder))
    for entry in ErrorCatalog.entries {
      guard let example = entry.example else { continue }
      let name = "\(entry.id).txt"
      let actual = Self.golden(example)
      unused.remove(name)
      if SourceTree.isAccepting {
        try SourceTree.write(actual, to: "\(Self.folder)/\(name)")
      } else {
        #expect(SourceTree.read("\(Self.folder)/\(name)") == actual, "\(name): `make accept`")
      }
    }
    for name in unused where SourceTree.isAccepting {
      try SourceTree.remove("\(Self.folder)/\(name)")
      unused.remove(name)
    }
    #expect(unused.isEmpty, "no example has these files; `make accept` removes them")
  }

  @Test func `the page of errors is the one that the table makes`() throws {
    if SourceTree.isAccepting { try SourceTree.write(ErrorCatalog.page, to: Self.page) }
    #expect(SourceTree.read(Self.page) == ErrorCatalog.page, "`make accept` writes it")
  }

  @Test func `a mistyped id has a closest one`() {
    #expect(ErrorCatalog.entry("double-set")?.group == .flow)
    #expect(ErrorCatalog.entry("dubble-set") == nil)
    #expect(ErrorCatalog.closestID(to: "dubble-set") == "double-set")
  }

  @Test func `every id that the parser and the templates write has an entry`() {
    let known = Set(ErrorCatalog.entries.map(\.id))
    for path in [
      "Syntax/SyntaxDiagnostics.swift", "Templates/TemplateLexer.swift",
      "Evaluation/DiagnosticCode.swift",
    ] {
      // Ids stand behind `Diagnostic(` or, in the table of codes, behind `=`.
      let text = (SourceTree.read("Sources/Language/\(path)") ?? "").filter { !$0.isWhitespace }
      let opening = path.hasSuffix("Code.swift") ? "=\"" : "Diagnostic(\""
      let ids = text.pieces(between: opening)
      #expect(ids.count > 1, "\(path)")
      for id in ids { #expect(known.contains(id), "\(path)") }
    }
  }
}

extension String {
  /// The texts that begin behind `opening` and end at the next quote.
  fileprivate func pieces(between opening: String) -> [String] {
    var result: [String] = []
    var rest = Array(utf8)[...]
    let start = Array(opening.utf8)
    while rest.count >= start.count {
      guard rest.starts(with: start) else {
        rest = rest.dropFirst()
        continue
      }
      let text = rest.dropFirst(start.count).prefix { $0 != 0x22 }
      result.append(String(decoding: text, as: UTF8.self))
      rest = rest.dropFirst(start.count + text.count)
    }
    return result
  }
}
