internal import Diagnostics

extension ModelBuilder {
  // MARK: Units

  /// Flattens an expression that is evaluated as a whole by one waiter.
  mutating func lowerUnit(
    _ expression: Expression, receiver: Receiver = .none
  ) throws(Interruption) -> ExpressionID {
    let outer = nextSlot
    nextSlot = 0
    defer { nextSlot = outer }
    return try lower(expression, receiver: receiver)
  }

  private mutating func add(
    _ kind: ExpressionCode.Kind, _ first: Int32 = -1, _ second: Int32 = -1, _ third: Int32 = -1,
    low: Int32, at place: PlaceID
  ) -> ExpressionID {
    program.expressions.append(
      ExpressionCode(
        kind: kind, first: first, second: second, third: third, low: low, high: nextSlot,
        place: place))
  }

  mutating func addConstant(_ value: Datum, at place: PlaceID) -> ExpressionID {
    program.constants.append(value)
    return add(.constant, Int32(program.constants.count - 1), low: nextSlot, at: place)
  }

  /// Flattens an expression that is read for what stands at a place.
  mutating func lowerUnit(
    _ expression: Expression, receiver: Receiver = .none, reader: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let outer = self.reader
    self.reader = reader
    defer { self.reader = outer }
    return try lowerUnit(expression, receiver: receiver)
  }

  // MARK: Expressions

  /// Flattens an expression as a part of the current unit.
  mutating func lower(
    _ expression: Expression, receiver: Receiver = .none
  ) throws(Interruption) -> ExpressionID {
    let place = place(expression.span)
    let outer = reader
    defer { reader = outer }
    if let reading = expression.readingSpan, !receiver.takesApart(expression) {
      reader = reading == expression.span ? place : self.place(reading)
    }
    return try lower(expression, receiver, at: place)
  }

  private mutating func lower(
    _ expression: Expression, _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    switch expression.kind {
    case .integer, .bigInteger, .float, .string, .boolean, .null:
      return addConstant(constant(expression) ?? .null, at: place)
    case .variable(let name):
      return program.expressions.append(try lowerVariable(name))
    case .attribute(let owner, let name):
      nextSlot += 1
      let owner = try lowerOwner(owner, at: place)
      return add(.attribute, owner.raw, symbol(name.name).raw, low: low, at: place)
    case .list(let items):
      nextSlot += 1
      var operands: [Int32] = []
      for item in items { operands.append(try lower(item, receiver: receiver).raw) }
      let first = Int32(program.operands.count)
      program.operands += operands
      return add(.list, first, Int32(items.count), low: low, at: place)
    case .dictionary(let entries): return try lowerDictionary(entries, low, at: place)
    case .comprehension(let comprehension):
      return try lowerComprehension(comprehension[...], receiver, at: place)
    case .call(let function, let arguments):
      return try lowerCall(function, arguments, at: self.place(function.span))
    case .constructor(let type, let arguments):
      return try lowerConstructor(type, arguments, receiver, at: place)
    case .indexLookup(let type, let arguments):
      return try lowerIndexLookup(
        entity: try findEntity(type), root: nil, arguments, at: place)
    case .shortIndexLookup(let relation, let arguments):
      return try lowerIndexLookup(entity: .absent, root: relation, arguments, at: place)
    case .lookup(let map, let key):
      let map = try lower(map)
      let key = try lower(key)
      return add(.lookup, map.raw, key.raw, low: low, at: place)
    case .isDefined(let operand):
      return try lowerIsDefined(operand, low, expression.span, at: place)
    case .not(let operand):
      let operand = try lower(operand)
      return add(.not, operand.raw, low: low, at: place)
    case .binary(let op, let left, let right): return try lowerBinary(op, left, right, at: place)
    case .conditional(let condition, let then, let otherwise):
      nextSlot += 1
      let condition = try lowerUnit(condition)
      let then = try lowerUnit(then, receiver: receiver, reader: .absent)
      let otherwise = try lowerUnit(otherwise, receiver: receiver, reader: .absent)
      let at = program.expressions[condition].place
      return add(.conditional, condition.raw, then.raw, otherwise.raw, low: low, at: at)
    case .interpolation(let string): return try lowerInterpolation(string, at: place)
    case .format(let format): return try lowerFormat(format, at: place)
    case .regex(let literal):
      let name = QualifiedName(name: selfName(), span: expression.span)
      let operand = program.expressions.append(try lowerVariable(name))
      program.regexes.append(literal)
      return add(
        .regex, operand.raw, Int32(program.regexes.count - 1), low: low, at: place)
    }
  }

