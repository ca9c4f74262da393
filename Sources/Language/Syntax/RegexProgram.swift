/// A compiled pattern.
struct RegexProgram: Sendable {
}
struct RegexCompiler {
  let pattern: String
  mutating func compile() throws(RegularExpression.CompileError) -> RegexProgram {
    RegexProgram()
  }
}
struct RegexMatcher {
  let program: RegexProgram
  let text: String
  mutating func matchAtStart() throws(RegularExpression.StepLimitExceeded) -> Int? { 0 }
}
