import Diagnostics
import Language
import Testing

/// How diagnostics of a running model say where they come from.
@Suite struct `Origins of failures` {
  static let a = "entity A:\n  int n = 0\nend\nA.l [0:] -- A.m [0:2]\n"

  private func lines(_ result: CompileResult) -> [String] {
    result.diagnostics.filter { $0.severity == .error }.map { diagnostic in
      "\(diagnostic.id) \(diagnostic.span.map { result.sources.line(of: $0) } ?? 0)"
    }
  }

  private func labels(_ result: CompileResult) -> [String] {
    (result.diagnostics.first { $0.severity == .error }?.labels ?? []).map {
      "\(result.sources.line(of: $0.span)): \($0.text)"
    }
  }

  @Test func `a failure names the implementations and constructors that led there`() {
    let result = compile(
      """
      entity A:
        int n
      end
      implementation grow for A:
        if self.n == 0:
          A(n=1)
        else:
          self.n = 7
        end
      end
      implement A using grow
      A(n=0)
      """)
    #expect(lines(result) == ["double-set 8"])
    let found = labels(result)
    #expect(found.contains { $0.hasPrefix("6: ") && $0.contains("`__config__::grow` runs") })
    #expect(found.contains("12: implementation `__config__::grow` runs for this `__config__::A`"))
  }

  @Test func `independent failures are all reported, the first one first`() {
    let result = compile(
      "x = 1\nx = 2\ny = 1 / 0\nstd::print(\"never\")\nz = [1] + 2\nw = y + 1\n")
    #expect(lines(result) == ["double-set 2", "division-by-zero 3", "operand-type 5"])
    #expect(result.printed == "")
  }

  @Test func `the same failure of many instances is reported once`() {
    let result = compile(
      """
      entity A:
        int n
      end
      implementation fail for A:
        x = 1 / (self.n - self.n)
      end
      implement A using fail
      for i in [1, 2, 3]:
        A(n=i)
      end
      """)
    #expect(lines(result) == ["division-by-zero 5"])
    #expect(
      result.diagnostics.contains { $0.notes.contains("it comes 3 times at this place") })
  }

  @Test func `values that wait for each other are explained by the shortest cycle`() {
    let result = compile("a = b\nb = c\nc = a\nd = d\n")
    #expect(lines(result) == ["never-known 1"])
    #expect(result.diagnostics.first?.title == "the value of `d` needs itself")
    #expect(labels(result) == ["4: `d` waits for `d` here"])
  }

  @Test func `an attribute that is never set says what it waits for`() {
    let result = compile(
      "entity A:\n  int n\nend\nimplement A using std::none\na = A(n=b.n)\nb = A(n=a.n)\n")
    #expect(lines(result) == ["attribute-not-set 5", "attribute-not-set 6"])
    #expect(
      labels(result).contains { $0.contains("`n` of `__config__::A` waits for `n` of") })
  }

  @Test(arguments: [
    // The other end of a relation fails where its instance is constructed.
    ModelRow(
      "the other end", a + "implement A using std::none\nx = A()\nA(l=x)\nA(l=x)\nA(l=x)",
      .fails("relation-overflow", line: 6)),
    // A relation that flows on is reported at the reference through which it flows.
    ModelRow(
      "a comprehension over one instance",
      "entity A:\nend\nA.o [0:1] -- A\nA.l [0:] -- A\nimplement A using std::none\n"
        + "a = A(o=A())\na.l = [x for x in a.o]", .fails("not-iterable", line: 7)),
    ModelRow(
      "the indexes that need an attribute count, not the attributes",
      "entity A:\n  int n = 1\nend\nentity B:\nend\nA.r [1] -- B.s [0:]\nindex A(r)\n"
        + "index A(r, n)\nimplement A using std::none\nimplement B using std::none\n"
        + "b = B(s=A())", .fails("missing-index-attribute", line: 11)),
    ModelRow(
      "a list is no key", "x = [1] in {\"a\": 1}", .fails("operand-type", line: 1)),
    ModelRow("lists are not called", "x = list([1])", .fails("not-callable", line: 1)),
    ModelRow(
      "a typedef on itself",
      "typedef a as b matching self > 0\ntypedef b as a matching self > 1",
      .fails("invalid-typedef", line: 2)),
    ModelRow("unknown values are not printed", "std::print(std::get_env(\"NOPE\"))", .compiles),
    ModelRow(
      "texts become numbers with a fraction", "std::print([number(\"5\"), number(5)])",
      .prints("@[5.0, 5]\n")),
    ModelRow(
      "a formatted boolean is a number", "x = true\nstd::print(f\"{x:>3}|{x}\")",
      .prints("  1|True\n")),
    ModelRow(
      "values that come while a comprehension reads a relation",
      "entity A:\nend\nA.r [0:] -- A.q [2:]\nimplement A using std::none\nv = A()\n"
        + "v.r += [v, A(r=[x for x in v.q]), A()]", .fails("too-few-values", line: 6)),
    ModelRow(
      "a relation that holds nothing", a + "implement A using std::none\nA.z [0:0] -- A\nA(z=A())",
      .fails("relation-overflow", line: 7)),
    ModelRow(
      "a sign does not fit a text", "x = \"a\"\ny = f\"{x:-5}\"", .fails("invalid-format", line: 2)),
    ModelRow(
      "no character has a negative number", "x = -5\ny = f\"{x:c}\"",
      .fails("invalid-format", line: 2)),
    ModelRow("whole floats are integers", "x = 1.0\nstd::print(f\"{x!r:>3}\")", .prints("  1\n")),
  ])
  func `corner cases of the original`(row: ModelRow) { #expect(row.actual == row.outcome) }

  @Test func `values that stand in each other too deep are refused`() {
    var model = "d0 = {\"k\": 0}\n"
    for index in 1...600 { model += "d\(index) = {\"k\": d\(index - 1)}\n" }
    #expect(lines(compile(model)) == ["nesting-limit 501"])
  }

  @Test func `long chains of entities are refused`() {
    var model = "entity E0:\nend\n"
    for index in 1...600 { model += "entity E\(index) extends E\(index - 1):\nend\n" }
    #expect(lines(compile(model)) == ["inheritance-limit 1001"])
  }
}
