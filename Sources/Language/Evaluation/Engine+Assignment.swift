extension Engine {
  /// Gives a variable a value; if it `propagates`, the other end of a relation is set too.
  mutating func assign(
    _ value: Datum, to id: VariableID, at place: PlaceID, propagates: Bool = true
  ) throws(Interruption) {
    if variables[id].isTraced, let tracer {
      try assignTraced(value, to: id, at: place, propagates: propagates, tracer)
    } else {
      try put(value, in: id, at: place, propagates: propagates)
    }
  }

  mutating func put(
    _ value: Datum, in id: VariableID, at place: PlaceID, propagates: Bool
  ) throws(Interruption) {
    switch variables[id].kind {
    case .plain, .element: try setPlain(value, id, at: place)
    case .single: try setSingle(value, id, at: place, propagates: propagates)
    case .optional: try setOptional(value, id, at: place, propagates: propagates)
    case .list: try addToList(value, id, at: place, propagates: propagates)
    case .listLiteral:
      let index = Int(variables[id].detail)
      if case .list(let list) = value {
        collections[index].values.append(contentsOf: program.heap.elements(list))
      } else {
        collections[index].values.append(value)
      }
    case .proxy: preconditionFailure("a proxy cannot be assigned")
    }
  }

  private mutating func setPlain(
    _ value: Datum, _ id: VariableID, at place: PlaceID
  ) throws(Interruption) {
    if variables[id].isSet {
      guard program.heap.areEqual(variables[id].value, value) else {
        throw .failed(doubleSet(id, value, at: place))
      }
      return
    }
    let type = variables[id].type
    if type.isPresent { try check(value, against: type) }
    variables[id].set(value, at: place)
    wake(id)
  }

  private mutating func setSingle(
    _ value: Datum, _ id: VariableID, at place: PlaceID, propagates: Bool
  ) throws(Interruption) {
    if variables[id].isSet {
      guard program.heap.areEqual(variables[id].value, value) else {
        throw .failed(doubleSet(id, value, at: place))
      }
      return
    }
    try check(value, against: variables[id].type)
    variables[id].set(value, at: place)
    if propagates { try setOtherEnd(of: id, to: value, at: place) }
    wake(id)
  }

  private mutating func setOptional(
    _ value: Datum, _ id: VariableID, at place: PlaceID, propagates: Bool
  ) throws(Interruption) {
    if variables[id].isSet {
      if variables[id].isEmpty {
        guard value != .null else { return }
        throw .failed(modifiedAfterFreeze(id, value, at: place))
      }
      guard program.heap.areEqual(variables[id].value, value) else {
        throw .failed(doubleSet(id, value, at: place))
      }
    }
    if value != .null { try check(value, against: variables[id].type) }
    if propagates { try setOtherEnd(of: id, to: value, at: place) }
    variables[id].value = value
    variables[id].isEmpty = value == .null
    variables[id].place = place
    try freeze(id)
  }

  private mutating func addToList(
    _ value: Datum, _ id: VariableID, at place: PlaceID, propagates: Bool
  ) throws(Interruption) {
    let index = Int(variables[id].detail)
    switch value {
    case .null:
      guard collections[index].values.isEmpty else {
        throw .failed(
          Problem(
            .nullAfterValues,
            "cannot set relation \(describe(variable: id)) to null: it already has values",
            at: place))
      }
      try freeze(id)
    case .list(let list):
      let count = program.heap.count(list)
      if variables[id].isSet {
        for position in 0..<count
        where !collections[index].contains(program.heap.element(list, position)) {
          throw .failed(
            overflow(id, at: place)
              ?? modifiedAfterFreeze(id, program.heap.element(list, position), at: place))
        }
      }
      if count == 0, !variables[id].isSet, canBeComplete(id) { enqueue(id) }
      for position in 0..<count {
        let element = program.heap.element(list, position)
        try addToList(element, id, at: place, propagates: propagates)
      }
    default: try addOne(value, id, at: place, propagates: propagates)
    }
  }

  private mutating func addOne(
    _ value: Datum, _ id: VariableID, at place: PlaceID, propagates: Bool
  ) throws(Interruption) {
    let index = Int(variables[id].detail)
    if variables[id].isSet {
      guard collections[index].contains(value) else {
        throw .failed(
          overflow(id, at: place) ?? modifiedAfterFreeze(id, value, at: place))
      }
      return
    }
    try check(value, against: variables[id].type)
    let upper = Int(attribute(of: id).upper)
    if collections[index].values.count == upper, let problem = overflow(id, at: place) {
      // Only a relation that holds nothing at all is full without being frozen.
      throw .failed(problem)
    }
    if collections[index].contains(value) {
      if canBeComplete(id) { enqueue(id) }
      return
    }
    collections[index].append(value)
    if !collections[index].collectors.isEmpty {
      try notifyCollectors(of: id, about: value, at: place)
    }
    if propagates { try setOtherEnd(of: id, to: value, at: place) }
    if upper >= 0, collections[index].values.count >= upper { try freeze(id) }
    if !variables[id].isSet, canBeComplete(id) { enqueue(id) }
  }

  private mutating func notifyCollectors(
    of id: VariableID, about value: Datum, at place: PlaceID
  ) throws(Interruption) {
    propagationDepth += 1
    defer { propagationDepth -= 1 }
    guard propagationDepth <= limits.propagationDepthMax else {
      throw .failed(
        Problem(
          .propagationLimit,
          "more than \(limits.propagationDepthMax) relations fill each other in a row", at: place))
    }
    let index = Int(variables[id].detail)
    for collector in collections[index].collectors {
      guard try receive(value, collector, at: place) else { continue }
      if !collectors[collector].isPurelyGradual { collections[index].gradualWaiterCount += 1 }
      collections[index].collectors.removeAll { $0 == collector }
    }
  }

  /// Sets the other end of a relation on the instance that became its value.
  private mutating func setOtherEnd(
    of id: VariableID, to value: Datum, at place: PlaceID
  ) throws(Interruption) {
    let inverse = attribute(of: id).inverse
    guard inverse.isPresent else { return }
    guard case .instance(let other) = value else {
      guard value.isUnknown, variables[id].kind != .optional else { return }
      throw .failed(
        Problem(
          .unknownInRelation,
          "an unknown value cannot be linked by \(describe(variable: id)): it has no other end",
          at: place))
    }
    try setAttribute(
      inverse, of: other, to: .instance(variables[id].object), at: place, propagates: false)
  }

  /// Sets an attribute of an instance by name; failures name the attribute, at the instance.
  mutating func setAttribute(
    _ name: StringID, of object: ObjectID, to value: Datum, at place: PlaceID,
    propagates: Bool = true
  ) throws(Interruption) {
    guard let slot = program.entities[objects[object].entity].slot(of: name) else {
      throw .failed(noAttribute(name, on: objects[object].entity, at: .absent))
    }
    let variable = VariableID(raw: objects[object].base + Int32(slot))
    do {
      try assign(value, to: variable, at: place, propagates: propagates)
    } catch {
      // The failure of a value that flowed on from here is reported here.
      if case .failed(let problem) = error { problem.isAttributeFailure = false }
      throw attributeFailure(error, setting: variable, at: objects[object].place)
    }
  }

  // MARK: Problems

  private func doubleSet(_ id: VariableID, _ value: Datum, at place: PlaceID) -> Problem {
    Problem(
      .doubleSet,
      "\(describe(variable: id)) is set twice: it is \(describe(variables[id].value)), "
        + "and cannot become \(describe(value))"
    )
    .label(variables[id].place, "the first value comes from here")
    .label(place, "the second value")
  }

  private func overflow(_ id: VariableID, at place: PlaceID) -> Problem? {
    let upper = Int(attribute(of: id).upper)
    guard upper >= 0, collections[Int(variables[id].detail)].values.count == upper else {
      return nil
    }
    let values = upper == 1 ? "value" : "values"
    return Problem(
      .relationOverflow,
      "relation \(describe(variable: id)) holds at most \(upper) \(values)", at: place)
  }

  private func modifiedAfterFreeze(
    _ id: VariableID, _ value: Datum, at place: PlaceID
  ) -> Problem {
    Problem(
      .modifiedAfterFreeze,
      "relation \(describe(variable: id)) gets \(describe(value)) after its values were used",
      at: place,
      help: "some statement needed the complete relation before this value was known; "
        + "assign without first testing or counting the relation"
    ).label(variables[id].place, "its values were needed here")
  }

  /// Turns a failure to set a variable into one that says where and on which instance.
  func attributeFailure(
    _ interruption: Interruption, setting id: VariableID, at place: PlaceID
  ) -> Interruption {
    switch interruption {
    case .unset: return interruption
    case .noValue(let variable):
      return .failed(noValue(variable).claim(place))
    case .failed(let problem):
      if problem.isAttributeFailure { return interruption }
      problem.isAttributeFailure = true
      if problem.place.isPresent, problem.place != place {
        problem.labels.append((problem.place, "the value comes from here"))
      }
      problem.place = place
      if variables[id].object.isPresent {
        let object = variables[id].object
        problem.notes.append("while setting \(describe(variable: id))")
        _ = problem.label(objects[object].place, "the instance is constructed here")
      }
      return interruption
    }
  }

  func noValue(_ id: VariableID) -> Problem {
    Problem(
      .optionalWithoutValue, "optional relation \(describe(variable: id)) has no value",
      help: "test it first with `is defined`")
  }
}
