import Diagnostics
import Language
import LanguageTools
import Testing

/// What the formatter makes of a text.
private func format(_ text: String) throws -> String {
  try Formatter.format(SourceFile(id: FileID(index: 0), path: "main.cf", text: text))
}

@Suite struct FormatterTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    var expected: String
    var testDescription: String { name }
  }

  static let rows = [
    Row(
      name: "spaces around operators, none around names",
      text: "a=1+2*b . c\nx = m :: f( 1,b = 2 )", expected: "a = 1 + 2 * b.c\nx = m::f(1, b=2)\n"),
    // T1: a number with its sign is a token of its own.
    Row(name: "T1: two statements", text: "a = 5\nb = a -1", expected: "a = 5\nb = a\n-1\n"),
    Row(name: "T2: a call over lines", text: "a = b\n(1)\nb = 2", expected: "a = b(1)\nb = 2\n"),
    Row(name: "T3: a look-up over lines", text: "a = b\n[\"k\"]", expected: "a = b[\"k\"]\n"),
    Row(name: "T3: a list after a number", text: "a = 1\n[2]", expected: "a = 1\n[2]\n"),
    Row(name: "T4: no exponents", text: "a = 1e3", expected: "a = 1\ne3\n"),
    Row(
      name: "T5: text after a call", text: "std::print(\"x\") \"\"\"doc {{n}}\"\"\"",
      expected: "std::print(\"x\")\n\"\"\"doc {{n}}\"\"\"\n"),
    Row(
      name: "blocks have four spaces",
      text: "if a:\nb=1\nelif c : d=2\nelse:\n  for x in y :z(x) end end",
      expected: """
        if a:
            b = 1
        elif c:
            d = 2
        else:
            for x in y:
                z(x)
            end
        end

        """),
    Row(
      name: "definitions stand apart",
      text:
        "entity A extends B,m::C:\n\"\"\"Doc.\"\"\"\nstring []? x=[\"a\",\"b\"]\ndict ? d = null\nend\nA.b[0:1]--B.a [ 1 ]\n\"\"\"Rel.\"\"\"\nindex A( x,y )\nimplement A using i,j when x and y",
      expected: """
        entity A extends B, m::C:
            \"""Doc.\"""
            string[]? x = ["a", "b"]
            dict? d = null
        end

        A.b [0:1] -- B.a [1]
        \"""Rel.\"""
        index A(x, y)
        implement A using i, j when x and y

        """),
    Row(
      name: "annotations of relations", text: "A.b[1] f( 1 ),2 m::B",
      expected: "A.b [1] f(1), 2 m::B\n"
    ),
    Row(
      name: "comments stay where they are",
      text:
        "# top\n\n\nx = [ # of the list\n  1,# one\n  # before two\n  2 # two\n  # last\n] # end\nif a: # then\n  # nothing\nend\n# bye",
      expected: """
        # top

        x = [  # of the list
            1,  # one
            # before two
            2,  # two
            # last
        ]  # end
        if a:  # then
            # nothing
        end
        # bye

        """),
    Row(
      name: "comments between attributes",
      text: "entity A:\n  # about x\n  int x # behind x\n\n\n  # alone\n\n  int y\n # end\nend",
      expected: """
        entity A:
            # about x
            int x  # behind x

            # alone

            int y
            # end
        end

        """),
    Row(
      name: "a comment inside an expression moves to the end of its line",
      text: "x = a # one\n  + # two\n  b", expected: "x = a  # one\n    + b  # two\n"),
    Row(
      name: "what begins with a new line stays broken",
      text: "A(\nx=1, y={\n\"k\":2})",
      expected: "A(\n    x=1,\n    y={\n        \"k\": 2,\n    },\n)\n"),
    Row(
      name: "what fits is on one line", text: "A(x=1,\n  y=2,)", expected: "A(x=1, y=2)\n"),
    Row(
      name: "a single list keeps its brackets beside those around it",
      text: "f([\n1,2])", expected: "f([\n    1,\n    2,\n])\n"),
    Row(
      name: "long conditions break at the loosest operator",
      text:
        "enabled = interface.is_enabled_by_the_operator and interface.has_an_address or interface.is_a_loopback_of_the_router",
      expected: """
        enabled = interface.is_enabled_by_the_operator and interface.has_an_address
            or interface.is_a_loopback_of_the_router

        """),
    Row(
      name: "long conditional expressions break at both signs",
      text:
        "address = interface.address is defined ? interface.address_of_the_first_port : router.management_address_of_the_site",
      expected: """
        address = interface.address is defined
            ? interface.address_of_the_first_port
            : router.management_address_of_the_site

        """),
    Row(
      name: "comprehensions break at their clauses",
      text:
        "names = [interface.name_in_the_configuration for interface in router.interfaces_of_the_site if not interface.down]",
      expected: """
        names = [
            interface.name_in_the_configuration
            for interface in router.interfaces_of_the_site
            if not interface.down
        ]

        """),
    Row(
      name: "short index look-ups and unpacking",
      text: "x = a.b [ k = 1 ]\ny=A[ ** d ]\nz = A( ** d,k=1 )\nw=d [ \"a\" ] is defined",
      expected: "x = a.b[k=1]\ny = A[**d]\nz = A(**d, k=1)\nw = d[\"a\"] is defined\n"),
    Row(
      name: "regular expressions have one space before them",
      text: "typedef t as string matching\n  /a b/ \"\"\"Doc.\"\"\"",
      expected: "typedef t as string matching /a b/\n\"\"\"Doc.\"\"\"\n"),
    Row(
      name: "a comment alone between brackets", text: "x = [\n# a\n] # b",
      expected: "x = [\n    # a\n]  # b\n"),
    Row(name: "nothing stays nothing", text: "", expected: ""),
    Row(name: "only a comment", text: "  # x  \n\n", expected: "# x\n"),
    Row(
      name: "line ends of other systems", text: "a = 1\r\nb = 2\r", expected: "a = 1\nb = 2\n"),
    Row(
      name: "text of strings is not touched",
      text: "x = \"\"\"a  \n  # no comment\n\"\"\"\ny='b'",
      expected: "x = \"\"\"a  \n  # no comment\n\"\"\"\ny = 'b'\n"),
  ]

  @Test(arguments: rows)
  func `writes the common form`(row: Row) throws {
    let result = try format(row.text)
    #expect(result == row.expected)
    #expect(try format(result) == result)
  }

  @Test(arguments: ["a = ", "entity A", "x = \"open", "a = 1 $"])
  func `refuses text with syntax errors`(text: String) {
    #expect(throws: Formatter.Failure.self) { try format(text) }
  }

  @Test func `refuses text that is not UTF-8`() {
    let source = SourceFile(id: FileID(index: 0), path: "main.cf", bytes: [0x61, 0x3D, 0xFF])
    #expect(throws: Formatter.Failure.self) { try Formatter.format(source) }
  }
}
