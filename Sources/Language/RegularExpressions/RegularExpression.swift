/// A compiled regular expression in the dialect of Python's `re`.
public struct RegularExpression: Sendable {
  /// The pattern that it was compiled from.
  public let pattern: String
  private let program: RegexProgram

  /// Why a pattern was refused.
  public struct CompileError: Error, Hashable, Sendable {
    /// What is wrong: lower case, no final stop.
    public var message: String
    /// The offset in the pattern, in Unicode scalars.
    public var offset: Int
  }

  /// Why a match was given up.
  public struct StepLimitExceeded: Error, Hashable, Sendable {
    /// The limit.
    public var stepsMax: Int
  }

  private init(pattern: String, program: RegexProgram) {
    self.pattern = pattern
    self.program = program
  }

  /// The steps that one match may take before it is given up.
  public static let stepsMax = 20_000_000

  /// Compiles a pattern.
  public static func compile(_ pattern: String) throws(CompileError) -> RegularExpression {
    var compiler = RegexCompiler(pattern: pattern)
    return RegularExpression(pattern: pattern, program: try compiler.compile())
  }

  /// Returns whether the pattern matches at the start of `text` (it need not reach the end).
  ///
  /// Throws when the match takes more than ``stepsMax`` steps.
  public func matchesAtStart(_ text: String) throws(StepLimitExceeded) -> Bool {
    try matchesAtStart(text, stepsMax: Self.stepsMax)
  }

  /// The same with another limit.
  func matchesAtStart(_ text: String, stepsMax: Int) throws(StepLimitExceeded) -> Bool {
    var matcher = RegexMatcher(program: program, text: text, stepsMax: stepsMax)
    return try matcher.matchAtStart() != nil
  }
}
