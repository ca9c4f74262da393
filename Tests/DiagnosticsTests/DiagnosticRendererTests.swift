import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
  private func map() -> SourceMap {
    var map = SourceMap()
    _ = map.add(path: "site/main.cf", text: "web = Host(adress = \"10.0.0.4\")\né = x\n")
    _ = map.add(path: "std/net.cf", text: "entity Host:\nend")
    return map
  }

  private func span(_ file: UInt32, _ range: Range<UInt32>) -> SourceSpan {
    SourceSpan(file: FileID(index: file), start: range.lowerBound, end: range.upperBound)
  }

  private func diagnostic(at span: SourceSpan?) -> Diagnostic {
    Diagnostic("unknown-attribute", title: "`Host` has no attribute `adress`", at: span)
  }

  @Test func `the place is shown with carets, notes and help`() {
    var diagnostic = diagnostic(at: span(0, 11..<17))
    diagnostic.label = "not an attribute of `Host`"
    diagnostic.labels = [.init(span: span(1, 7..<11), text: "declared here")]
    diagnostic.notes = ["one\ntwo"]
    diagnostic.help = ["did you mean `address`?"]
    #expect(
      DiagnosticRenderer(map: map()).render(diagnostic) == """
        error[unknown-attribute]: `Host` has no attribute `adress`
         --> site/main.cf:1:12
          |
        1 | web = Host(adress = "10.0.0.4")
          |            ^^^^^^ not an attribute of `Host`
         ::: std/net.cf:1:8
          |
        1 | entity Host:
          |        ---- declared here
          = note: one
                  two
          = help: did you mean `address`?

        """)
  }

  @Test func `columns are characters, and a span ends with its line`() {
    let text = DiagnosticRenderer(map: map()).render(diagnostic(at: span(0, 35..<40)))
    #expect(text.hasSuffix("2 | é = x\n  |    ^^\n") || text.contains(":2:"))
  }

  @Test func `a place behind the end is shown on an empty line`() {
    let end = UInt32("entity Host:\nend".utf8.count) + 2
    #expect(
      DiagnosticRenderer(map: map()).render(diagnostic(at: span(1, end..<end))).hasSuffix(
        " --> std/net.cf:3:2\n  |\n3 |\n  |  ^\n"))
  }

  @Test func `without a place there is only the title`() {
    #expect(
      DiagnosticRenderer(map: map()).render(diagnostic(at: nil))
        == "error[unknown-attribute]: `Host` has no attribute `adress`\n")
  }

  @Test func `colour changes nothing but escapes`() {
    let diagnostic = diagnostic(at: span(0, 11..<17))
    let colored = DiagnosticRenderer(map: map(), usesColor: true).render(diagnostic)
    #expect(colored.contains("\u{1B}[1;31merror[unknown-attribute]\u{1B}[0m"))
    let plain = colored.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    #expect(plain == DiagnosticRenderer(map: map()).render(diagnostic))
  }

  @Test func `control characters never reach a terminal`() {
    var map = SourceMap()
    let file = map.add(path: "a\u{1B}[2J", text: "x = \u{1B}[31m\u{202E}\"y\"")
    let diagnostic = Diagnostic("e", title: "bad \u{7} `\u{202E}`", at: file.span)
    let text = DiagnosticRenderer(map: map).render(diagnostic)
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\u{7}" })
  }

  @Test func `long lines are cut around the place`() {
    var map = SourceMap()
    let body = String(repeating: "a", count: 100_000)
    _ = map.add(path: "f", text: body + "!" + body)
    let text = DiagnosticRenderer(map: map).render(diagnostic(at: span(0, 100_000..<100_001)))
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= DiagnosticRenderer.lineCharactersMax + 10 })
    let source = Array(lines[3])
    let mark = Array(lines[4]).firstIndex(of: "^")
    #expect(mark.map { source[$0] } == "!")
  }

  @Test func `records have both ends`() {
    let record = DiagnosticRecord(diagnostic(at: span(0, 11..<17)), in: map())
    #expect(record.file == "site/main.cf")
    #expect([record.line, record.column, record.endLine, record.endColumn] == [1, 12, 1, 18])
    #expect(DiagnosticRecord(diagnostic(at: nil), in: map()).line == 0)
  }
}
