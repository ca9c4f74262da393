import Testing

/// The traps of the reference (section 9), by their numbers.
@Suite struct `Traps of the language` {
  static let a = "entity A:\n  int n = 0\nend\nimplement A using std::none\nA.l [0:] -- A\n"

  @Test(arguments: [
    ModelRow("T1: a sign belongs to the number", "a = 5\nb = a -1\nstd::print(b)", .prints("5\n")),
    ModelRow(
      "T2: a parenthesis continues", "a = b\n(1)\nb = 2", .fails("unknown-function", line: 1)),
    ModelRow(
      "T3: a bracket continues a name", "b = {\"k\": 1}\na = b\n[\"k\"]\nstd::print(a)",
      .prints("1\n")),
    ModelRow("T4: no exponents", "a = 1e3", .fails("unknown-variable", line: 1)),
    ModelRow(
      "T5: a text is a statement", "std::print(\"x\")\n\"\"\"doc {{n}}\"\"\"",
      .fails("unknown-variable", line: 2)),
    ModelRow(
      "T6: blocks run in reverse", "if true:\n std::print(\"1\")\n std::print(\"2\")\nend",
      .prints("2\n1\n")),
    ModelRow("T6: files run in order", "std::print(\"1\")\nstd::print(\"2\")", .prints("1\n2\n")),
    ModelRow("T7: not binds tightly", "a = not 1 == 2", .fails("operand-not-boolean", line: 1)),
    ModelRow("T8: in binds tighter than +", "std::print(1 + 1 in [2])", .prints("1\n")),
    ModelRow(
      "T9: powers associate left", "std::print([2 ** 3 ** 2, -2 ** 2])", .prints("@[64, 4]\n")),
    ModelRow(
      "T10: equal values of other kinds", "a = true\na = 1\na = 1.0\nstd::print(a)",
      .prints("True\n")),
    ModelRow(
      "T11: an int is no float",
      "entity F:\n float x\nend\nimplement F using std::none\nF(x=1)",
      .fails("type-mismatch", line: 5)),
    ModelRow(
      "T11: an int takes a boolean",
      "entity F:\n int x\nend\nimplement F using std::none\na = F(x=true)\nstd::print(a.x)",
      .prints("True\n")),
    ModelRow(
      "T12: lists are flat",
      "entity F:\n list[] x\nend\nimplement F using std::none\nF(x=[[1], [2]])",
      .fails("type-mismatch", line: 5)),
    ModelRow(
      "T13: the leftmost parent with a default wins",
      """
      entity G:
        string x = "g"
      end
      entity P extends G:
        string x = "p"
      end
      entity Q extends G:
      end
      entity B extends Q, P:
      end
      implement B using std::none
      b = B()
      std::print(b.x)
      """, .prints("g\n")),
    ModelRow(
      "T14: redeclaring drops the default",
      "entity P:\n string x = \"p\"\nend\nentity B extends P:\n string x\nend\n"
        + "implement B using std::none\nB()", .fails("attribute-not-set", line: 8)),
    ModelRow(
      "T15: nullable is not optional",
      "entity B:\n int? x\nend\nimplement B using std::none\nB()",
      .fails("attribute-not-set", line: 5)),
    ModelRow(
      "T16: a default is a value", a + "a = A()\na.n = 2", .fails("double-set", line: 7)),
    ModelRow("T16: the same value is fine", a + "a = A()\na.n = 0", .compiles),
    ModelRow(
      "T17: null freezes a relation empty",
      a + "A.b [1:] -- A\nA(b=null)", .compiles),
    ModelRow(
      "T18: more than the upper bound",
      a + "A.b [0:2] -- A\nA(b=[A(), A(), A()])", .fails("relation-overflow", line: 7)),
    ModelRow(
      "T19: a list is not unpacked", a + "A.o [0:1] -- A\nA(o=[A()])",
      .fails("type-mismatch", line: 7)),
    ModelRow(
      "T20: how values print",
      "x = 1.0\ny = true\nz = null\nstd::print(\"{{x}} {{y}} {{z}}\")\n"
        + "std::print(string(x) + string(y) + string(z))",
      .prints("1 True null\n1.0truenull\n")),
    ModelRow(
      "T21: placeholders in values are replaced",
      "a = r\"{{b}}\"\nb = \"B\"\nstd::print(\"{{a}} {{b}}\")\nstd::print(\"{{b}} {{a}}\")",
      .prints("B B\nB {{b}}\n")),
    ModelRow(
      "T22: a doubled brace before a field", "a = 1\nb = 2\nstd::print(f\"{{a}} {b}\")",
      .fails("invalid-format", line: 3)),
    ModelRow(
      "T22: a doubled brace after a field", "b = 2\nstd::print(f\"{b} {{a}}\")",
      .prints("2 {a}\n")),
    ModelRow("T23: text keeps its characters", "std::print(std::length(\"café\"))", .prints("4\n")),
  ])
  func `text, numbers and defaults`(row: ModelRow) { #expect(row.actual == row.outcome) }

  @Test(arguments: [
    ModelRow(
      "T24: counting freezes", a + "a = A()\nif std::count(a.l) == 0:\n  a.l += A()\nend",
      .fails("modified-after-freeze", line: 8)),
    ModelRow(
      "T25: as written", gradual(isReversed: false), .fails("optional-without-value", line: 11)),
    ModelRow("T25: the two relations swapped", gradual(isReversed: true), .compiles),
    ModelRow(
      "T26: a loop feeds itself",
      a + "a = A(l=A(n=1))\nfor x in a.l:\n  if x.n < 3:\n    a.l += A(n=x.n+1)\n  end\nend\n"
        + "std::print(std::count(a.l))", .prints("3\n")),
    ModelRow(
      "T26: through a variable",
      a + "a = A(l=A(n=1))\ntmp = a.l\nfor x in tmp:\n  if x.n < 3:\n    a.l += A(n=x.n+1)\n  end\n"
        + "end", .fails("modified-after-freeze", line: 10)),
    ModelRow(
      "T27: lookups wait",
      a + "index A(n)\nx = A[n=3]\nA(n=3)\nstd::print(x.n)", .prints("3\n")),
    ModelRow(
      "T28: the second constructor assigns its defaults",
      "entity B:\n string k\n int v = 3\nend\nindex B(k)\nimplement B using std::none\n"
        + "B(k=\"1\", v=4)\nB(k=\"1\")", .fails("double-set", line: 8)),
    ModelRow(
      "T29: a subtype in the index",
      a
        + "entity B extends A:\nend\nimplement B using std::none\nindex A(n)\nA(n=1)\nB(n=1)",
      .fails("duplicate-index-key", line: 11)),
    ModelRow(
      "T29: a supertype",
      a
        + "entity B extends A:\nend\nimplement B using std::none\nindex A(n)\nB(n=1)\nA(n=1)",
      .fails("index-type-mismatch", line: 11)),
    ModelRow(
      "T30: 1 and true are different keys",
      a + "index A(n)\nx = A(n=1)\ny = A(n=true)\nstd::print(x == y)", .prints("False\n")),
    ModelRow(
      "T31: not through a variable", owned + "x = I(n=\"x\")\nO(items=[x])",
      .fails("missing-index-attribute", line: 10)),
    ModelRow(
      "T31: inside the constructor", owned + "O(items=[I(n=\"x\")])", .compiles),
    ModelRow(
      "T32: no inheritance without parents",
      "entity P:\nend\nentity B extends P:\nend\nimplement P using std::none\nB()",
      .fails("no-implementation", line: 6)),
    ModelRow(
      "T33: a bare name is a local variable",
      "entity B:\n string name\nend\nimplementation i for B:\n name = \"x\"\nend\n"
        + "implement B using i\nB()", .fails("attribute-not-set", line: 8)),
    ModelRow(
      "T34: a body runs once",
      "entity B:\nend\nimplementation i for B:\n std::print(\"once\")\nend\n"
        + "implement B using i\nimplement B using i\nB()", .prints("once\n")),
    ModelRow(
      "T35: an implementation uses the variables of its file",
      "import m\nx = \"main\"\nm::B()", .prints("m\n"),
      modules: [
        "m": "x = \"m\"\nentity B:\nend\nimplementation i for B:\n std::print(x)\nend\n"
          + "implement B using i\n"
      ]),
    ModelRow(
      "T36: importing a::b does not make a usable", "import m::sub\nstd::print(m::x)",
      .fails("namespace-not-found", line: 2), modules: ["m": "x = 1", "m::sub": ""]),
    ModelRow("T37: std is never implicit", "a = Host(name=\"x\")", .fails("unknown-type", line: 1)),
    ModelRow(
      "T37: the relation tells the entity",
      "h = std::Host(name=\"x\", os=OS(name=\"y\"))\nstd::print(h.os.name)", .prints("y\n")),
    ModelRow(
      "T38: the right side is never resolved", "std::print(false and nothing)", .prints("False\n")),
  ])
  func `data flow, indexes and implementations`(row: ModelRow) {
    #expect(row.actual == row.outcome)
  }

  @Test(arguments: [
    ModelRow(
      "T39: unknowns are not equal",
      "a = std::get_env(\"SB_U\")\na = std::get_env(\"SB_V\")", .fails("double-set", line: 2)),
    ModelRow(
      "T40: unknown operands",
      "u = bool(std::get_env(\"SB_U\"))\nstd::print(std::is_unknown(u or true))\n"
        + "std::print(true or u)\nstd::print(1 in [1, u])", .prints("True\nTrue\nTrue\n")),
    ModelRow(
      "T41: a missing outer key", "d = {\"a\": {}}\nx = d[\"z\"][\"b\"] is defined",
      .fails("key-not-found", line: 2)),
    ModelRow(
      "T42: an unset relation on the way",
      a + "A.o [0:1] -- A\na = A()\nx = a.o.o is defined", .fails("optional-without-value", line: 8)
    ),
    ModelRow(
      "T42: unset at the end of the way",
      a + "A.o [0:1] -- A\na = A(o=A())\nstd::print(a.o.o is defined)", .prints("False\n")),
    ModelRow(
      "T43: empty values", "x = []\ny = {}\nstd::print([x is defined, y is defined])",
      .prints("@[False, True]\n")),
    ModelRow(
      "T44: positional after keyword", "std::print(std::replace(old=\"a\", new=\"b\", \"xax\"))",
      .prints("xbx\n")),
    ModelRow(
      "T45: what print shows", "std::print([1, \"a\", null, true])\nstd::print(null)",
      .prints("@[1, 'a', null, True]\nNone\n")),
    ModelRow(
      "T46: a function waits for the attributes it reads",
      a + "a = A(l=[b, c])\nb = B1(m=a)\nc = B1()\nentity B1 extends A:\n int late\nend\n"
        + "B1.m [0:1] -- A\nimplementation i for B1:\n self.late = 5 - (self.m is defined ? 1 : 2)\n"
        + "end\nimplement B1 using i\nfor x in std::key_sort(a.l, \"late\"):\n"
        + " std::print(x.late)\nend", .prints("3\n4\n")),
    ModelRow(
      "T47: lookups are reported first",
      "entity B:\n string n\nend\nindex B(n)\nimplement B using std::none\nentity C:\n int x\nend\n"
        + "implement C using std::none\nC()\nb = B[n=\"q\"]", .fails("no-index-match", line: 11)),
    ModelRow("T48: a cycle of variables", "a = b\nb = a", .fails("never-known", line: 1)),
    ModelRow(
      "T49: only the first error",
      "entity B:\n int n\nend\nimplement B using std::none\n"
        + "B(n=\"a\")\nB(n=\"b\")", .fails("type-mismatch", line: 5)),
    ModelRow(
      "T50: duplicates iterate", "for i in [1, 1, 2]:\n std::print(i)\nend", .prints("1\n1\n2\n")),
    ModelRow(
      "T53: NaN is not itself", "a = float(\"nan\")\na = float(\"nan\")",
      .fails("double-set", line: 2)),
    ModelRow("T54: division by zero", "a = 1 / 0", .fails("division-by-zero", line: 1)),
    ModelRow(
      "T55: the last import runs first", "import m1\nimport m2\nstd::print(\"main\")",
      .prints("main\nm2\nm1\n"),
      modules: ["m1": "std::print(\"m1\")", "m2": "std::print(\"m2\")"]),
    ModelRow(
      "T56: an empty relation equals an empty list", a + "a = A()\nb = a.l\nb = []", .compiles),
    ModelRow(
      "T57: a pattern matches at the start",
      "typedef t as string matching /ab/\nentity B:\n t x\nend\nimplement B using std::none\n"
        + "B(x=\"abzzz\")", .compiles),
    ModelRow(
      "T58: index attributes in another order",
      "entity B:\n string a\n string b\nend\nindex B(b, a)\nimplement B using std::none\n"
        + "x = B(a=\"1\", b=\"2\")\nstd::print(x == B[a=\"1\", b=\"2\"])", .prints("True\n")),
  ])
  func `unknowns, functions and the end`(row: ModelRow) { #expect(row.actual == row.outcome) }

  /// I has an index that contains its relation to O.
  static let owned = """
    entity O:
    end
    entity I:
      string n
    end
    O.items [0:] -- I.o [1]
    index I(o, n)
    implement O using std::none
    implement I using std::none

    """

  static func gradual(isReversed: Bool) -> String {
    let relations = ["A.optional [0:1] -- A", "A.lst [0:] -- A"]
    return """
      entity A:
      end
      implementation grow for A:
          self.optional = A()
      end
      implement A using std::none
      implement A using grow when std::count(self.lst) > 0
      \((isReversed ? relations.reversed() : relations).joined(separator: "\n"))
      a = A(lst=A())
      t = a.optional
      """
  }
}
