/// Turns source text into syntax.
public enum Parser {
  /// Bounds of what the parser accepts.
  public struct Limits: Sendable {
    /// How deep brackets, blocks, `not` and conditional expressions may nest.
    public var nestingMax = 256
    /// How deep a tree of operators, attributes and lookups may grow.
    public var depthMax = 1_000
    /// How many errors are reported for one file.
    public var errorsMax = 20

    /// Makes the default limits.
    public init() {}
  }
}
