import Language
import Testing

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("1 + 2 * 3", "(+ 1 (* 2 3))"),
    ("1 - 2 - 3", "(- (- 1 2) 3)"),
    ("2 ** 3 ** 2", "(** (** 2 3) 2)"),  // Power is left associative: 64.
    ("-2 ** 2", "(** -2 2)"),  // The sign belongs to the number.
    ("a or b and c", "(or a (and b c))"),
    ("not a == b", "(== (not a) b)"),  // `not` binds tighter than comparison.
    ("not a and b", "(and (not a) b)"),
    ("1 + 1 in [2]", "(+ 1 (in 1 [2]))"),  // `in` binds tighter than arithmetic.
    ("2 ** 2 in [4]", "(** 2 (in 2 [4]))"),
    ("not x in l", "(not (in x l))"),
    ("x not in l", "(not (in x l))"),
    ("1 + x not in l", "(+ 1 (not (in x l)))"),
    ("not not a", "(not (not a))"),
    ("1 + not a * 2", "(+ 1 (* (not a) 2))"),
    ("x in not y in z", "(in x (not (in y z)))"),
    ("a < b == c", "(== (< a b) c)"),
    ("a ? b : c ? d : e", "(? a b (? c d e))"),
    ("a ? b ? c : d : e", "(? a (? b c d) e)"),
    ("a or b ? c : d", "(? (or a b) c d)"),
    ("(1 + 2) * 3", "(* (+ 1 2) 3)"),
    ("a % b / c", "(/ (% a b) c)"),
    ("a >= 1 and b <= 2 or c != 3", "(or (and (>= a 1) (<= b 2)) (!= c 3))"),
  ])
  func `operators bind as the table says`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test(arguments: [
    ("a = 5\nb = a -1", "(= a 5) ; (= b a) ; -1"),  // T1
    ("a = b\n(1)\nb = 2", "(= a b(1)) ; (= b 2)"),  // T2
    ("a = b\n[\"k\"]", "(= a b[\"k\"])"),  // T3
    ("a = 1\n[2]", "(= a 1) ; [2]"),
    ("a = 1e3", "(= a 1) ; e3"),  // T4
    ("f(\"x\")\n\"\"\"doc {{n}}\"\"\"", "f(\"x\") ; (text \"doc \" n)"),  // T5
    ("'''x'''", "\"\" ; \"x\" ; \"\""),
    ("a-1", "a-1"),
    ("a = b\n? c : d", "(= a (? b c d))"),
    ("a = b\nis defined", "(= a (defined b))"),
  ])
  func `newlines do not end statements`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test(arguments: [
    ("a.b.c", "a.b.c"), ("m::n::x", "m::n::x"), ("m::x.a", "m::x.a"),
    ("f()", "f()"), ("m::f(1, b=2, **c, 3,)", "m::f(1 b=2 **c 3)"),
    ("A()", "new A()"), ("m::A(x=1, **d,)", "new m::A(x=1 **d)"),
    ("A[x=1]", "A[x=1]"), ("m::A[x=1, y=2]", "m::A[x=1 y=2]"),
    ("a.b[c=1]", "a.b<c=1>"), ("a.b[]", "a.b<>"), ("a.b[**c]", "a.b<**c>"),
    ("a.b[c]", "a.b[c]"), ("a[\"x\"][\"y\"]", "a[\"x\"][\"y\"]"), ("m::a[1]", "m::a[1]"),
    ("a is defined", "(defined a)"), ("a.b is defined", "(defined a.b)"),
    ("a.b.c[\"k\"] is defined", "(defined a.b.c[\"k\"])"),
    ("m::a.b is defined", "(defined m::a.b)"),
    ("not a is defined", "(not (defined a))"),
    ("[]", "[]"), ("[1, 2,]", "[1 2]"), ("{}", "{}"),
    ("{\"a\": 1, r\"b\": [2],}", "{a: 1, b: [2]}"),
    ("[x for x in l]", "[x for x l]"),
    ("[x.y for x in l for y in x.z if x if y > 1]", "[x.y for x l for y x.z if x if (> y 1)]"),
    ("[[1]]", "[[1]]"), ("A(b=[B(), C(d=1)])", "new A(b=[new B() new C(d=1)])"),
    ("true", "true"), ("false", "false"), ("null", "null"),
    ("matching /a\\/b/", "/a\\/b/"), ("self", "self"), ("none", "none"),
  ])
  func `each form of expression is read`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test(arguments: [
    ("007", "7"), ("-3", "-3"), (".5", "0.5"), ("-.5", "-0.5"), ("1.50", "1.5"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "big 9223372036854775808"),
    ("-00009223372036854775809", "big -9223372036854775809"),
    ("-9223372036854775808", "-9223372036854775808"),
  ])
  func `numbers keep their value`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test(arguments: [
    (#""a\n\t\\\"\x41\u00e9\U0001F600\101""#, "\"a\n\t\\\"Aé😀A\""),
    (#"'it\'s'"#, "\"it's\""),
    (#""café""#, "\"café\""),  // Deviation: text beyond ASCII is kept.
    (#""\d\-""#, "\"\\d\\-\""),  // Unknown escapes stay.
    (#""\N{LATIN SMALL LETTER E WITH ACUTE}""#, "\"é\""),
    (#"r"a\n\"b{{c}}""#, #""a\n\"b{{c}}""#),
    ("\"{{a}}\"", "(text a)"),
    ("\"x {{ a.b }} y{{c}}\"", "(text \"x \" a.b \" y\" c)"),
    ("\"{{a[k]}} {{x::y}} {{a . b}} {a} {{}}\"", "\"{{a[k]}} {{x::y}} {{a . b}} {a} {{}}\""),
    ("\"{{{a}}}\"", "(text \"{\" a \"}\")"),
    ("\"{{{{a}}}}\"", "(text \"{{\" a \"}}\")"),
    ("\"\\x7b{a}}\"", "(text a)"),
    ("f\"{a}\"", "(format {a})"),
    ("f'{ a.b } x'", "(format {a.b} \" x\")"),
    ("f\"{{a}} {b}\"", "(format \"{\" \"a}\" \" \" {?b})"),  // T22
    ("f\"{b} {{a}}\"", "(format {b} \" {\" \"a}\")"),
    ("f\"{}\"", "(format {?})"),
    ("f\"{a:{{b}}}\"", "(format {a:\"{\" \"b}\"})"),
  ])
  func `strings are decoded`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test(arguments: [
    ("x\n\"\"\"a\nb\"\"\"", "x ; \"a\nb\""),
    ("x\n\"\"\"\"q\"\"\"\"", "x ; \"\"q\"\""),  // Four quotes: one stays on each side.
    ("x\n\"\"\"\"\"\"", "x ; \"\""),
    ("x\n\"\"\"a\\\nb{{\nc }}\"\"\"", "x ; (text \"ab\" c)"),
  ])
  func `multi-line strings strip three quotes`(text: String, expected: String) {
    #expect(SyntaxText.expression(text) == expected)
  }

  @Test func `nested format fields are collected in the specification`() {
    #expect(
      SyntaxText.expression("f\"{a!r:{w}.{p}f}\"") == "(format {a!r:{w} \".\" {p} \"f\"})")
  }

  @Test func `the template of an interpolated string is the text as written`() throws {
    let file = Parsed("x = \"a {{ b }} c\"").file
    guard case .assignVariable(_, let value) = try #require(file.statements.first).kind,
      case .interpolation(let string) = value.kind
    else { throw TestFailure() }
    #expect(string.template == "a {{ b }} c")
  }
}

struct TestFailure: Error {}
