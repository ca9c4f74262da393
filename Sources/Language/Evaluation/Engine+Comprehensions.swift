extension Engine {
  /// Evaluates a comprehension's guard and value for one element.
  mutating func startComprehensionElement(
    _ index: Int, value: Datum, at place: PlaceID
  ) throws(Interruption) {
    let state = comprehensionStates[index]
    let code = program.comprehensions[state.code]
    let base = Int32(variables.count)
    let loop = makeVariable(.element)
    variables[loop].value = value
    variables[loop].isSet = true
    variables[loop].place = place
    var scope = Scope(parent: state.scope, base: base)
    scope.loopName = code.variable
    let inner = scopes.append(scope)
    let result = makeVariable(.plain)
    comprehensionStates[index].results.append(result)
    if code.guardExpression.isPresent {
      let choice = makeVariable(.plain)
      var waiter = Waiter(kind: .guardElement)
      waiter.target = choice
      waiter.place = state.place
      waiter.detail = Int32(state.code)
      waiter.consumer = state.consumer
      try prepareUnit(code.guardExpression, in: inner, collector: .absent, for: &waiter)
      schedule(waiter)
      // The guard is the condition of a conditional expression that the element waits for.
      scheduleCopy(of: choice, into: result, consumer: .absent, at: state.place)
    } else if value.isUnknown {
      scheduleElement(value, into: result, consumer: state.consumer, at: state.place)
    } else {
      var waiter = Waiter(kind: .evaluate)
      waiter.target = result
      waiter.place = program.expressions[code.value].place
      try prepareUnit(code.value, in: inner, collector: state.consumer, for: &waiter)
      schedule(waiter)
    }
  }

  /// An unknown element stands for itself; it goes through the queue like any other value.
  private mutating func scheduleElement(
    _ value: Datum, into result: VariableID, consumer: CollectorID, at place: PlaceID
  ) {
    let holder = makeVariable(.plain)
    variables[holder].value = value
    variables[holder].isSet = true
    scheduleCopy(of: holder, into: result, consumer: consumer, at: place)
  }

  private mutating func scheduleCopy(
    of holder: VariableID, into result: VariableID, consumer: CollectorID, at place: PlaceID
  ) {
    var waiter = Waiter(kind: .copyElement)
    waiter.target = result
    waiter.place = place
    waiter.collector = consumer
    waiter.detail = holder.raw
    schedule(waiter, also: holder)
  }

  /// Passes on an element that needs no evaluation.
  mutating func performCopyElement(_ waiter: Waiter) throws(Interruption) {
    let value = try read(VariableID(raw: waiter.detail))
    if waiter.collector.isPresent { try report(value, to: waiter.collector, at: waiter.place) }
    try assign(value, to: waiter.target, at: waiter.place)
  }

  /// Continues with an element after its guard was evaluated.
  mutating func performGuard(_ waiter: Waiter) throws(Interruption) {
    let code = program.comprehensions[Int(waiter.detail)]
    let element = variables[VariableID(raw: scopes[waiter.scope].base)].value
    switch try evaluate(waiter.expression, base: waiter.base, in: waiter.scope) {
    case .unknown:
      try assign(program.heap.unknown(), to: waiter.target, at: waiter.place)
    case .bool(true):
      guard !element.isUnknown else {
        scheduleElement(
          element, into: waiter.target, consumer: waiter.consumer, at: waiter.place)
        return
      }
      var branch = Waiter(kind: .takeBranch)
      branch.target = waiter.target
      branch.place = waiter.place
      try prepareUnit(
        code.value, in: waiter.scope, collector: waiter.consumer, for: &branch)
      schedule(branch)
    case .bool(false):
      scheduleElement(
        .filtered, into: waiter.target, consumer: .absent, at: waiter.place)
    case let value:
      throw .failed(
        Problem(
          .conditionNotBoolean,
          "the guard of a comprehension must be a boolean, not \(describe(value))",
          at: waiter.place))
    }
  }

  /// All elements are known: those that did not come gradually start now.
  mutating func performIterated(_ waiter: Waiter) throws(Interruption) {
    let index = Int(waiter.detail)
    let value = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
    if waiter.collector.isPresent {
      try report(
        value, to: waiter.collector, at: program.expressions[waiter.expression].place)
    }
    switch value {
    case .unknown, .list: break
    default:
      throw .failed(
        Problem(
          .notIterable, "a comprehension runs over lists and relations, not \(describe(value))",
          at: waiter.place))
    }
    if comprehensionStates[index].results.isEmpty {
      switch value {
      case .unknown: try startComprehensionElement(index, value: value, at: waiter.place)
      case .list(let list):
        for position in 0..<program.heap.count(list) {
          try startComprehensionElement(
            index, value: program.heap.element(list, position), at: waiter.place)
        }
      default: break
      }
    }
    var end = Waiter(kind: .collected)
    end.place = waiter.place
    end.detail = waiter.detail
    let results = comprehensionStates[index].results
    end.base = allocateSlots(Int32(results.count))
    end.high = Int32(results.count)
    for (offset, result) in results.enumerated() {
      slots[Int(end.base) + offset] = result.raw
    }
    schedule(end)
  }

  /// The values of all elements are known: they become the list.
  mutating func performCollected(_ waiter: Waiter) throws(Interruption) {
    let state = comprehensionStates[Int(waiter.detail)]
    var values: [Datum] = []
    for result in state.results {
      switch try read(result) {
      case .filtered: continue
      case .list(let list): values.append(contentsOf: program.heap.elements(list))
      case let value: values.append(value)
      }
    }
    comprehensionStates[Int(waiter.detail)].results = []
    let list = Datum.list(program.heap.list(values))
    try assign(list, to: state.result, at: waiter.place)
  }
}
