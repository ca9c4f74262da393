/// A statement in the form that the engine runs.
enum StatementCode {
  /// `x = value`.
  case assign(variable: ExpressionID, value: ExpressionID, place: PlaceID)
  case assignAttribute(AttributeAssignmentCode)
  case loop(LoopCode)
  case branch(BranchCode)
  case expression(ExpressionID)
  /// An error once the statement is reached.
  case invalid(Problem)

  var place: PlaceID {
    switch self {
    case .assign(_, _, let place): place
    case .assignAttribute(let code): code.place
    case .loop(let code): code.place
    case .branch(let code): code.place
    case .expression: .absent
    case .invalid(let problem): problem.place
    }
  }
}

/// `owner.name = value` or `owner.name += value`.
struct AttributeAssignmentCode {
  var owner: ExpressionID
  var name: StringID
  var value: ExpressionID
  var isAddition: Bool
  var place: PlaceID
}

/// An attribute that a block below may assign: promised while it is not certain.
struct PromiseCode {
  var owner: ExpressionID
  var name: StringID
  var place: PlaceID
}

struct LoopCode {
  var iterable: ExpressionID
  var body: BlockID
  var promises: [PromiseCode]
  var place: PlaceID
  /// The text of the iterable, for messages.
  var description: String
}

struct BranchCode {
  var condition: ExpressionID
  var then: BlockID
  var otherwise: BlockID
  var promises: [PromiseCode]
  var place: PlaceID
}

/// The statements of a file or a body, in the order of emission, and the variables it declares.
struct BlockCode {
  var statements: [StatementID] = []
  var variables: [StringID] = []
  /// Attribute assignments in and below the block whose root variable it does not declare.
  var promised: [PromisedAssignment] = []
}

/// An attribute assignment as a block reports it to the statement that holds the block.
struct PromisedAssignment {
  var owner: Expression
  var attribute: StringID
  var place: PlaceID
  /// The first name of `owner`, if it is not qualified.
  var root: StringID
}
