extension Engine {
  // MARK: Emission

  /// Schedules the statements of a block.
  mutating func emit(_ block: BlockID, in scope: ScopeID) throws(Interruption) {
    for statement in program.blocks[block].statements { try emit(statement, in: scope) }
  }

  /// Schedules one statement; a failure that has no place is one of the statement.
  mutating func emit(_ statement: StatementID, in scope: ScopeID) throws(Interruption) {
    do {
      try emit(program.statements[statement], statement, in: scope)
    } catch {
      if case .failed(let problem) = error {
        _ = problem.claim(program.statements[statement].place)
      }
      throw error
    }
  }

  private mutating func emit(
    _ statement: StatementCode, _ id: StatementID, in scope: ScopeID
  ) throws(Interruption) {
    switch statement {
    case .assign(let variable, let value, let place):
      let target = try self.variable(of: program.expressions[variable], in: scope)
      try scheduleEvaluation(of: value, into: target, in: scope, place: place)
    case .assignAttribute(let code):
      let owner = program.expressions[code.owner]
      var waiter = Waiter(kind: .assignAttribute)
      waiter.scope = scope
      waiter.code = id.raw
      waiter.low = owner.low
      waiter.high = owner.high
      waiter.base = owner.high > owner.low ? allocateSlots(owner.high - owner.low) : 0
      waiter.base -= owner.low
      waiter.place = code.place
      _ = try require(
        code.owner, in: scope, base: waiter.base, collector: .absent, propagatesUnset: false)
      schedule(waiter)
    case .loop(let code):
      var waiter = Waiter(kind: .loop)
      waiter.place = code.place
      waiter.detail = try scheduleEagerPromises(code.promises, in: scope)
      let collector = collectors.append(
        Collector(kind: .loop, scope: scope, code: id.raw, place: code.place))
      try prepareUnit(code.iterable, in: scope, collector: collector, for: &waiter)
      waiter.target = VariableID(raw: id.raw)
      schedule(waiter)
    case .branch(let code):
      var waiter = Waiter(kind: .branch)
      waiter.place = code.place
      waiter.detail = try scheduleEagerPromises(code.promises, in: scope)
      try prepareUnit(code.condition, in: scope, collector: .absent, for: &waiter)
      waiter.target = VariableID(raw: id.raw)
      schedule(waiter)
    case .expression(let expression):
      var waiter = Waiter(kind: .evaluate)
      waiter.place = program.expressions[expression].place
      try prepareUnit(expression, in: scope, collector: .absent, for: &waiter)
      schedule(waiter)
    case .invalid(let problem): throw .failed(problem)
    }
  }

  private mutating func scheduleEagerPromises(
    _ codes: [PromiseCode], in scope: ScopeID
  ) throws(Interruption) -> Int32 {
    let first = Int32(promises.count)
    for _ in codes { promises.append(EagerPromise()) }
    for (index, code) in codes.enumerated() {
      try scheduleHook(
        .promiseAttribute, owner: code.owner, name: code.name, in: scope, target: .absent,
        place: code.place, propagatesUnset: true, detail: first + Int32(index))
    }
    return first
  }

  private mutating func fulfillEagerPromises(
    from first: Int32, count: Int
  ) throws(Interruption) {
    for index in Int(first)..<(Int(first) + count) {
      let variable = promises[index].variable
      promises[index].isFulfilled = true
      if variable.isPresent { try fulfill(variable) }
    }
  }

  /// Makes the scope of one run of a block.
  mutating func makeScope(
    for block: BlockID, in parent: ScopeID, object: ObjectID = .absent
  ) -> ScopeID {
    let base = Int32(variables.count)
    for _ in program.blocks[block].variables { _ = makeVariable(.plain) }
    return scopes.append(Scope(parent: parent, base: base, block: block, object: object))
  }

  // MARK: Loops and branches

  mutating func startIteration(
    of statement: StatementID, with value: Datum, in scope: ScopeID
  ) throws(Interruption) {
    guard !value.isUnknown, case .loop(let code) = program.statements[statement] else { return }
    let inner = makeScope(for: code.body, in: scope)
    // The loop variable is the first of the block.
    try assign(value, to: VariableID(raw: scopes[inner].base), at: code.place)
    try emit(code.body, in: inner)
  }

  mutating func performLoop(_ waiter: Waiter) throws(Interruption) {
    guard case .loop(let code) = program.statements[StatementID(raw: waiter.target.raw)] else {
      preconditionFailure("a loop waiter belongs to a loop")
    }
    try fulfillEagerPromises(from: waiter.detail, count: code.promises.count)
    let value = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
    if waiter.collector.isPresent {
      try report(value, to: waiter.collector, at: program.expressions[waiter.expression].place)
    }
    switch value {
    case .list, .unknown: return
    default:
      throw .failed(
        Problem(
          .notIterable,
          "a for loop runs over lists and relations, but "
            + "\(code.description) is \(describe(value))", at: code.place))
    }
  }

  mutating func performBranch(_ waiter: Waiter) throws(Interruption) {
    guard case .branch(let code) = program.statements[StatementID(raw: waiter.target.raw)] else {
      preconditionFailure("a branch waiter belongs to a branch")
    }
    try fulfillEagerPromises(from: waiter.detail, count: code.promises.count)
    switch try evaluate(waiter.expression, base: waiter.base, in: waiter.scope) {
    case .unknown: return
    case .bool(let holds):
      let block = holds ? code.then : code.otherwise
      guard !program.blocks[block].statements.isEmpty else { return }
      try emit(block, in: makeScope(for: block, in: waiter.scope))
    case let value:
      throw .failed(
        Problem(
          .conditionNotBoolean, "the condition of `if` must be a boolean, not \(describe(value))",
          at: code.place))
    }
  }

  // MARK: Attribute assignment

  mutating func performAttributeAssignment(_ waiter: Waiter) throws(Interruption) {
    guard case .assignAttribute(let code) = program.statements[StatementID(raw: waiter.code)]
    else { preconditionFailure("the waiter belongs to an attribute assignment") }
    let owner = try evaluate(code.owner, base: waiter.base, in: waiter.scope)
    guard case .instance(let object) = owner else {
      throw .failed(
        Problem(
          .notAnInstance,
          "cannot set attribute `\(program.name(code.name))` of \(describe(owner)): "
            + "it is not an instance", at: code.place))
    }
    let entity = objects[object].entity
    guard let slot = program.entities[entity].slot(of: code.name) else {
      throw .failed(noAttribute(code.name, on: entity, at: code.place))
    }
    let variable = VariableID(raw: objects[object].base + Int32(slot))
    if code.isAddition, variables[variable].kind != .list {
      throw .failed(
        Problem(
          .additionToSingleValue,
          "`+=` adds to relations with several values, and "
            + "\(describe(variable: variable)) holds one", at: code.place,
          help: "use `=`"))
    }
    try scheduleAttribute(variable, value: code.value, in: waiter.scope, place: code.place)
  }

  /// Schedules the value of an attribute: gradually if it is a relation with several values.
  mutating func scheduleAttribute(
    _ variable: VariableID, value: ExpressionID, in scope: ScopeID, place: PlaceID
  ) throws(Interruption) {
    var waiter = Waiter(kind: .setAttribute)
    waiter.target = variable
    waiter.place = place
    var collector = CollectorID.absent
    if variables[variable].kind == .list {
      collector = collectors.append(
        Collector(kind: .attribute, target: variable, place: place))
    }
    try prepareUnit(value, in: scope, collector: collector, for: &waiter)
    waiter.hasPromise = promise(variable)
    schedule(waiter)
  }
}
