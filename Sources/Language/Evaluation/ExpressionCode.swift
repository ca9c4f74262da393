/// An expression in the form that the engine runs: flat, with names resolved.
///
/// A *unit* is an expression that a waiter evaluates as a whole. The variables that it waits for
/// are its *slots*; `low..<high` are those of this expression and of the parts that belong to the
/// same unit. Parts that are units of their own start counting at 0 again.
struct ExpressionCode {
  enum Kind: UInt8 {
    /// `first`: index in `Program.constants`.
    case constant
    /// `first`: variable.
    case globalVariable
    /// `first`: scopes to go up; `second`: offset in that scope.
    case localVariable
    /// A bare name in an implementation: an attribute of the instance if it has one, else a
    /// variable of the file. `first`: name; `second`: that variable or -1; `third`: scopes to go up.
    case memberVariable
    /// `self` in an implementation. `first`: scopes to go up.
    case selfObject
    /// A name that nothing declares: an error once it is reached. `first`: name.
    case unresolved
    /// The instance that an enclosing constructor makes. `first`: that constructor.
    case constructedObject
    /// `owner.name`. `first`: owner, a unit of its own; `second`: name.
    case attribute
    /// `first`: offset in `Program.operands`; `second`: count.
    case list
    /// `first`: index in `Program.comprehensions`.
    case comprehension
    /// `first`: offset in `Program.operands` of key and value pairs; `second`: number of pairs.
    case dictionary
    /// `first`: index in `Program.calls`.
    case call
    /// `first`: constructor.
    case construct
    /// `first`: index in `Program.indexLookups`.
    case indexLookup
    /// `first`: map; `second`: key.
    case lookup
    /// `first`: owner (a unit of its own) or -1; `second`: name, or the variable's expression.
    case isDefined
    /// `first`: operand.
    case not
    /// `first`, `second`: operands, units of their own.
    case and, or
    /// `first`, `second`: operands.
    case equal, notEqual, less, greater, lessOrEqual, greaterOrEqual
    case add, subtract, multiply, divide, remainder, power
    case contains
    /// `first`: condition; `second`, `third`: branches; all units of their own.
    case conditional
    /// `first`: index in `Program.interpolations`.
    case interpolation
    /// `first`: index in `Program.formats`.
    case format
    /// `first`: operand; `second`: index in `Program.regexes`.
    case regex
    /// A name in a type constraint. `first`: name.
    case constraintName
  }

  var kind: Kind
  var first: Int32 = -1
  var second: Int32 = -1
  var third: Int32 = -1
  var low: Int32 = 0
  var high: Int32 = 0
  var place: PlaceID

  var firstOperand: ExpressionID { ExpressionID(raw: first) }
  var secondOperand: ExpressionID { ExpressionID(raw: second) }
  var thirdOperand: ExpressionID { ExpressionID(raw: third) }
}

/// `[value for variable in iterable if guard]` with one loop; more loops nest in `value`.
struct ComprehensionCode {
  var variable: StringID
  var iterable: ExpressionID
  /// Evaluated in a scope that holds the loop variable, as is `guardExpression`.
  var value: ExpressionID
  var guardExpression: ExpressionID
}

/// A call of a function or a cast to a primitive type; the arguments are one unit.
struct CallCode {
  enum Target {
    case function(FunctionID)
    case cast(TypeID)
    /// A function that does not exist here; an error when it is reached.
    case missing
  }

  var target: Target
  var name: String
  var positional: [ExpressionID]
  var keywords: [(name: StringID, value: ExpressionID)]
  var unpacked: [ExpressionID]
  var slotCount: Int32
}

/// `T[a=1]` (with `entity`), or `x.relation[a=1]` (with `root` and `relation`); one unit.
struct IndexLookupCode {
  var entity: EntityID
  var root: ExpressionID
  var relation: StringID
  var query: [(name: StringID, value: ExpressionID)]
  var unpacked: [ExpressionID]
  var slotCount: Int32
}

/// A text with placeholders.
struct InterpolationCode {
  enum Part {
    case literal(StringID)
    /// The placeholder as written, and what it names.
    case value(text: StringID, ExpressionID)
  }

  var parts: [Part]
}

/// A format string; `fields` are those that have a value, by name, `order` as they stand in the text.
struct FormatCode {
  var format: FormatString
  var fields: [(name: String, value: ExpressionID)]
  var order: [ExpressionID]
}

/// `T(…)`: numbers only, as a model may have as many of them as instances.
struct ConstructorCode {
  /// An attribute that is set when the instance exists.
  struct Assignment {
    var name: StringID
    /// The attribute's place in the instance.
    var slot: Int32
    var value: ExpressionID
    /// Whether the value is a constant that fits the attribute: it is set without a waiter.
    var isCheckedConstant: Bool
  }

  /// The left side of the assignment or constructor that this constructor's value goes to.
  struct Receiver {
    var object: ExpressionID
    var attribute: StringID
  }

  var entity: EntityID
  var place: PlaceID
  /// Index attributes, needed to construct: a range of `Program.assignments`.
  var direct: Range<Int32> = 0..<0
  /// The others, defaults first; scheduled once the instance exists.
  var deferred: Range<Int32> = 0..<0
  /// Index in `Program.constructorExtras`, or -1.
  var extras: Int32 = -1
  /// Whether a constructor inside one of the values refers to the instance made here.
  var isReferred = false
}

/// What few constructors have.
struct ConstructorExtras {
  var unpacked: [ExpressionID] = []
  /// The attribute names that are written out, if there is `unpacked`.
  var names: [StringID] = []
  /// Index attributes that must come from `unpacked` or `receiver`.
  var missing: [StringID] = []
  var receiver: ConstructorCode.Receiver?
}
