import Diagnostics
import Language
import Testing

@Suite struct AcceptanceTests {
  @Test(arguments: [
    "", "\n", "# only a comment", "\"\"\"docstring\"\"\"", "import a", "import a::b as c",
    "entity A:\nend", "entity A extends B, m::C:\n\"\"\"doc\"\"\"\nend",
    "entity A:\n string a\n int? b = null\n bool[] c = [true, false,]\n m::t[]? d = null\nend",
    "entity A:\n dict a\n dict? b = null\n dict c = {}\n dict d = {\"a\": 1}\n string e = undef\nend",
    "entity A:\n float x = -1.5\n string y = r\"a\"\n string z = \"\"\"m\"\"\"\nend",
    "A.b [1] -- B", "A.b [0:1] -- B.a [0:]", "A.b [:3] -> m::B.a [1:2]",
    "m::A.b [1] <- B.a [2]\n\"\"\"doc\"\"\"", "A.b [1] x, y B.a [1]", "A.b [1] x, B",
    "A.b [1] Note(t=1) B", "typedef t as string matching /a/",
    "typedef t as m::u matching self > 1 and self < 9\n\"\"\"doc\"\"\"",
    "typedef t as list matching std::count(self) > 0", "index A(b, c)", "index m::A(b)",
    "implementation i for A:\nend", "implementation i for m::A:\n\"\"\"doc\"\"\"\n self.a = 1\nend",
    "implement A using i", "implement m::A using n::i, j when x and y\n\"\"\"doc\"\"\"",
    "for x in l:\nend", "for x-y in [1]:\n a = x-y\nend", "if a:\nend",
    "if a:\n b = 1\nelif c:\n d = 2\nelif e:\nelse:\n f = 3\nend",
    "a.b += c", "a.b.c = d", "m::x = 1", "m::x.y = 1", "x-y.z = 1",
    "a = b c = d", "\tx = 1\r\n\ty = 2\r", "string = 1\nint = 2\nlist = 3\nnone = 4",
    "f(a = b)", "x = [1,\n 2\n,]", "a = {\"k\" : v}[\"k\"]",
    "entity A:\n string matching-x\nend".replacingOccurrence(of: "-x", with: "_x"),
  ])
  func `valid files are accepted`(text: String) {
    #expect(Parsed(text).errors == [])
  }

