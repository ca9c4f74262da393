extension Engine {
  /// Evaluates an expression whose requirements have their values.
  mutating func evaluate(
    _ id: ExpressionID, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> Datum {
    let code = program.expressions[id]
    switch code.kind {
    case .constant: return program.constants[Int(code.first)]
    case .globalVariable, .localVariable, .memberVariable, .attribute, .comprehension, .call,
      .indexLookup, .isDefined, .and, .or, .conditional:
      return try read(VariableID(raw: slots[Int(base + code.low)]))
    case .unresolved: throw .failed(variableNotFound(StringID(raw: code.first), at: code.place))
    case .constraintName:
      throw .failed(
        Problem(.constraintContext, "this is possible in a type constraint only", at: code.place))
    case .selfObject: return .instance(scopes[self.scope(code.first, above: scope)].object)
    case .constructedObject:
      return .instance(constructedObject(ConstructorID(raw: code.first), in: scope))
    case .list: return try evaluateList(code, base: base, in: scope)
    case .dictionary:
      var pairs: [(StringID, Datum)] = []
      for index in 0..<code.second {
        let key = StringID(raw: program.operands[Int(code.first + 2 * index)])
        let value = ExpressionID(raw: program.operands[Int(code.first + 2 * index + 1)])
        pairs.append((key, try evaluate(value, base: base, in: scope)))
      }
      let result = program.heap.dictionary(pairs)
      try checkNesting(at: code.place)
      return .dictionary(result)
    case .construct:
      return try construct(ConstructorID(raw: code.first), base: base, in: scope)
    case .lookup:
      let map = try evaluate(code.firstOperand, base: base, in: scope)
      if map.isUnknown { return program.heap.unknown() }
      let key = try evaluate(code.secondOperand, base: base, in: scope)
      return try lookUp(key, in: map, at: code.place)
    case .not:
      return try negate(try evaluate(code.firstOperand, base: base, in: scope), at: code.place)
    case .regex:
      let value = try evaluate(code.firstOperand, base: base, in: scope)
      return try match(value, code)
    case .interpolation: return try interpolate(code, base: base, in: scope)
    case .format: return try format(code, base: base, in: scope)
    default:
      let left = try evaluate(code.firstOperand, base: base, in: scope)
      let right = try evaluate(code.secondOperand, base: base, in: scope)
      return try apply(code.kind, left, right, at: code.place)
    }
  }

  private func constructedObject(_ constructor: ConstructorID, in scope: ScopeID) -> ObjectID {
    var current = scope
    while current.isPresent {
      if scopes[current].constructor == constructor { return scopes[current].object }
      current = scopes[current].parent
    }
    preconditionFailure("a value refers to a constructor that is not around it")
  }

  private mutating func evaluateList(
    _ code: ExpressionCode, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> Datum {
    let slot = slots[Int(base + code.low)]
    // A list that a gradual consumer reads was collected on the way.
    if slot >= 0 { return try read(VariableID(raw: slot)) }
    var values: [Datum] = []
    values.reserveCapacity(Int(code.second))
    for index in 0..<code.second {
      let item = ExpressionID(raw: program.operands[Int(code.first + index)])
      let value = try evaluate(item, base: base, in: scope)
      if case .list(let inner) = value {
        values.append(contentsOf: program.heap.elements(inner))
      } else {
        values.append(value)
      }
    }
    let result = program.heap.list(values)
    try checkNesting(at: code.place)
    return .list(result)
  }

  /// Values that stand in each other too deep are refused where they are made.
  func checkNesting(at place: PlaceID) throws(Interruption) {
    guard program.heap.nestingDepth > limits.valueNestingMax else { return }
    throw .failed(
      Problem(
        .nestingLimit,
        "dictionaries and lists stand in each other deeper than \(limits.valueNestingMax)",
        at: place, help: "look for a dictionary that is put into itself again and again"))
  }

  mutating func lookUp(
    _ key: Datum, in map: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    guard case .dictionary(let dictionary) = map else {
      throw .failed(
        Problem(
          .operandType, "a lookup needs a dictionary, not \(describe(map))", at: place))
    }
    if key.isUnknown { return program.heap.unknown() }
    guard case .string(let name) = key else {
      throw .failed(
        Problem(.operandType, "keys of dictionaries are strings, not \(describe(key))", at: place))
    }
    if let value = program.heap.lookUp(name, in: dictionary) { return value }
    let keys = program.heap.pairs(dictionary).map { program.name($0.key) }
    throw .failed(
      Problem(.keyNotFound, "the dictionary has no key `\(program.name(name))`", at: place)
        .note("its keys: \(keys.prefix(20).joined(separator: ", "))"))
  }

  /// The pairs of a `**` argument.
  mutating func pairs(
    of expression: ExpressionID, base: Int32, in scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> [(name: StringID, value: Datum)] {
    let value = try evaluate(expression, base: base, in: scope)
    guard case .dictionary(let dictionary) = value else {
      throw .failed(
        Problem(
          .operandType, "`**` unpacks dictionaries, not \(describe(value))",
          at: program.unpackPlaces[expression] ?? place))
    }
    return program.heap.pairs(dictionary).map { (name: $0.key, value: $0.value) }
  }

  mutating func match(_ value: Datum, _ code: ExpressionCode) throws(Interruption) -> Datum {
    if value.isUnknown { return program.heap.unknown() }
    guard case .string(let text) = value else {
      throw .failed(
        Problem(
          .operandType,
          "only strings are matched with a regular expression, not "
            + describe(value), at: code.place))
    }
    do {
      let expression = program.regexes[Int(code.second)].expression
      return .bool(try expression.matchesAtStart(program.heap.strings.sharedString(text)))
    } catch {
      throw .failed(
        Problem(
          .regexLimit,
          "the regular expression takes more than \(error.stepsMax) steps on this text",
          at: code.place))
    }
  }
}
