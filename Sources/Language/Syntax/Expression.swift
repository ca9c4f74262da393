public import Diagnostics

/// An expression.
///
/// `span` covers the expression, but it never starts on a line before the one that an error about the expression is
/// reported at (the operator's line for a binary operator, the line of `(` for a constructor, the last dot's for
/// an attribute): where they differ it starts at that token. So `span.start` is right for locations.
public struct Expression: Sendable {
  /// What it is.
  public let kind: Kind
  /// Where it is.
  public let span: SourceSpan
  /// The height of the tree, 1 for a leaf; at most ``Parser/Limits/depthMax`` in parsed text, so recursion is safe.
  public let depth: UInt32

  /// Makes an expression; `depth` is one more than the greatest of its parts.
  public init(_ kind: Kind, span: SourceSpan, depth: UInt32 = 1) {
    self.kind = kind
    self.span = span
    self.depth = depth
  }

  /// The kinds of expressions. What a constant or a name needs stands in the expression itself.
  public enum Kind: Sendable {
    /// A whole number that fits.
    case integer(Int)
    /// A whole number that does not fit in `Int`: decimal digits without leading zeros, maybe after `-`.
    case bigInteger(String)
    /// A number with a dot.
    case float(Double)
    /// Plain, raw or multi-line text without placeholders; escapes are resolved.
    case string(String)
    /// `true` or `false`.
    case boolean(Bool)
    /// `null`.
    case null
    /// `matching /re/`: whether the variable `self` matches at its start.
    indirect case regex(RegexLiteral)
    /// Text with `{{name}}` placeholders.
    case interpolation(InterpolatedString)
    /// `f"…{name:spec}…"`.
    indirect case format(FormatString)
    /// `x` or `ns::x`.
    case variable(QualifiedName)
    /// `owner.name`; the owner is a variable or again an attribute.
    indirect case attribute(owner: Expression, name: Identifier)
    /// `[a, b]`.
    case list([Expression])
    /// `[value for x in l if c]`.
    indirect case comprehension(Comprehension)
    /// `{"k": v}`; keys may repeat (an error of the next phase).
    case dictionary([DictionaryEntry])
    /// `f(…)`: a plugin call or a cast.
    indirect case call(function: QualifiedName, arguments: [Argument])
    /// `T(…)`; each argument is named or unpacked.
    indirect case constructor(type: QualifiedName, arguments: [Argument])
    /// `T[a=1]`; each argument is named or unpacked.
    indirect case indexLookup(type: QualifiedName, arguments: [Argument])
    /// `x.rel[b=2]`; `relation` is the attribute expression `x.rel`.
    indirect case shortIndexLookup(relation: Expression, arguments: [Argument])
    /// `map[key]`.
    indirect case lookup(map: Expression, key: Expression)
    /// `operand is defined`; the operand is a bare variable, an attribute or a lookup.
    indirect case isDefined(Expression)
    /// `not operand`. `x not in l` is `not (x in l)`.
    indirect case not(Expression)
    /// `left op right`.
    indirect case binary(BinaryOperator, Expression, Expression)
    /// `condition ? then : otherwise`.
    indirect case conditional(condition: Expression, then: Expression, otherwise: Expression)
  }
}

/// The operators with two operands.
public enum BinaryOperator: String, Sendable, CaseIterable {
  /// `or`, evaluated only as far as needed.
  case or
  /// `and`, evaluated only as far as needed.
  case and
  /// `==`.
  case equal = "=="
  /// `!=`.
  case notEqual = "!="
  /// `<`.
  case less = "<"
  /// `>`.
  case greater = ">"
  /// `<=`.
  case lessOrEqual = "<="
  /// `>=`.
  case greaterOrEqual = ">="
  /// `+`.
  case add = "+"
  /// `-`.
  case subtract = "-"
  /// `*`.
  case multiply = "*"
  /// `/`.
  case divide = "/"
  /// `%`.
  case remainder = "%"
  /// `**`.
  case power = "**"
  /// `in`.
  case `in`
}

/// An argument of a call, constructor or index lookup.
public struct Argument: Sendable {
  /// The keyword of `name = value`; nil when positional or unpacked.
  public var name: Identifier?
  /// The value.
  public var value: Expression
  /// The `**` of `**value` and what follows on its line; nil for any other.
  public var unpacking: SourceSpan?

  /// Makes an argument.
  public init(name: Identifier?, value: Expression, unpacking: SourceSpan? = nil) {
    self.name = name
    self.value = value
    self.unpacking = unpacking
  }

  /// Whether it is `**value`.
  public var isUnpacked: Bool { unpacking != nil }
}

/// One `"key": value` of a dictionary literal.
public struct DictionaryEntry: Sendable {
  /// The key, escapes resolved.
  public var key: String
  /// Where the key is.
  public var keySpan: SourceSpan
  /// The value.
  public var value: Expression

  /// Makes an entry.
  public init(key: String, keySpan: SourceSpan, value: Expression) {
    self.key = key
    self.keySpan = keySpan
    self.value = value
  }
}

/// `[value for x in l for y in m if c if d]`.
public struct Comprehension: Sendable {
  /// One `for x in l`.
  public struct Loop: Sendable {
    /// The variable.
    public var variable: Identifier
    /// What it runs over.
    public var iterable: Expression

    /// Makes a loop.
    public init(variable: Identifier, iterable: Expression) {
      self.variable = variable
      self.iterable = iterable
    }
  }

  /// The value of each element.
  public var value: Expression
  /// The loops, outermost first; at least one.
  public var loops: [Loop]
  /// The guards, in text order; all must hold.
  public var guards: [Expression]

  /// Makes a comprehension.
  public init(value: Expression, loops: [Loop], guards: [Expression]) {
    self.value = value
    self.loops = loops
    self.guards = guards
  }
}

/// A regular expression that was checked while parsing.
public struct RegexLiteral: Sendable {
  /// The text between the slashes, as written (`\/` included).
  public var pattern: String
  /// The compiled form.
  public var expression: RegularExpression

  /// Makes a literal.
  public init(pattern: String, expression: RegularExpression) {
    self.pattern = pattern
    self.expression = expression
  }
}