  /// Flattens what stands before a dot; an unknown namespace is reported at the last dot of a path.
  mutating func lowerOwner(
    _ owner: Expression, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    do {
      return try lowerUnit(owner)
    } catch {
      guard case .failed(let problem) = error, problem.code == .namespaceNotFound else {
        throw error
      }
      problem.place = place
      throw error
    }
  }

  /// Flattens `**` arguments; what is wrong with the dictionary is reported at the `**`.
  mutating func lowerUnpacked(
    _ arguments: [Argument]
  ) throws(Interruption) -> [ExpressionID] {
    var result: [ExpressionID] = []
    for argument in arguments {
      guard let unpacking = argument.unpacking else { continue }
      let expression = try lower(argument.value)
      program.unpackPlaces[expression] = place(unpacking)
      result.append(expression)
    }
    return result
  }

  /// The name `self` in the current file, even if the file never writes it.
  private mutating func selfName() -> Name {
    let name = namespaces[current].file.names.intern("self")
    if Int(name.index) == namespaces[current].symbols.count {
      namespaces[current].symbols.append(program.wellKnown.selfName)
    }
    return name
  }

  private mutating func lowerDictionary(
    _ entries: [DictionaryEntry], _ low: Int32, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    var operands: [Int32] = []
    var seen: [String: SourceSpan] = [:]
    for entry in entries {
      if let first = seen[entry.key] {
        throw .failed(
          Problem(
            .duplicateKey, "key `\(entry.key)` is given twice in a dictionary",
            at: self.place(entry.keySpan)
          ).label(self.place(first), "the first one"))
      }
      seen[entry.key] = entry.keySpan
      operands.append(intern(entry.key).raw)
      operands.append(try lower(entry.value).raw)
    }
    let first = Int32(program.operands.count)
    program.operands += operands
    return add(.dictionary, first, Int32(entries.count), low: low, at: place)
  }

  private mutating func lowerBinary(
    _ op: BinaryOperator, _ left: Expression, _ right: Expression, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    if op == .and || op == .or {
      nextSlot += 1
      let left = try lowerUnit(left)
      let right = try lowerUnit(right, reader: .absent)
      return add(op.code, left.raw, right.raw, low: low, at: place)
    }
    let left = try lower(left)
    let right = try lower(right)
    return add(op.code, left.raw, right.raw, low: low, at: place)
  }

  private mutating func lowerIsDefined(
    _ operand: Expression, _ low: Int32, _ span: SourceSpan, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    switch operand.kind {
    case .attribute(let owner, let name):
      nextSlot += 1
      let owner = try lowerUnit(owner)
      return add(.isDefined, owner.raw, symbol(name.name).raw, low: low, at: place)
    case .lookup(let map, let key):
      // key in map and map[key] != null and map[key] != []
      func binary(_ op: BinaryOperator, _ left: Expression, _ right: Expression) -> Expression {
        Expression(.binary(op, left, right), span: span)
      }
      let isKey = binary(.in, key, map)
      let isNotNull = binary(.notEqual, operand, Expression(.null, span: span))
      let isNotEmpty = binary(.notEqual, operand, Expression(.list([]), span: span))
      return try lower(binary(.and, binary(.and, isKey, isNotNull), isNotEmpty))
    default:
      nextSlot += 1
      let variable = try lowerUnit(operand)
      return add(.isDefined, -1, variable.raw, low: low, at: place)
    }
  }

