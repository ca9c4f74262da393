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
  /// How deep brackets and blocks of a text may nest, and how deep its expressions may grow: the parser and
  /// what follows it have one stack, so these can be lowered only.
  public var syntax = Parser.Limits()
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

  /// Whether every file imports `std` by itself. Without it only `std::Entity` is there, unless a file has
  /// `import std`.
  public var importsStandardLibrary = true

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

extension CompilerLimits {
  /// The bounds that a user may set, by name.
  public static var names: [String] { settable.map(\.name) }

  private static var settable: [(name: String, path: WritableKeyPath<Self, Int>)] {
    [
      ("instances", \.instancesMax), ("steps", \.stepsMax), ("iterations", \.iterationsMax),
      ("string-bytes", \.stringBytesMax), ("list-elements", \.listElementsMax),
      ("value-nesting", \.valueNestingMax), ("inheritance-depth", \.inheritanceDepthMax),
      ("integer-bits", \.integerBitsMax), ("propagation-depth", \.propagationDepthMax),
      ("diagnostics", \.diagnosticsMax), ("syntax-nesting", \.syntax.nestingMax),
      ("syntax-depth", \.syntax.depthMax),
    ]
  }

  /// The largest nesting and depth that can be set: what recurses on them has one stack.
  private static let depthMax = 1_000

  /// Why a bound could not be set.
  public struct SettingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String
  }

  /// Sets a bound from `NAME=VALUE`, as the command line has it.
  public mutating func set(_ setting: String) throws(SettingError) {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let entry = Self.settable.first(where: { $0.name == name }) else {
      let close = Suggestion.closest(to: name, among: Self.names)
      throw SettingError(
        description: "there is no limit `\(name)`; "
          + (close.map { "did you mean `\($0)`?" }
            ?? "the limits are \(Self.names.joined(separator: ", "))"))
    }
    guard parts.count == 2, let value = Int(parts[1]), value > 0 else {
      throw SettingError(description: "the limit `\(name)` needs a whole number above zero")
    }
    let isDepth = name.hasSuffix("-nesting") || name.hasSuffix("-depth")
    let isSyntax = name.hasPrefix("syntax-")
    let most = isSyntax ? CompilerLimits()[keyPath: entry.path] : Self.depthMax
    guard !isDepth || value <= most else {
      throw SettingError(description: "the limit `\(name)` is at most \(most)")
    }
    self[keyPath: entry.path] = value
  }
}
