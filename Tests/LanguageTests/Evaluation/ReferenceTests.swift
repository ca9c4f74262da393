import Language
import Model
import Resources
import Testing

@Suite struct `References` {
  static let model = """
    typedef vowel as string matching self == "a"
    entity A:
      string s = "a"
      string? m = null
      int n = 1
      list li = []
      string[] l = []
      dict d = {}
      vowel t = "a"
    end
    entity I:
      string k
    end
    index I(k)
    implement A using std::none
    implement I using std::none
    r = std::create_environment_reference("X")
    q = std::create_environment_reference("Y")

    """

  /// What may be done with a reference, and what is printed.
  @Test(arguments: [
    ("r == r", "True"), ("r == std::create_environment_reference(\"X\")", "True"),
    ("r == q", "False"), ("[r] == [r]", "True"), ("{\"k\": r} == {\"k\": r}", "True"),
    ("r in [r]", "True"), ("r in [1]", "False"), ("1 in [r]", "False"),
    ("r is defined", "True"), ("std::is_unknown(r)", "False"), ("std::count([r])", "1"),
    ("std::isset([r])", "True"), ("std::at([r], 0) == r", "True"),
    ("std::getattr(std::linux, \"zz\", r) == r", "True"), ("[x for x in [r]] == [r]", "True"),
    ("(true ? r : 1) == r", "True"),
    (
      "std::create_int_reference(r) == std::create_int_reference(r)", "True"
    ),
    ("r", "std::Environment(name='X')"),
  ])
  func `are values that can be passed and compared`(expression: String, shown: String) {
    let result = compile(Self.model + "std::print(\(expression))")
    #expect(result.outcome == .prints(shown + "\n"))
  }

  /// What looks inside of a reference, and the error that it is.
  @Test(arguments: [
    ("r + \"a\"", "operand-type"), ("r < 1", "operand-type"), ("-1 * r", "operand-type"),
    ("\"{{r}}\"", "unexpected-reference"), ("f\"{r}\"", "unexpected-reference"),
    ("string(r)", "unexpected-reference"), ("bool(r)", "unexpected-reference"),
    ("int(r)", "unexpected-reference"), ("not r", "operand-not-boolean"),
    ("r and true", "operand-not-boolean"), ("true and r", "type-mismatch"),
    ("r ? 1 : 2", "condition-not-boolean"), ("[1 for x in r]", "not-iterable"),
    ("[x for x in [1, 2] if r]", "condition-not-boolean"), ("r.x", "not-an-instance"),
    ("r[\"k\"]", "operand-type"), ("std::upper(r)", "unexpected-reference"),
    ("std::isset(r)", "unexpected-reference"), ("std::unique([r])", "unexpected-reference"),
    ("std::dict_keys({\"k\": r})", "unexpected-reference"),
    ("std::flatten([{\"k\": r}])", "function-failed"), ("std::json_dumps([r])", "function-failed"),
    ("std::template(\"x\", a=r)", "unexpected-reference"), ("A(n=r)", "type-mismatch"),
    ("A(d=r)", "type-mismatch"), ("A(l=r)", "type-mismatch"), ("A(t=r)", "type-mismatch"),
    ("I(k=r)", "unexpected-reference"), ("I[k=r]", "unexpected-reference"),
    ("std::create_environment_reference(5)", "function-failed"),
    ("std::create_environment_reference(std::create_int_reference(r))", "type-mismatch"),
  ])
  func `are refused where their value is needed`(expression: String, id: String) {
    let result = compile(Self.model + "x = \(expression)")
    #expect(result.outcome == .fails(id, line: 19))
  }

  @Test func `are double set when they differ, and conditions take none`() {
    #expect(compile(Self.model + "x = r\nx = q").outcome == .fails("double-set", line: 20))
    #expect(
      compile(Self.model + "if r:\nend").outcome == .fails("condition-not-boolean", line: 19))
    #expect(
      compile(Self.model + "implement A using std::none when r\nA()").outcome
        == .fails("condition-not-boolean", line: 19))
  }

  @Test func `are handed over to the exporter`() throws {
    let result = compile(
      Self.model
        + "A(s=r, m=r, n=std::create_int_reference(r), li=[1, r], l=[r], d={\"k\": r})")
    let instance = try #require(result.model.instances.first)
    let environment = Value.reference(type: "std::Environment", arguments: ["name": "X"])
    let number = Value.reference(type: "std::IntReference", arguments: ["value": environment])
    #expect(
      instance.values == [
        environment, environment, number, [1, environment], [environment], ["k": environment], "a",
      ])
  }
}