  /// Flattens the loops from the outermost one on; the inner ones are the value of the outer one.
  private mutating func lowerComprehension(
    _ comprehension: ComprehensionSlice, _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    nextSlot += 1
    guard let loop = comprehension.loops.first else {
      throw .failed(Problem(.notIterable, "a comprehension needs a loop", at: place))
    }
    let iterable = try lowerUnit(loop.iterable)
    let variable = symbol(loop.variable.name)
    scopes.append(LexicalScope(names: [variable: 0]))
    defer { scopes.removeLast() }
    var condition = ExpressionID.absent
    let value: ExpressionID
    if comprehension.loops.count > 1 {
      let outer = nextSlot
      nextSlot = 0
      defer { nextSlot = outer }
      value = try lowerComprehension(comprehension.inner, receiver, at: place)
    } else {
      value = try lowerUnit(comprehension.value, receiver: receiver, reader: .absent)
      if let first = comprehension.guards.first {
        let combined = comprehension.guards.dropFirst().reduce(first) { left, right in
          Expression(.binary(.and, left, right), span: right.span)
        }
        condition = try lowerUnit(combined, reader: .absent)
      }
    }
    program.comprehensions.append(
      ComprehensionCode(
        variable: variable, iterable: iterable, value: value, guardExpression: condition))
    return add(
      .comprehension, Int32(program.comprehensions.count - 1), low: low, at: place)
  }

  // MARK: Calls and lookups

  private mutating func lowerCall(
    _ function: QualifiedName, _ arguments: [Argument], at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    nextSlot += 1
    let target: CallCode.Target
    switch try findFunction(function) {
    case .function(let id): target = .function(id)
    case .type(let type) where isCast(type): target = .cast(type)
    default:
      throw .failed(
        Problem(
          .notCallable,
          "`\(text(function))` cannot be called: it is no function and no "
            + "primitive type", at: place))
    }
    let outer = nextSlot
    nextSlot = 0
    defer { nextSlot = outer }
    var code = CallCode(
      target: target, name: text(function), positional: [], keywords: [], unpacked: [],
      slotCount: 0)
    for argument in arguments where argument.name == nil && !argument.isUnpacked {
      code.positional.append(try lower(argument.value))
    }
    for argument in arguments {
      guard let name = argument.name else { continue }
      code.keywords.append((symbol(name.name), try lower(argument.value)))
    }
    code.unpacked = try lowerUnpacked(arguments)
    code.slotCount = nextSlot
    program.calls.append(code)
    nextSlot = outer
    return add(.call, Int32(program.calls.count - 1), low: low, at: place)
  }

  /// Whether a type is a primitive one that converts values; `list` and `dict` do not.
  private func isCast(_ type: TypeID) -> Bool {
    switch program.types[type] {
    case .string, .int, .float, .number, .bool: true
    default: false
    }
  }

  private mutating func findFunction(
    _ name: QualifiedName
  ) throws(Interruption) -> Definition {
    do {
      return try find(name)
    } catch {
      guard case .failed(let problem) = error, problem.code == .unknownType else { throw error }
      let failures = try loadFunctions(for: name)
      if let found = try? find(name) { return found }
      let unknown = Problem(
        .unknownFunction, "function `\(text(name))` is not defined", at: place(name.span),
        help: problem.help)
      let missing = failures.first { !$0.missingPackage.isEmpty }
      if let missing { throw .failed(missingPackage(missing, for: name)) }
      for failure in failures {
        _ = unknown.note("code of its module cannot be loaded: \(failure.message)").note(failure)
      }
      throw .failed(unknown)
    }
  }

  private mutating func lowerIndexLookup(
    entity: EntityID, root: Expression?, _ arguments: [Argument], at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    nextSlot += 1
    let outer = nextSlot
    nextSlot = 0
    defer { nextSlot = outer }
    var code = IndexLookupCode(
      entity: entity, root: .absent, relation: .absent, query: [], unpacked: [], slotCount: 0)
    for argument in arguments {
      guard let name = argument.name else { continue }
      code.query.append((symbol(name.name), try lower(argument.value)))
    }
    if let root, case .attribute(let owner, let name) = root.kind {
      code.root = try lower(owner)
      code.relation = symbol(name.name)
    }
    code.unpacked = try lowerUnpacked(arguments)
    code.slotCount = nextSlot
    program.indexLookups.append(code)
    nextSlot = outer
    return add(.indexLookup, Int32(program.indexLookups.count - 1), low: low, at: place)
  }

