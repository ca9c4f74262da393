/// The bounds of one compile, and the settings of a project that change how it is evaluated.
public struct CompilerLimits: Sendable {
  /// The most instances; more are taken for an endless recursion of constructors.
  ///
  /// Ten times the largest model of the benchmarks. An endless recursion takes about 600 bytes and,
  /// unoptimised, 20 microseconds an instance: it ends with 0.3 GB after some 10 seconds.
  public var instancesMax = 500_000
  /// The most pieces of work, checked every 1,024.
  public var stepsMax = 500_000_000
  /// The most rounds of the scheduler, each of which freezes one relation.
  public var iterationsMax = 10_000_000
  /// The size of all strings together, in bytes.
  public var stringBytesMax = 1 << 30
  /// The elements of all lists together.
  public var listElementsMax = 100_000_000
  /// How deep dictionaries and lists may stand in each other.
  public var valueNestingMax = 500
  /// How far entities and types may be derived from each other.
  public var inheritanceDepthMax = 500
  /// The size of one integer, in bits.
  public var integerBitsMax = 1 << 20
  /// How many relations may fill each other in one go.
  public var propagationDepthMax = 500
  /// How much work goes on after the first failure, to find further ones.
  public var stepsAfterFailureMax = 100_000
  /// The most diagnostics that a result holds.
  public var diagnosticsMax = 100
  /// Which relations are complete before others: `relation_precedence_policy` of `project.yml`.
  public var relationPrecedence: [RelationPrecedenceRule] = []

  /// Makes the default limits.
  public init() {}
}

/// A rule `a::E.rel before b::F.rel`.
public struct RelationPrecedenceRule: Sendable, Hashable, CustomStringConvertible {
  /// The relation that is complete first, as `a::E.rel`.
  public var first: String
  /// The relation that comes later.
  public var then: String

  /// Makes a rule.
  public init(first: String, then: String) {
    self.first = first
    self.then = then
  }

  /// Reads a rule as `project.yml` writes it; nil if it is none.
  public init?(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, words[1] == "before" else { return nil }
    self.init(first: String(words[0]), then: String(words[2]))
  }

  /// The rule as `project.yml` writes it.
  public var description: String { "\(first) before \(then)" }
}
