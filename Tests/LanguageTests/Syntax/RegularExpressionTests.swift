import Language
import Testing

@Suite struct RegularExpressionTests {
  /// Pattern, text, whether Python's `re.match` finds it.
  @Test(arguments: [
    ("ab", "abzzz", true), ("b", "ab", false), ("a$", "a\n", true), ("a$", "ab", false),
    ("a\\Z", "a\n", false), ("^[a-z]+$", "abc", true), ("^[a-z]+$", "abC", false),
    ("[^a]", "b", true), ("[^a]", "", false), ("[]a]+$", "]a", true), ("[a-]+$", "a-", true),
    ("\\d{2,3}$", "12", true), ("\\d{2,3}$", "1234", false), ("a{,2}$", "aaa", false),
    ("a{x}", "a{x}", true), ("(a|ab)(c|bcd)(d*)$", "abcd", true), ("(?:a|b)*c", "ababc", true),
    ("(a)?b(?(1)c|d)$", "abc", true), ("(a)?b(?(1)c|d)$", "bd", true),
    ("(a)?b(?(1)c|d)$", "abd", false), ("(?P<x>a)(?P=x)$", "aa", true), ("(.)\\1$", "ab", false),
    ("(?=ab)a", "ab", true), ("(?!ab)a", "ab", false), ("a(?<=a)b", "ab", true),
    ("a(?<!a)b", "ab", false), ("(?i)ABC$", "abc", true), ("(?i:a)B", "aB", true),
    ("(?i:a)B", "ab", false), (".*?b$", "aab", true), ("a*+a", "aaa", false),
    ("(?>a*)a", "aaa", false), ("(a*)*b", "aab", true), ("(a*)+$", "aaa", true),
    ("(?s).$", "\n", true), (".$", "\n", false), ("(?m)a$\nb", "a\nb", true),
    ("\\w+$", "é_9", true), ("(?a)\\w+$", "é", false), ("\\bfoo\\b", "foo bar", true),
    ("\\x41\\u0042\\t", "AB\t", true), ("(?x) a b # c", "ab", true), ("", "anything", true),
    ("(?#c)a", "a", true), ("a|", "b", true), ("[\\d-]+$", "1-2", true), ("😀", "😀", true),
    ("\\/", "/", true), ("(|a)*b", "aab", true), ("(?:a?){3}b", "aab", true),
  ])
  func `matches at the start as Python does`(pattern: String, text: String, expected: Bool) throws {
    #expect(try RegularExpression.compile(pattern).matchesAtStart(text) == expected)
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "*", "a**", "a{3,2}", "(?P<1>a)", "(?P=x)", "\\1", "[b-a]", "\\",
    "(?<=a*)b", "(?z)", "a(?i)", "\\q", "(?P<a>x)(?P<a>y)", "x{1000000}{1000000}", "(?(2)a)",
  ])
  func `bad patterns are refused`(pattern: String) {
    #expect(throws: RegularExpression.CompileError.self) {
      try RegularExpression.compile(pattern)
    }
  }

  @Test func `a match that explodes is given up`() throws {
    let expression = try RegularExpression.compile("(a|aa)+$")
    #expect(throws: RegularExpression.StepLimitExceeded.self) {
      try expression.matchesAtStart(String(repeating: "a", count: 60) + "b")
    }
  }

  @Test func `empty repetitions cost nothing`() throws {
    let expression = try RegularExpression.compile("(?:(?:(?:){9999}){9999}){9999}a")
    #expect(try expression.matchesAtStart("a"))
  }
}
