/// A place for a value that somebody may wait for.
struct Variable {
  enum Kind: UInt8 {
    /// One value: a local variable, an attribute, the result of a part of an expression.
    case plain
    /// A loop variable of a comprehension: plain, and it reports its value to collectors.
    case element
    /// A relation of exactly one.
    case single
    /// A relation of at most one: delayed.
    case optional
    /// A relation of several: delayed.
    case list
    /// The items of a list literal that a gradual consumer reads.
    case listLiteral
    /// Stands for another variable that is not known yet.
    case proxy
  }

  var value: Datum = .null
  var kind: Kind
  /// Plain: has its value. Delayed: frozen.
  var isSet = false
  /// Whether a delayed variable is in the freeze queue or set aside.
  var isQueued = false
  /// Whether `Engine.tracer` is told of its assignments.
  var isTraced = false
  /// An optional relation that was frozen without a value.
  var isEmpty = false
  /// What the value must fit, or absent.
  var type: TypeID = .absent
  var waitersHead: Int32 = -1
  var waitersTail: Int32 = -1
  var waiterCount: Int32 = 0
  /// Promises that are not fulfilled yet.
  var promiseCount: Int32 = 0
  /// The instance whose attribute this is, or absent.
  var object: ObjectID = .absent
  /// Where the value comes from.
  var place: PlaceID = .absent
  /// Lists: index in `Engine.collections`. Proxies: index in `Engine.proxies`.
  var detail: Int32 = -1
  /// The place in `Engine.setAside`, or -1.
  var asidePosition: Int32 = -1

  var isDelayed: Bool { kind == .optional || kind == .list }

  /// Takes the one value of a variable that is not delayed.
  mutating func set(_ value: Datum, at place: PlaceID) {
    self.value = value
    self.place = place
    isSet = true
  }
}

/// The values of a relation or of a list literal while they arrive.
struct Collection {
  var values: [Datum] = []
  /// Where each value is, once there are many.
  private var index = HashIndex()
  var collectors: [CollectorID] = []
  /// Waiters that freezing would not help.
  var gradualWaiterCount: Int32 = 0

  func contains(_ value: Datum) -> Bool {
    guard values.count > 16 else { return values.contains(value) }
    return index.first(value.tableHash) { values[$0] == value } != nil
  }

  mutating func append(_ value: Datum) {
    values.append(value)
    guard values.count > 16 else { return }
    for _ in 0..<(values.count == 17 ? 17 : 1) {
      index.append { [values] in values[$0].tableHash }
    }
  }
}

/// What a proxy stands for.
struct Proxy {
  var target: VariableID = .absent
  /// Wants the values; absent once the target reports to it itself.
  var collector: CollectorID = .absent
  /// Whether the proxy reports to `collector` when it is read.
  var reportsWhenRead = false
}

/// Work that runs when all variables it needs have their values.
struct Waiter {
  enum Kind: UInt8 {
    /// Evaluates `expression` into `target`.
    case evaluate
    /// The same, into a relation or an attribute.
    case setAttribute
    /// Finds the instance of an attribute assignment and schedules its value.
    case assignAttribute
    /// Find the instance of an attribute reference, then read, test or promise the attribute.
    case readAttribute, testAttribute, promiseAttribute
    /// Decides `is defined` when nothing more can come.
    case decideDefined
    /// Continues `and` and `or` after the left side.
    case logical
    case indexLookup
    /// Choose a branch; take its value.
    case chooseBranch, takeBranch
    /// The iterable of a comprehension is complete; all its values are.
    case iterated, collected
    /// Evaluates the guard for an element; passes on an element as it is.
    case guardElement, copyElement
    case call
    case loop, branch
    /// Decides whether an `implement` applies to an instance.
    case implement
  }

  var kind: Kind
  /// Whether the record is free for reuse.
  var isFree = false
  var waitCount: Int32 = 1
  /// The order of creation.
  var sequence: UInt32 = 0
  var scope: ScopeID = .absent
  /// An expression, statement or implement statement, as the kind says.
  var code: Int32 = -1
  var base: Int32 = 0
  var low: Int32 = 0
  var high: Int32 = 0
  var target: VariableID = .absent
  /// Gets the value after evaluation, if it was not attached to a variable.
  var collector: CollectorID = .absent
  /// The place of the statement that errors are reported at.
  var place: PlaceID = .absent
  /// Kind-specific: a promise block, a comprehension, an instance.
  var detail: Int32 = -1
  /// The attribute that a hook looks for.
  var name: StringID = .absent
  /// Where a conditional expression reports the values of its branch as they come.
  var consumer: CollectorID = .absent
  /// Whether a hook stands for the unset relation on its way instead of failing.
  var propagatesUnset = false
  /// Whether `target` counts a promise of this waiter.
  var hasPromise = false

  var expression: ExpressionID { ExpressionID(raw: code) }
}

/// Where names are found at run time.
struct Scope {
  var parent: ScopeID
  /// The first variable of the block.
  var base: Int32
  var block: BlockID = .absent
  /// The instance, in the scope of an implementation.
  var object: ObjectID = .absent
  /// Set in the scope of a constructor's values, which declares no name: it is invisible to the
  /// counting of scopes.
  var constructor: ConstructorID = .absent
  /// The loop variable's name, in the scope of a comprehension.
  var loopName: StringID = .absent
}

/// Takes the values of a list as they come.
struct Collector {
  enum Kind: UInt8 {
    /// Adds them to a relation.
    case attribute
    /// Starts the body of a loop for each.
    case loop
    /// Evaluates a comprehension for each.
    case comprehension
    /// Decides `is defined` at the first.
    case definedness
  }

  var kind: Kind
  var target: VariableID = .absent
  var scope: ScopeID = .absent
  /// Loop statement, or comprehension state.
  var code: Int32 = -1
  var place: PlaceID = .absent

  /// Whether no progress is expected from the end of the list.
  var isPurelyGradual: Bool { kind != .definedness }
}

/// A promise for an attribute that a statement below may assign.
struct EagerPromise {
  var variable: VariableID = .absent
  var isFulfilled = false
}

/// One run of a comprehension.
struct ComprehensionState {
  var code: Int
  var scope: ScopeID
  /// Where values go as they come; absent when order matters.
  var consumer: CollectorID
  var results: [VariableID] = []
  var isComplete = false
  var result: VariableID
  var place: PlaceID
}

/// An instance.
struct Object {
  var entity: EntityID
  /// The first of its variables; the others follow.
  var base: Int32
  var scope: ScopeID
  /// Where its first constructor stands.
  var origin: ScopeID
  /// The latest constructor.
  var place: PlaceID
  /// The implementations that ran, as a list in `Engine.implementationLinks`.
  var implementations: Int32 = -1
}
