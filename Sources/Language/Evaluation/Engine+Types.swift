extension Engine {
  // MARK: Checks

  /// Checks that a value fits a type.
  mutating func check(_ value: Datum, against type: TypeID) throws(Interruption) {
    if value.isUnknown { return }
    if case .reference(let id) = value {
      try check(id, against: type)
      return
    }
    switch program.types[type] {
    case .any: return
    case .string:
      if case .string = value { return }
    case .int:
      switch value {
      case .integer, .bigInteger, .bool: return
      default: break
      }
    case .float:
      if case .float = value { return }
    case .number:
      if program.heap.number(value) != nil { return }
    case .bool:
      if case .bool = value { return }
    case .list:
      if case .list = value, isLiteral(value) { return }
    case .dictionary:
      if case .dictionary = value, isLiteral(value) { return }
    case .listOf(let element):
      if case .list(let list) = value {
        for index in 0..<program.heap.count(list) {
          try check(program.heap.element(list, index), against: element)
        }
        return
      }
    case .nullable(let inner):
      if value == .null { return }
      try check(value, against: inner)
      return
    case .constrained(let constraint):
      try check(value, against: constraint.base)
      try checkConstraint(value, type, constraint)
      return
    case .entity(let entity):
      try checkInstance(value, of: entity)
      return
    }
    throw .failed(
      Problem(
        .typeMismatch, "\(describe(value)) is not a value of type `\(describe(type: type))`"))
  }

  private func checkInstance(_ value: Datum, of entity: EntityID) throws(Interruption) {
    guard case .instance(let object) = value else {
      throw .failed(
        Problem(
          .typeMismatch,
          "\(describe(value)) is not an instance of `\(program.entities[entity].name)`"))
    }
    let actual = objects[object].entity
    if actual == entity || entity == program.wellKnown.entity { return }
    if program.entities[actual].isKind(of: entity) { return }
    throw .failed(
      Problem(
        .typeMismatch,
        "\(describe(value)) is not an instance of `\(program.entities[entity].name)`"
      ).label(objects[object].place, "the instance is constructed here"))
  }

  /// Whether a value has no instance inside.
  private func isLiteral(_ value: Datum) -> Bool {
    switch value {
    case .instance: return false
    case .list(let list): return program.heap.elements(list).allSatisfy { isLiteral($0) }
    case .dictionary(let dictionary):
      return (0..<program.heap.count(dictionary)).allSatisfy {
        isLiteral(program.heap.pair(dictionary, $0).value)
      }
    default: return true
    }
  }

  private mutating func checkConstraint(
    _ value: Datum, _ type: TypeID, _ constraint: ConstraintCode
  ) throws(Interruption) {
    let key = ConstraintResult(type: type, value: value)
    if constraintResults.contains(key) { return }
    let result = try evaluateConstraint(
      constraint.constraint, [(program.wellKnown.selfName, value)])
    if isTrue(result) {
      constraintResults.insert(key)
      return
    }
    throw .failed(
      Problem(
        .constraintViolation,
        "\(describe(value)) is not a `\(constraint.name)`: it does not fulfil "
          + "`\(constraint.text)`", at: constraint.place))
  }

  // MARK: Constraint expressions

  /// Evaluates an expression at once, without waiting; names are those of `bindings`.
  mutating func evaluateConstraint(
    _ id: ExpressionID, _ bindings: [(StringID, Datum)]
  ) throws(Interruption) -> Datum {
    let code = program.expressions[id]
    switch code.kind {
    case .constant: return program.constants[Int(code.first)]
    case .constraintName:
      let name = StringID(raw: code.first)
      if let binding = bindings.last(where: { $0.0 == name }) { return binding.1 }
      throw .failed(
        Problem(
          .constraintContext,
          "a type constraint cannot use the variable `\(program.name(name))`", at: code.place))
    case .list, .dictionary: return try constraintCollection(code, bindings)
    case .not:
      return try negate(try evaluateConstraint(code.firstOperand, bindings), at: code.place)
    case .and, .or: return try constraintLogical(code, bindings)
    case .conditional:
      let condition = try evaluateConstraint(code.firstOperand, bindings)
      if condition.isUnknown { return program.heap.unknown() }
      guard case .bool(let holds) = condition else {
        throw .failed(
          Problem(
            .conditionNotBoolean,
            "the condition of `?` must be a boolean, not \(describe(condition))", at: code.place))
      }
      return try evaluateConstraint(holds ? code.secondOperand : code.thirdOperand, bindings)
    case .comprehension: return try constraintComprehension(code, bindings)
    case .regex: return try match(try evaluateConstraint(code.firstOperand, bindings), code)
    case .call: return try constraintCall(code, bindings)
    case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual, .add, .subtract,
      .multiply, .divide, .remainder, .power, .contains:
      let left = try evaluateConstraint(code.firstOperand, bindings)
      let right = try evaluateConstraint(code.secondOperand, bindings)
      return try apply(code.kind, left, right, at: code.place)
    default:
      throw .failed(
        Problem(
          .constraintContext, "a type constraint cannot contain this expression", at: code.place))
    }
  }

  private mutating func constraintCollection(
    _ code: ExpressionCode, _ bindings: [(StringID, Datum)]
  ) throws(Interruption) -> Datum {
    if code.kind == .dictionary {
      var pairs: [(StringID, Datum)] = []
      for index in 0..<code.second {
        let key = StringID(raw: program.operands[Int(code.first + 2 * index)])
        let value = ExpressionID(raw: program.operands[Int(code.first + 2 * index + 1)])
        pairs.append((key, try evaluateConstraint(value, bindings)))
      }
      return .dictionary(program.heap.dictionary(pairs))
    }
    var values: [Datum] = []
    for index in 0..<code.second {
      let item = ExpressionID(raw: program.operands[Int(code.first + index)])
      switch try evaluateConstraint(item, bindings) {
      case .list(let list): values.append(contentsOf: program.heap.elements(list))
      case let value: values.append(value)
      }
    }
    return .list(program.heap.list(values))
  }

  private mutating func constraintLogical(
    _ code: ExpressionCode, _ bindings: [(StringID, Datum)]
  ) throws(Interruption) -> Datum {
    let left = try evaluateConstraint(code.firstOperand, bindings)
    guard case .bool(let flag) = left else {
      throw .failed(
        Problem(
          .operandNotBoolean, "the left side must be a boolean, not \(describe(left))",
          at: code.place))
    }
    if flag == (code.kind == .or) { return left }
    let right = try evaluateConstraint(code.secondOperand, bindings)
    guard case .bool = right else {
      throw .failed(
        Problem(
          .operandNotBoolean, "the right side must be a boolean, not \(describe(right))",
          at: code.place))
    }
    return right
  }

  private mutating func constraintComprehension(
    _ code: ExpressionCode, _ bindings: [(StringID, Datum)]
  ) throws(Interruption) -> Datum {
    let comprehension = program.comprehensions[Int(code.first)]
    let iterable = try evaluateConstraint(comprehension.iterable, bindings)
    if iterable.isUnknown { return program.heap.unknown() }
    guard case .list(let list) = iterable else {
      throw .failed(
        Problem(
          .notIterable, "a comprehension runs over lists, not \(describe(iterable))",
          at: code.place))
    }
    var values: [Datum] = []
    for index in 0..<program.heap.count(list) {
      let inner = bindings + [(comprehension.variable, program.heap.element(list, index))]
      if comprehension.guardExpression.isPresent {
        let holds = try evaluateConstraint(comprehension.guardExpression, inner)
        guard case .bool(let flag) = holds else {
          throw .failed(
            Problem(
              .conditionNotBoolean,
              "the guard of a comprehension must be a boolean, not \(describe(holds))",
              at: code.place))
        }
        if !flag { continue }
      }
      values.append(try evaluateConstraint(comprehension.value, inner))
    }
    return .list(program.heap.list(values))
  }

  private mutating func constraintCall(
    _ code: ExpressionCode, _ bindings: [(StringID, Datum)]
  ) throws(Interruption) -> Datum {
    let call = program.calls[Int(code.first)]
    var arguments = CallArguments()
    for argument in call.positional {
      arguments.positional.append(try evaluateConstraint(argument, bindings))
    }
    for (name, argument) in call.keywords {
      arguments.keywords.append((name, try evaluateConstraint(argument, bindings)))
    }
    for dictionary in call.unpacked {
      let value = try evaluateConstraint(dictionary, bindings)
      guard case .dictionary(let id) = value else {
        throw .failed(
          Problem(
            .operandType, "`**` unpacks dictionaries, not \(describe(value))", at: code.place))
      }
      arguments.keywords += program.heap.pairs(id).map { (name: $0.key, value: $0.value) }
    }
    return try invoke(call, arguments, scope: .absent, at: code.place)
  }

  // MARK: Casts

  /// Converts a value to a primitive type as the cast of that name does.
  mutating func cast(
    _ value: Datum, to type: TypeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    if value.isUnknown { return value }
    if case .reference = value { throw unexpectedReference(value, "in a cast", at: place) }
    switch program.types[type] {
    case .string: return .string(program.heap.strings.intern(castString(value)))
    case .bool: return .bool(isTrue(value))
    case .int, .float, .number:
      if let result = castNumber(value, to: program.types[type]) { return result }
      throw .failed(
        Problem(
          .castFailed, "\(describe(value)) cannot become `\(describe(type: type))`", at: place))
    default:
      throw .failed(
        Problem(.notCallable, "`\(describe(type: type))` is no function", at: place))
    }
  }

  func isTrue(_ value: Datum) -> Bool {
    switch value {
    case .null, .filtered: false
    case .bool(let flag): flag
    case .integer(let number): number != 0
    case .bigInteger: true
    case .float(let number): number != 0
    case .string(let text): program.heap.strings.byteCount(text) > 0
    case .list(let list): program.heap.count(list) > 0
    case .dictionary(let dictionary): program.heap.count(dictionary) > 0
    case .instance, .unknown, .reference: true
    }
  }

  private func castString(_ value: Datum) -> String {
    switch value {
    case .bool(let flag): flag ? "true" : "false"
    case .null: "null"
    default: text(value)
    }
  }

  private mutating func castNumber(_ value: Datum, to type: TypeCode) -> Datum? {
    switch value {
    case .bool(let flag):
      if case .float = type { return .float(flag ? 1 : 0) }
      return .integer(flag ? 1 : 0)
    case .integer, .bigInteger:
      guard case .float = type else { return value }
      return program.heap.number(value)?.double.map { .float($0) }
    case .float(let number):
      guard case .int = type else { return value }
      guard number.isFinite else { return nil }
      return program.heap.integer(BigInteger(truncating: number))
    case .string(let id):
      let text = PythonText.trimmed(program.heap.strings.string(id))
      switch type {
      case .int: return PythonText.integer(text).map { program.heap.integer($0) }
      case .float: return PythonText.float(text).map { .float($0) }
      default:
        return PythonText.float(text).map { .float($0) }
      }
    default: return nil
    }
  }
}

/// A type constraint that a value is known to fulfil.
struct ConstraintResult: Hashable {
  var type: TypeID
  var value: Datum
}
