extension Engine {
  /// Runs one piece of ready work.
  mutating func perform(_ work: ReadyWork) throws(Interruption) {
    switch work {
    case .constants(let constructor, let object, let first, let end):
      tracer?.scope = objects[object].origin
      do {
        try setConstants(constructor, of: object, first: Int(first), end: Int(end))
      } catch {
        let problem = problem(error)
        trace(problem, to: objects[object].place, in: objects[object].origin)
        throw .failed(problem)
      }
    case .waiter(let id):
      let waiter = waiters[id]
      tracer?.scope = waiter.scope
      do {
        try perform(waiter, id)
      } catch {
        switch error {
        case .unset(let variable):
          // The work needs a value that it did not know of: it waits, and runs again.
          waiters[id].waitCount += 1
          callStates[id, default: CallState()].additional.append(variable)
          wait(id, for: variable)
          return
        case .noValue(let variable):
          release(id)
          throw .failed(located(place(noValue(variable), of: waiter, variable), in: waiter))
        case .failed(let problem):
          release(id)
          throw .failed(located(place(problem, of: waiter), in: waiter))
        }
      }
      release(id)
    }
  }

  private mutating func release(_ id: WaiterID) {
    if !callStates.isEmpty { callStates[id] = nil }
    waiters[id].isFree = true
    freeWaiters.append(id)
    liveWaiterCount -= 1
  }

  /// Adds how the model came to the work that failed.
  private func located(_ problem: Problem, in waiter: Waiter) -> Problem {
    trace(
      problem, to: waiter.place.isPresent ? waiter.place : problem.place, in: waiter.scope)
    return problem
  }

  /// Gives a problem the place that the failed work reports it at.
  private func place(
    _ problem: Problem, of waiter: Waiter, _ unset: VariableID = .absent
  ) -> Problem {
    if unset.isPresent {
      _ = problem.label(waiter.place, "it is read here")
      _ = problem.label(objects[variables[unset].object].place, "the instance is constructed here")
    }
    switch waiter.kind {
    case .evaluate, .implement, .loop, .branch, .setAttribute: return problem.claim(waiter.place)
    case .assignAttribute, .logical, .indexLookup, .call:
      return problem.claim(waiter.place, replacing: true)
    case .readAttribute, .testAttribute, .promiseAttribute, .takeBranch, .iterated, .collected:
      if problem.place.isPresent, problem.place != waiter.place {
        _ = problem.label(problem.place, "the value goes here")
      }
      problem.place = waiter.place
      return problem
    case .chooseBranch, .decideDefined, .guardElement, .copyElement:
      return problem.claim(waiter.place)
    }
  }

  private mutating func perform(_ waiter: Waiter, _ id: WaiterID) throws(Interruption) {
    switch waiter.kind {
    case .evaluate:
      let value = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
      let place = program.expressions[waiter.expression].place
      if waiter.collector.isPresent { try report(value, to: waiter.collector, at: place) }
      guard waiter.target.isPresent else { return }
      try assign(value, to: waiter.target, at: place)
      if waiter.hasPromise { try fulfill(waiter.target) }
    case .setAttribute: try performSetAttribute(waiter)
    case .assignAttribute: try performAttributeAssignment(waiter)
    case .readAttribute, .testAttribute, .promiseAttribute: try performHook(waiter)
    case .decideDefined:
      let value = try definedness(of: VariableID(raw: waiter.detail))
      try assign(value, to: waiter.target, at: waiter.place)
    case .logical: try performLogical(waiter)
    case .indexLookup: try performIndexLookup(waiter)
    case .chooseBranch: try performChoice(waiter)
    case .takeBranch:
      let value = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
      if waiter.collector.isPresent {
        try report(
          value, to: waiter.collector, at: program.expressions[waiter.expression].place)
      }
      try assign(value, to: waiter.target, at: waiter.place)
    case .iterated: try performIterated(waiter)
    case .collected: try performCollected(waiter)
    case .guardElement: try performGuard(waiter)
    case .copyElement: try performCopyElement(waiter)
    case .call: try performCall(waiter, id)
    case .loop: try performLoop(waiter)
    case .branch: try performBranch(waiter)
    case .implement: try performImplement(waiter)
    }
  }

  private mutating func performSetAttribute(_ waiter: Waiter) throws(Interruption) {
    do {
      let value = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
      let place = program.expressions[waiter.expression].place
      if waiter.collector.isPresent { try report(value, to: waiter.collector, at: place) }
      try assign(value, to: waiter.target, at: place)
      if waiter.hasPromise { try fulfill(waiter.target) }
    } catch {
      throw attributeFailure(error, setting: waiter.target, at: waiter.place)
    }
  }

