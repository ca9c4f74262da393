public import Diagnostics

/// A statement that is executed; definitions are ``Declaration``.
public struct Statement: Sendable {
  /// What it is.
  public let kind: Kind
  /// Where it is. As for ``Expression``, it starts on the line that errors are reported at: for an assignment the line of
  /// its `=` or `+=`.
  public let span: SourceSpan

  /// Makes a statement.
  public init(_ kind: Kind, span: SourceSpan) {
    self.kind = kind
    self.span = span
  }

  /// The kinds of statements.
  public enum Kind: Sendable {
    /// `x = value`, `ns::x = value`.
    case assignVariable(target: QualifiedName, value: Expression)
    /// `owner.name = value`, or `+=` when `isAddition`.
    indirect case assignAttribute(
      owner: Expression, name: Identifier, value: Expression, isAddition: Bool)
    /// `for variable in iterable: … end`.
    indirect case `for`(variable: Identifier, iterable: Expression, body: [Statement])
    /// `if … elif … else … end`.
    case `if`(branches: [ConditionalBlock], otherwise: [Statement])
    /// Any expression.
    case expression(Expression)
  }
}

/// `if condition: body`, or an `elif`: it means the same as an `if` inside the `else` before it.
public struct ConditionalBlock: Sendable {
  /// The condition.
  public var condition: Expression
  /// The statements.
  public var body: [Statement]
  /// The keyword `if`; for an `elif` its `:`.
  public var span: SourceSpan

  /// Makes a block.
  public init(condition: Expression, body: [Statement], span: SourceSpan) {
    self.condition = condition
    self.body = body
    self.span = span
  }
}
