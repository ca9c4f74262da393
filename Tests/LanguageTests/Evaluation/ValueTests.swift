import Testing

@Suite struct `Values and operators` {
  /// An expression and what `std::print` shows of it.
  @Test(arguments: [
    ("1 + 2", "3"), ("1 + 2.5", "3.5"), ("\"a\" + \"b\"", "ab"), ("true + 1", "2"),
    ("7 - 10", "-3"), ("3 * 2.0", "6.0"), ("7 / 2", "3.5"), ("4 / 2", "2.0"),
    ("7 % 3", "1"), ("-7 % 3", "2"), ("7 % -3", "-2"), ("7.5 % 2", "1.5"),
    ("2 ** 10", "1024"), ("2 ** -1", "0.5"), ("2 ** 100", "1267650600228229401496703205376"),
    ("9223372036854775807 + 1", "9223372036854775808"),
    ("9223372036854775808 - 1", "9223372036854775807"),
    ("(2 ** 100) % 97", "16"), ("(2 ** 64) == (2.0 ** 64)", "True"),
    ("1 == 1.0", "True"), ("1 == true", "True"), ("\"1\" != 1", "True"), ("null == null", "True"),
    ("[1, 2] == [1, 2]", "True"), ("[1, 2] == [2, 1]", "False"),
    ("{\"a\": 1, \"b\": 2} == {\"b\": 2, \"a\": 1}", "True"),
    ("1 < 2", "True"), ("2 <= 1", "False"), ("true > 0", "True"),
    ("2 in [1, 2.0]", "True"), ("\"k\" in {\"k\": 1}", "True"), ("3 not in [1]", "True"),
    ("not true", "False"), ("true and false or true", "True"),
    ("true ? 1 : 2", "1"), ("false ? 1 : true ? 2 : 3", "2"),
    ("{\"k\": \"v\"}", "@{'k': 'v'}"), ("[[1, [2]], 3]", "@[1, 2, 3]"),
    ("[x * 2 for x in [1, 2, 3] if x > 1]", "@[4, 6]"),
    ("[x + y for x in [1, 2] for y in [10, 20]]", "@[11, 21, 12, 22]"),
    ("string(true) + string(1.0) + string(null)", "true1.0null"),
    ("int(\" 5 \")", "5"), ("int(3.9)", "3"), ("float(\"1e3\")", "1000.0"),
    ("bool(\"false\")", "True"),
    ("bool([])", "False"), ("number(\"1.5\")", "1.5"),
    ("10.0 ** 16", "1e+16"), ("1.0 / 3", "0.3333333333333333"),
    ("0.1 + 0.2", "0.30000000000000004"),
    ("f\"{n:>5}|{n:05d}|{n:x}\"", "   42|00042|2a"), ("f\"{s!r:>5}\"", "  'q'"),
    ("f\"{h:.2f} {h:e} {h:%}\"", "2.50 2.500000e+00 250.000000%"), ("f\"{b:,}\"", "1,234,567"),
    ("\"{{n}}-{{ s }}\"", "42-q"), ("f\"{ std_os . name }\"", "linux"),
    ("r\"{{n}}\\n\"", "{{n}}\\n"),
  ])
  func `print as they do in the language`(expression: String, shown: String) {
    let model =
      "n = 42\nstd_os = std::linux\ns = \"q\"\nh = 2.5\nb = 1234567\nstd::print(\(expression))"
    #expect(compile(model).outcome == .prints(shown + "\n"))
  }

  @Test(arguments: [
    ("1 + [1]", "operand-type"), ("\"a\" + 1", "operand-type"), ("\"a\" < \"b\"", "operand-type"),
    ("1 in \"a\"", "operand-type"), ("1 and true", "operand-not-boolean"),
    ("true and 1", "type-mismatch"), ("1 ? 2 : 3", "condition-not-boolean"),
    ("d[\"b\"]", "key-not-found"), ("d[1]", "operand-type"),
    ("int(\"1.5\")", "cast-failed"), ("int(1, 2)", "wrong-arguments"),
    ("1 % 0", "division-by-zero"),
    ("2 ** 2 ** 2 ** 2 ** 10000000000", "integer-limit"), ("nothing", "unknown-variable"),
    ("std::nothing()", "unknown-function"), ("std::len(1)", "wrong-arguments"),
    ("f\"{}\"", "invalid-format"), ("f\"{d:x}\"", "invalid-format"),
  ])
  func `are refused when they do not fit`(expression: String, id: String) {
    let model = "d = {\"a\": 1}\nx = \(expression)"
    guard case .fails(let found, _) = compile(model).outcome else {
      Issue.record("\(expression) is accepted")
      return
    }
    #expect(found == id)
  }

  /// The table of unknown propagation: an expression over the unknown `u`.
  @Test(arguments: [
    "u + 1", "1 < u", "u == u", "not u", "u ? 1 : 2", "\"{{u}}\"", "f\"{u}\"", "string(u)",
    "d[u]", "u and true", "u or true", "true and u", "u in [1]", "3 in [1, u]", "u is defined",
    "std::upper(u)", "std::len([1, u])",
  ])
  func `are unknown where an operand is`(expression: String) {
    let model = """
      u = std::get_env("SOUTHBOUND_UNSET")
      d = {"a": 1}
      x = \(expression)
      std::print(std::is_unknown(x))
      """
    #expect(compile(model).outcome == .prints("True\n"))
  }

  @Test(arguments: [
    ("false and u", "False"), ("true or u", "True"), ("1 in [1, u]", "True"),
    ("std::count([1, u])", "2"), ("std::count([x for x in [1, u]])", "2"),
  ])
  func `are known where the unknown does not matter`(expression: String, shown: String) {
    let model = "u = std::get_env(\"SOUTHBOUND_UNSET\")\nstd::print(\(expression))"
    #expect(compile(model).outcome == .prints(shown + "\n"))
  }

  @Test func `unknown conditions select no branch and no implementation`() {
    let model = """
      u = bool(std::get_env("SOUTHBOUND_UNSET"))
      if u:
        std::print("then")
      else:
        std::print("else")
      end
      for x in [1, std::get_env("SOUTHBOUND_UNSET")]:
        std::print(x)
      end
      """
    #expect(compile(model).outcome == .prints("1\n"))
  }
}