  @Test(arguments: [
    ("a = ", "2 unexpected-end"), ("a = \n", "3 unexpected-end"), ("entity A:", "2 unexpected-end"),
    ("for x in y:\n a = 1\n", "4 unexpected-end"),
    ("x = True", "2 unexpected-end"), ("x = True\ny = 1", "2 unexpected-token"),
    ("a.if = 1", "1 reserved-keyword"), ("entity end:\nend", "1 reserved-keyword"),
    ("entity a:\nend", "1 entity-name-case"), ("entity A:\n string B\nend", "2 name-case"),
    ("entity A-b:\nend", "1 hyphen-in-name"), ("entity A:\n string a-b\nend", "2 hyphen-in-name"),
    ("a-b = 1", "1 hyphen-in-name"), ("x.a-b = 1", "1 hyphen-in-name"),
    ("typedef a-b as string matching /x/", "1 hyphen-in-name"),
    ("implementation a-b for C:\nend", "1 hyphen-in-name"), ("A.b-c [1] -- B", "1 hyphen-in-name"),
    ("A.b [1] -- B.c-d [1]", "1 hyphen-in-name"), ("import a as b-c", "1 hyphen-in-name"),
    ("import a-b", "1 hyphen-in-name"), ("mod.Thing()", "1 namespace-access"),
    ("a.b.f(1)", "1 namespace-access"), ("entity A extends m.B:\nend", "1 namespace-access"),
    ("a += 1", "1 addition-to-variable"), ("entity A:\n dict a = null\nend", "2 null-for-dict"),
    ("entity A:\n dict a = undef\nend", "2 unexpected-token"),
    ("entity A:\n dict[] a\nend", "2 unexpected-token"),
    ("entity A:\n string[][] a\nend", "2 unexpected-token"),
    ("entity A:\n string?[] a\nend", "2 unexpected-token"),
    ("entity A:\n int a = 1 + 1\nend", "2 unexpected-token"),
    ("entity A:\n int[] a = [[1]]\nend", "2 unexpected-token"),
    ("entity A:\n B b\nend", "2 unexpected-token"),
    ("typedef A as B(x=1)", "1 default-constructor"),
    ("typedef a as dict matching true", "1 reserved-keyword"),
    ("typedef a as string matching (/x/)", "1 unexpected-token"),
    ("typedef a as string matching /(/", "1 invalid-regex"),
    ("x = f\"{a\"", "1 invalid-format-string"), ("x = f\"a}\"", "1 invalid-format-string"),
    ("x = {\"{{a}}\": 1}", "1 interpolation-in-key"), ("x = {a: 1}", "1 unexpected-token"),
    ("x = {f\"a\": 1}", "1 unexpected-token"), ("x = [1 -1]", "1 unexpected-token"),
    ("x = - 3", "1 unexpected-token"), ("x = -y", "1 unexpected-token"),
    ("x = A().y", "1 unexpected-token"), ("x = f().y", "1 unexpected-token"),
    ("x = d[\"k\"].y", "1 unexpected-token"), ("(x).y", "1 unexpected-token"),
    ("A[k=1].x", "1 unexpected-token"), ("f() is defined", "1 unexpected-token"),
    ("m::x is defined", "1 unexpected-token"), ("(x) is defined", "1 unexpected-token"),
    ("a[\"k\"] = 1", "1 unexpected-token"), ("x[k=1]", "1 unexpected-token"),
    ("a.b[k=1][\"x\"]; ", "1 illegal-character"), ("(a) = 1", "1 unexpected-token"),
    ("x = 1.", "1 unexpected-token"), ("x = a ? b", "2 unexpected-end"),
    ("if true:\n entity A:\n end\nend", "2 misplaced-definition"),
    ("for x in y:\n import a\nend", "2 misplaced-definition"),
    ("A.b [] -- B", "1 unexpected-token"), ("A.b [1:2:3] -- B", "1 unexpected-token"),
    ("A.b [1] B", "2 unexpected-end"), ("A.b [1] B\n\nx = 1", "3 unexpected-token"),
    ("A.b -- B", "1 unexpected-token"),
    ("index A()", "1 unexpected-token"), ("implement A", "2 unexpected-end"),
    ("A(1)", "1 unexpected-token"), ("A(B=1)", "1 name-case"), ("[,]", "1 unexpected-token"),
    ("x = $", "1 illegal-character"), ("x = é", "1 illegal-character"),
    ("x = \"abc", "1 unterminated-string"), ("a = 1\nx = 'abc\nb = 2", "2 unterminated-string"),
    ("x = \"\"\"abc", "1 unterminated-string"), ("x = \"\\xZZ\"", "1 invalid-escape"),
    ("x = \"\\ud800\"", "1 invalid-escape"), ("end", "1 unexpected-token"),
    ("x = 1 )", "1 unexpected-token"), ("a..b", "1 unexpected-token"),
    ("x = a is undefined", "1 unexpected-token"), ("else:", "1 unexpected-token"),
    // What does not fit behind a keyword is reported at the keyword, but behind a value where it is.
    ("entity A:\nend\n\n) x", "2 unexpected-token"), ("x = true\n = y", "1 unexpected-token"),
    ("x = true\n: y", "2 unexpected-token"), ("a = b not (c)", "1 unexpected-token"),
    ("x = a\nnot b", "2 unexpected-token"),
    ("entity A: std \"\"\"\n\n\"\"\"", "3 unexpected-token"),
  ])
  func `invalid files are refused at the line`(text: String, expected: String) {
    #expect(Parsed(text).errors.first == expected)
  }

  @Test func `several errors of a file are reported`() {
    let parsed = Parsed(
      """
      entity A:
        string B
        int c
      end
      x = = 1
      y = 2
      implementation i for A:
        self.a = (1
        self.b = 2
        self.c = )
      end
      z = 3
      entity b:
        int x
      end
      w = 4
      """)
    #expect(
      parsed.errors == [
        "2 name-case", "5 unexpected-token", "9 unexpected-token", "10 unexpected-token",
        "13 entity-name-case",
      ])
    #expect(parsed.file.statements.count == 3)
  }

  @Test func `errors beyond the limit are counted, not shown`() {
    let parsed = Parsed(String(repeating: "x = )\n", count: 100))
    #expect(parsed.errors.count == Parser.Limits().errorsMax + 1)
    #expect(parsed.errors.last?.hasSuffix("too-many-errors") == true)
  }

  @Test func `a file that is not UTF-8 is refused where it goes wrong`() {
    let parsed = Parsed(bytes: Array("a = 1\nb = \"".utf8) + [0xFF, 0x22, 0x0A])
    #expect(parsed.errors.contains("2 invalid-utf8"))
  }

  @Test func `unknown escapes warn`() {
    let parsed = Parsed("x = \"a\\d\"")
    #expect(parsed.diagnostics.map(\.id) == ["unknown-escape"])
    #expect(parsed.isAccepted)
  }
}

extension String {
  func replacingOccurrence(of old: String, with new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