  // MARK: Attribute references

  private mutating func performHook(_ waiter: Waiter) throws(Interruption) {
    let variable: VariableID
    do {
      variable = try attributeVariable(waiter)
    } catch {
      guard case .noValue(let unset) = error, waiter.propagatesUnset else { throw error }
      variable = unset
      guard waiter.kind == .readAttribute else { return }
    }
    switch waiter.kind {
    case .readAttribute: try connect(waiter.target, to: variable)
    case .testAttribute: try testDefined(variable, into: waiter.target, at: waiter.place)
    default:
      let index = Int(waiter.detail)
      guard !promises[index].isFulfilled, variables[variable].isDelayed else { return }
      if promise(variable) { promises[index].variable = variable }
    }
  }

  private mutating func attributeVariable(_ waiter: Waiter) throws(Interruption) -> VariableID {
    let owner = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
    guard case .instance(let object) = owner else {
      throw .failed(
        Problem(
          .notAnInstance,
          "cannot read attribute `\(program.name(waiter.name))` of \(describe(owner)): "
            + "it is not an instance"))
    }
    guard let slot = program.entities[objects[object].entity].slot(of: waiter.name) else {
      throw .failed(noAttribute(waiter.name, on: objects[object].entity, at: .absent))
    }
    return VariableID(raw: objects[object].base + Int32(slot))
  }

  // MARK: Definedness

  mutating func testDefined(
    _ variable: VariableID, into target: VariableID, at place: PlaceID
  ) throws(Interruption) {
    if isReady(variable) {
      try assign(definedness(of: variable), to: target, at: place)
      return
    }
    let collector = collectors.append(
      Collector(kind: .definedness, target: target, place: place))
    _ = try listen(to: variable, with: collector, at: place)
    var waiter = Waiter(kind: .decideDefined)
    waiter.target = target
    waiter.place = place
    waiter.detail = variable.raw
    schedule(waiter, also: variable)
  }

  private mutating func definedness(of variable: VariableID) throws(Interruption) -> Datum {
    let value: Datum
    do {
      value = try read(variable)
    } catch {
      guard case .noValue = error else { throw error }
      return .bool(false)
    }
    switch value {
    case .unknown, .null: return value.isUnknown ? program.heap.unknown() : .bool(false)
    case .list(let list):
      let elements = program.heap.elements(list)
      if elements.isEmpty { return .bool(false) }
      return elements.allSatisfy(\.isUnknown) ? program.heap.unknown() : .bool(true)
    default: return .bool(true)
    }
  }

  // MARK: and, or, conditional

  private mutating func performLogical(_ waiter: Waiter) throws(Interruption) {
    let code = program.expressions[ExpressionID(raw: waiter.detail)]
    let left = try evaluate(waiter.expression, base: waiter.base, in: waiter.scope)
    let name = code.kind == .and ? "and" : "or"
    switch left {
    case .unknown: try assign(left, to: waiter.target, at: waiter.place)
    case .bool(let flag):
      if flag == (code.kind == .or) {
        try assign(left, to: waiter.target, at: waiter.place)
        return
      }
      variables[waiter.target].type = program.wellKnown.bool
      try scheduleEvaluation(
        of: code.secondOperand, into: waiter.target, in: waiter.scope, place: waiter.place)
    default:
      throw .failed(
        Problem(
          .operandNotBoolean,
          "the left side of `\(name)` must be a boolean, not \(describe(left))",
          at: waiter.place))
    }
  }

  private mutating func performChoice(_ waiter: Waiter) throws(Interruption) {
    let code = program.expressions[ExpressionID(raw: waiter.detail)]
    switch try evaluate(waiter.expression, base: waiter.base, in: waiter.scope) {
    case .unknown:
      try assign(program.heap.unknown(), to: waiter.target, at: waiter.place)
    case .bool(let holds):
      var branch = Waiter(kind: .takeBranch)
      branch.target = waiter.target
      branch.place = waiter.place
      try prepareUnit(
        holds ? code.secondOperand : code.thirdOperand, in: waiter.scope,
        collector: waiter.consumer, for: &branch)
      schedule(branch)
    case let value:
      throw .failed(
        Problem(
          .conditionNotBoolean, "the condition of `?` must be a boolean, not \(describe(value))",
          at: code.place))
    }
  }
}
