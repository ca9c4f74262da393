import Diagnostics
import Language
import Testing

@Suite struct LocationTests {
  /// The line of the first statement, and of its value when it is an assignment.
  private func lines(_ text: String) throws -> [Int] {
    let parsed = Parsed(text)
    #expect(parsed.errors == [])
    let statement = try #require(parsed.file.statements.first)
    switch statement.kind {
    case .assignVariable(_, let value), .assignAttribute(_, _, let value, _):
      return [parsed.map.line(of: statement.span), parsed.map.line(of: value.span)]
    default: return [parsed.map.line(of: statement.span)]
    }
  }

  @Test(arguments: [
    ("a\n=\n1", [2, 3]), ("a.b\n+=\nc", [2, 3]), ("A\n(\nx=1)", [2]), ("a\n+\nb", [2]),
    ("a\nnot in\nb", [2]), ("not\na", [1]), ("a\n.b", [2]), ("a\n.b is defined", [2]),
    ("a\nis defined", [1]), ("a\n? b : c", [1]), ("for\nx in y:\nend", [1]), ("[\n1]", [1]),
    ("{\n\"a\": 1}", [1]), ("A\n[x=1]", [2]), ("m\n::x", [1]), ("f\n(1)", [1]),
    ("a\n[\"k\"]", [1]), ("a = A(x=1,\n y=2)", [1, 1]), ("a = 1 +\n 2", [1, 1]),
    ("a = 1 + 2\n + 3", [1, 2]), ("(\na)", [2]),
  ])
  func `nodes are located where errors about them are`(text: String, expected: [Int]) throws {
    #expect(try lines(text) == expected)
  }

  @Test func `an elif has the line of its colon`() throws {
    let parsed = Parsed("if a:\nelif\nb\n:\nend")
    guard case .if(let branches, _) = try #require(parsed.file.statements.first).kind else {
      throw TestFailure()
    }
    #expect(branches.map { parsed.map.line(of: $0.span) } == [1, 4])
  }

  @Test func `a relation has the line of its first dot`() throws {
    let parsed = Parsed("A\n.b [1] -- B")
    guard case .relation(let relation) = try #require(parsed.file.declarations.first) else {
      throw TestFailure()
    }
    #expect(parsed.map.line(of: relation.span) == 2)
  }

  @Test func `placeholders are located inside their string`() throws {
    let parsed = Parsed("x = \"\\n{{ a.b }}\"\ny = \"\"\"\n é {{c}}\"\"\"")
    let places = parsed.file.statements.compactMap { statement -> String? in
      guard case .assignVariable(_, let value) = statement.kind,
        case .interpolation(let string) = value.kind
      else { return nil }
      for case .placeholder(_, let value) in string.parts {
        return parsed.map.location(of: value.span).description
      }
      return nil
    }
    #expect(places == ["main.cf:1:11", "main.cf:3:6"])
  }
}
