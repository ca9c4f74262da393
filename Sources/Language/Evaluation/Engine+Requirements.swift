extension Engine {
  // MARK: Scheduling

  mutating func allocateSlots(_ count: Int32) -> Int32 {
    let base = Int32(slots.count)
    for _ in 0..<count { slots.append(-1) }
    return base
  }

  /// Registers a waiter for the variables in its slots and queues it if nothing is missing.
  mutating func schedule(_ waiter: consuming Waiter, also extra: VariableID = .absent) {
    waiter.sequence = waiterSequence
    waiterSequence &+= 1
    liveWaiterCount += 1
    waiter.waitCount = 1
    let range = (waiter.base + waiter.low)..<(waiter.base + waiter.high)
    let id: WaiterID
    if let free = freeWaiters.popLast() {
      id = free
      waiters[id] = waiter
    } else {
      id = waiters.append(waiter)
    }
    for slot in range where slots[Int(slot)] >= 0 {
      waiters[id].waitCount += 1
      wait(id, for: VariableID(raw: slots[Int(slot)]))
    }
    if extra.isPresent {
      waiters[id].waitCount += 1
      wait(id, for: extra)
    }
    countDown(id)
  }

  /// Schedules the evaluation of a whole expression into a variable.
  mutating func scheduleEvaluation(
    of expression: ExpressionID, into target: VariableID, in scope: ScopeID, place: PlaceID
  ) throws(Interruption) {
    var waiter = Waiter(kind: .evaluate)
    waiter.target = target
    waiter.place = place
    try prepareUnit(expression, in: scope, collector: .absent, for: &waiter)
    waiter.hasPromise = promise(target)
    schedule(waiter)
  }

  /// Fills in the slots of the unit that a waiter evaluates.
  mutating func prepareUnit(
    _ expression: ExpressionID, in scope: ScopeID, collector: CollectorID,
    for waiter: inout Waiter
  ) throws(Interruption) {
    let code = program.expressions[expression]
    waiter.code = expression.raw
    waiter.scope = scope
    waiter.low = code.low
    waiter.high = code.high
    waiter.base = code.high > code.low ? allocateSlots(code.high - code.low) - code.low : 0
    let isAttached = try require(
      expression, in: scope, base: waiter.base, collector: collector, propagatesUnset: false)
    if collector.isPresent, !isAttached { waiter.collector = collector }
  }

  // MARK: Requirements

  /// Puts the variables that an expression needs into the slots from `base` on, and schedules the
  /// parts that are units of their own.
  ///
  /// With a collector the expression is read gradually: returns whether its values go to the
  /// collector on their own; if not, they are reported when the unit is evaluated.
  mutating func require(
    _ id: ExpressionID, in scope: ScopeID, base: Int32, collector: CollectorID,
    propagatesUnset: Bool
  ) throws(Interruption) -> Bool {
    let code = program.expressions[id]
    let slot = Int(base + code.low)
    switch code.kind {
    case .constant, .selfObject, .constructedObject, .constraintName: return false
    case .globalVariable, .localVariable, .memberVariable, .unresolved:
      let variable = try variable(of: code, in: scope)
      slots[slot] = variable.raw
      guard collector.isPresent else { return false }
      return try listen(to: variable, with: collector, at: code.place)
    case .attribute:
      slots[slot] = try requireAttribute(
        code, in: scope, collector: collector, propagatesUnset: propagatesUnset
      ).raw
      return collector.isPresent
    case .list:
      if collector.isPresent, code.second > 0 {
        slots[slot] = try requireGradualList(code, in: scope, collector: collector).raw
        return true
      }
      try requireOperands(code.first, code.second, in: scope, base: base)
    case .dictionary:
      for index in 0..<code.second {
        try requirePart(program.operands[Int(code.first + 2 * index + 1)], in: scope, base: base)
      }
    case .comprehension:
      slots[slot] = try requireComprehension(code, in: scope, collector: collector).raw
      return collector.isPresent
    case .call: slots[slot] = try requireCall(code, in: scope).raw
    case .construct: try requireConstructor(code, in: scope, base: base)
    case .indexLookup: slots[slot] = try requireIndexLookup(code, in: scope).raw
    case .isDefined: slots[slot] = try requireIsDefined(code, in: scope).raw
    case .and, .or: slots[slot] = try requireLogical(id, code, in: scope).raw
    case .conditional:
      slots[slot] = try requireConditional(id, code, in: scope, collector: collector).raw
      return collector.isPresent
    case .not, .regex: try requirePart(code.first, in: scope, base: base)
    case .lookup, .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual, .add,
      .subtract, .multiply, .divide, .remainder, .power, .contains:
      try requirePart(code.first, in: scope, base: base)
      try requirePart(code.second, in: scope, base: base)
    case .interpolation:
      for part in program.interpolations[Int(code.first)].parts {
        if case .value(_, let expression) = part {
          try requirePart(expression.raw, in: scope, base: base)
        }
      }
    case .format:
      for expression in program.formats[Int(code.first)].order {
        try requirePart(expression.raw, in: scope, base: base)
      }
    }
    return false
  }

  private mutating func requirePart(
    _ raw: Int32, in scope: ScopeID, base: Int32
  ) throws(Interruption) {
    _ = try require(
      ExpressionID(raw: raw), in: scope, base: base, collector: .absent, propagatesUnset: false)
  }

  private mutating func requireOperands(
    _ first: Int32, _ count: Int32, in scope: ScopeID, base: Int32
  ) throws(Interruption) {
    for index in 0..<count {
      try requirePart(program.operands[Int(first + index)], in: scope, base: base)
    }
  }

  private mutating func requireAttribute(
    _ code: ExpressionCode, in scope: ScopeID, collector: CollectorID, propagatesUnset: Bool
  ) throws(Interruption) -> VariableID {
    let proxy = makeVariable(.proxy)
    variables[proxy].place = code.place
    if collector.isPresent { proxies[Int(variables[proxy].detail)].collector = collector }
    try scheduleHook(
      .readAttribute, owner: code.firstOperand, name: StringID(raw: code.second), in: scope,
      target: proxy, place: code.place, propagatesUnset: propagatesUnset)
    return proxy
  }

  /// Schedules work that finds an attribute's variable once its instance is known.
  mutating func scheduleHook(
    _ kind: Waiter.Kind, owner: ExpressionID, name: StringID, in scope: ScopeID,
    target: VariableID, place: PlaceID, propagatesUnset: Bool, detail: Int32 = -1
  ) throws(Interruption) {
    let code = program.expressions[owner]
    var waiter = Waiter(kind: kind)
    waiter.code = owner.raw
    waiter.scope = scope
    waiter.low = code.low
    waiter.high = code.high
    waiter.base = code.high > code.low ? allocateSlots(code.high - code.low) - code.low : 0
    waiter.target = target
    waiter.place = place
    waiter.name = name
    waiter.detail = detail
    waiter.propagatesUnset = propagatesUnset
    _ = try require(
      owner, in: scope, base: waiter.base, collector: .absent, propagatesUnset: propagatesUnset)
    schedule(waiter)
  }

  private mutating func requireGradualList(
    _ code: ExpressionCode, in scope: ScopeID, collector: CollectorID
  ) throws(Interruption) -> VariableID {
    let result = makeVariable(.listLiteral)
    for index in 0..<code.second {
      let item = ExpressionID(raw: program.operands[Int(code.first + index)])
      var waiter = Waiter(kind: .evaluate)
      waiter.target = result
      waiter.place = code.place
      try prepareUnit(item, in: scope, collector: collector, for: &waiter)
      waiter.hasPromise = promise(result)
      schedule(waiter)
    }
    return result
  }

  private mutating func requireComprehension(
    _ code: ExpressionCode, in scope: ScopeID, collector: CollectorID
  ) throws(Interruption) -> VariableID {
    let comprehension = program.comprehensions[Int(code.first)]
    let state = ComprehensionState(
      code: Int(code.first), scope: scope, consumer: collector, result: makeVariable(.plain),
      place: code.place)
    let index = Int32(comprehensionStates.count)
    comprehensionStates.append(state)
    var helper = CollectorID.absent
    if collector.isPresent {
      helper = collectors.append(
        Collector(kind: .comprehension, code: index, place: code.place))
    }
    var waiter = Waiter(kind: .iterated)
    waiter.place = code.place
    waiter.detail = index
    try prepareUnit(comprehension.iterable, in: scope, collector: helper, for: &waiter)
    schedule(waiter)
    return state.result
  }

  private mutating func requireCall(
    _ code: ExpressionCode, in scope: ScopeID
  ) throws(Interruption) -> VariableID {
    let call = program.calls[Int(code.first)]
    let base = allocateSlots(call.slotCount)
    for argument in call.positional { try requirePart(argument.raw, in: scope, base: base) }
    for (_, argument) in call.keywords { try requirePart(argument.raw, in: scope, base: base) }
    for argument in call.unpacked { try requirePart(argument.raw, in: scope, base: base) }
    let result = makeVariable(.plain)
    var waiter = Waiter(kind: .call)
    waiter.scope = scope
    waiter.code = code.first
    waiter.base = base
    waiter.high = call.slotCount
    waiter.target = result
    waiter.place = code.place
    schedule(waiter)
    return result
  }

  private mutating func requireConstructor(
    _ code: ExpressionCode, in scope: ScopeID, base: Int32
  ) throws(Interruption) {
    let constructor = program.constructors[ConstructorID(raw: code.first)]
    for index in constructor.direct {
      try requirePart(program.assignments[Int(index)].value.raw, in: scope, base: base)
    }
    guard constructor.extras >= 0 else { return }
    let extras = program.constructorExtras[Int(constructor.extras)]
    for dictionary in extras.unpacked {
      try requirePart(dictionary.raw, in: scope, base: base)
    }
    if let receiver = extras.receiver {
      try requirePart(receiver.object.raw, in: scope, base: base)
    }
  }

  private mutating func requireIndexLookup(
    _ code: ExpressionCode, in scope: ScopeID
  ) throws(Interruption) -> VariableID {
    let lookup = program.indexLookups[Int(code.first)]
    let base = allocateSlots(lookup.slotCount)
    for (_, value) in lookup.query { try requirePart(value.raw, in: scope, base: base) }
    if lookup.root.isPresent { try requirePart(lookup.root.raw, in: scope, base: base) }
    for dictionary in lookup.unpacked { try requirePart(dictionary.raw, in: scope, base: base) }
    let result = makeVariable(.plain)
    var waiter = Waiter(kind: .indexLookup)
    waiter.scope = scope
    waiter.code = code.first
    waiter.base = base
    waiter.high = lookup.slotCount
    waiter.target = result
    waiter.place = code.place
    schedule(waiter)
    return result
  }

  private mutating func requireIsDefined(
    _ code: ExpressionCode, in scope: ScopeID
  ) throws(Interruption) -> VariableID {
    let result = makeVariable(.plain)
    if code.first >= 0 {
      try scheduleHook(
        .testAttribute, owner: code.firstOperand, name: StringID(raw: code.second), in: scope,
        target: result, place: code.place, propagatesUnset: false)
    } else {
      let variable = try variable(of: program.expressions[code.secondOperand], in: scope)
      try testDefined(variable, into: result, at: code.place)
    }
    return result
  }

  private mutating func requireLogical(
    _ id: ExpressionID, _ code: ExpressionCode, in scope: ScopeID
  ) throws(Interruption) -> VariableID {
    let result = makeVariable(.plain)
    var waiter = Waiter(kind: .logical)
    waiter.target = result
    waiter.place = code.place
    waiter.detail = id.raw
    try prepareUnit(code.firstOperand, in: scope, collector: .absent, for: &waiter)
    schedule(waiter)
    return result
  }

  private mutating func requireConditional(
    _ id: ExpressionID, _ code: ExpressionCode, in scope: ScopeID, collector: CollectorID
  ) throws(Interruption) -> VariableID {
    let result = makeVariable(.plain)
    var waiter = Waiter(kind: .chooseBranch)
    waiter.target = result
    waiter.place = code.place
    waiter.detail = id.raw
    waiter.consumer = collector
    try prepareUnit(code.firstOperand, in: scope, collector: .absent, for: &waiter)
    schedule(waiter)
    return result
  }

  // MARK: Names

  /// The scope that is `count` named scopes above another one.
  func scope(_ count: Int32, above scope: ScopeID) -> ScopeID {
    var current = scope
    var rest = count
    while true {
      while scopes[current].constructor.isPresent { current = scopes[current].parent }
      guard rest > 0 else { return current }
      rest -= 1
      current = scopes[current].parent
    }
  }

  /// The variable that a name stands for.
  func variable(
    of code: ExpressionCode, in scope: ScopeID
  ) throws(Interruption) -> VariableID {
    switch code.kind {
    case .globalVariable: return VariableID(raw: code.first)
    case .localVariable:
      return VariableID(raw: scopes[self.scope(code.first, above: scope)].base + code.second)
    case .memberVariable:
      let object = scopes[self.scope(code.third, above: scope)].object
      let name = StringID(raw: code.first)
      if let slot = program.entities[objects[object].entity].slot(of: name) {
        return VariableID(raw: objects[object].base + Int32(slot))
      }
      if code.second >= 0 { return VariableID(raw: code.second) }
      throw .failed(variableNotFound(name, at: code.place))
    default: throw .failed(variableNotFound(StringID(raw: code.first), at: code.place))
    }
  }
}