  // MARK: Strings

  private mutating func lowerInterpolation(
    _ string: InterpolatedString, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    var parts: [InterpolationCode.Part] = []
    for part in string.parts {
      switch part {
      case .literal(let text): parts.append(.literal(intern(text)))
      case .placeholder(let text, let value):
        parts.append(.value(text: intern(text), try lower(value)))
      }
    }
    program.interpolations.append(InterpolationCode(parts: parts))
    return add(
      .interpolation, Int32(program.interpolations.count - 1), low: low, at: place)
  }

  private mutating func lowerFormat(
    _ format: FormatString, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    var code = FormatCode(format: format, fields: [], order: [])
    try lowerFields(format.parts, into: &code)
    code.fields.sort { $0.name < $1.name }
    program.formats.append(code)
    return add(.format, Int32(program.formats.count - 1), low: low, at: place)
  }

  private mutating func lowerFields(
    _ parts: [FormatString.Part], into code: inout FormatCode
  ) throws(Interruption) {
    for part in parts {
      guard case .field(let field) = part else { continue }
      if let value = field.value, !code.fields.contains(where: { $0.name == field.name }) {
        let expression = try lower(value)
        code.fields.append((field.name, expression))
        code.order.append(expression)
      }
      try lowerFields(field.specification, into: &code)
    }
  }

  // MARK: Constants

  /// The value of an expression that is written out completely; nil for any other.
  mutating func constant(_ expression: Expression) -> Datum? {
    switch expression.kind {
    case .integer(let value): return .integer(value)
    case .bigInteger(let digits):
      return BigInteger(decimal: digits).map { program.heap.integer($0) }
    case .float(let value): return .float(value)
    case .string(let text): return .string(intern(text))
    case .boolean(let flag): return .bool(flag)
    case .null: return .null
    case .list(let items):
      var values: [Datum] = []
      for item in items {
        guard let value = constant(item) else { return nil }
        if case .list(let inner) = value {
          values += program.heap.elements(inner)
        } else {
          values.append(value)
        }
      }
      return .list(program.heap.list(values))
    case .dictionary(let entries):
      var pairs: [(StringID, Datum)] = []
      for entry in entries {
        guard let value = constant(entry.value) else { return nil }
        pairs.append((intern(entry.key), value))
      }
      guard Set(pairs.map(\.0)).count == pairs.count else { return nil }
      return .dictionary(program.heap.dictionary(pairs))
    default: return nil
    }
  }
}

extension BinaryOperator {
  /// What the engine runs for it.
  fileprivate var code: ExpressionCode.Kind {
    switch self {
    case .or: .or
    case .and: .and
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .greater: .greater
    case .lessOrEqual: .lessOrEqual
    case .greaterOrEqual: .greaterOrEqual
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .remainder: .remainder
    case .power: .power
    case .in: .contains
    }
  }
}

/// The loops of a comprehension from one of them on.
struct ComprehensionSlice {
  var value: Expression
  var loops: ArraySlice<Comprehension.Loop>
  var guards: [Expression]

  var inner: ComprehensionSlice {
    ComprehensionSlice(value: value, loops: loops.dropFirst(), guards: guards)
  }
}

extension Comprehension {
  /// All loops.
  subscript(_: UnboundedRange) -> ComprehensionSlice {
    ComprehensionSlice(value: value, loops: loops[...], guards: guards)
  }
}

extension Expression {
  /// Where an operator, call, look-up or literal reports names in it that do not exist; nil for what leaves
  /// that to what is around it.
  fileprivate var readingSpan: SourceSpan? {
    switch kind {
    case .call(let function, _): function.span
    case .binary(let op, _, _): op == .and || op == .or ? nil : span
    case .list, .dictionary, .indexLookup, .shortIndexLookup, .lookup, .not, .interpolation,
      .format:
      span
    default: nil
    }
  }
}
