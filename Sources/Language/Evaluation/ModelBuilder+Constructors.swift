internal import Diagnostics

extension ModelBuilder {
  mutating func lowerConstructor(
    _ type: QualifiedName, _ arguments: [Argument], _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    let entity = try constructorEntity(type, receiver, at: place)
    var code = ConstructorCode(entity: entity, place: place)
    let id = program.constructors.append(code)
    let given = try openKeywords(of: arguments, entity)
    defer { while keywords.count > given.lowerBound { keywords.removeLast() } }
    let plan = program.entities[entity].plan
    var extras = ConstructorExtras()
    for (name, slot) in plan.required where keyword(for: slot, among: given) == nil {
      extras.missing.append(name)
    }
    let hasUnpacked = given.count < arguments.count
    if hasUnpacked { extras.names = keywords[given].map(\.name) }
    try resolveMissing(extras.missing, code, receiver, hasUnpacked: hasUnpacked)
    try lowerAttributes(&code, id, given, of: arguments, plan)
    if hasUnpacked { extras.unpacked = try lowerUnpacked(arguments) }
    if !extras.missing.isEmpty { extras.receiver = try lowerReceiver(receiver) }
    if hasUnpacked || !extras.missing.isEmpty {
      // Up to here an attribute counts once for each index that needs it.
      extras.missing = extras.missing.uniqued()
      code.extras = Int32(program.constructorExtras.count)
      program.constructorExtras.append(extras)
    }
    code.isReferred = program.constructors[id].isReferred
    program.constructors[id] = code
    return program.expressions.append(
      ExpressionCode(
        kind: .construct, first: id.raw, low: low, high: nextSlot, place: place))
  }

  // MARK: Keywords

  /// Puts the keywords of a constructor on the stack of `keywords`; returns where they are.
  private mutating func openKeywords(
    of arguments: [Argument], _ entity: EntityID
  ) throws(Interruption) -> Range<Int> {
    let start = keywords.count
    for index in arguments.indices {
      guard let name = arguments[index].name else { continue }
      let keyword = symbol(name.name)
      guard let slot = program.entities[entity].slot(of: keyword) else {
        keywords.removeLast(keywords.count - start)
        throw .failed(unknownAttribute(keyword, of: entity, at: name.span))
      }
      keywords.append(
        ConstructorKeyword(name: keyword, slot: Int32(slot), argument: Int32(index)))
    }
    return start..<keywords.count
  }

  private mutating func unknownAttribute(
    _ name: StringID, of entity: EntityID, at span: SourceSpan
  ) -> Problem {
    let code = program.entities[entity]
    let known = code.attributes.map { program.name($0.name) }
    return Problem(
      .unknownAttribute, "`\(code.name)` has no attribute `\(program.name(name))`",
      at: place(span),
      help: Suggestion.closest(to: program.name(name), among: known)
        .map { "did you mean `\($0)`?" }
    ).label(code.place, "`\(code.name)` is defined here")
  }

  /// The keyword that gives an attribute.
  private func keyword(for slot: Int, among given: Range<Int>) -> ConstructorKeyword? {
    for index in given where keywords[index].slot == slot { return keywords[index] }
    return nil
  }

  /// Index attributes that are not written out may come from `**` or from the left side.
  private func resolveMissing(
    _ missing: [StringID], _ code: ConstructorCode, _ receiver: Receiver, hasUnpacked: Bool
  ) throws(Interruption) {
    guard !missing.isEmpty, !hasUnpacked else { return }
    var hasReceiver = true
    if case .none = receiver { hasReceiver = false }
    guard !hasReceiver || missing.count > 1 else { return }
    throw .failed(program.missingIndexAttributes(missing, entity: code.entity, at: code.place))
  }

  private mutating func lowerReceiver(
    _ receiver: Receiver
  ) throws(Interruption) -> ConstructorCode.Receiver? {
    switch receiver {
    case .none: return nil
    case .assignment(let owner, let attribute):
      return ConstructorCode.Receiver(object: try lower(owner), attribute: attribute)
    case .constructor(let id, let attribute, _):
      program.constructors[id].isReferred = true
      let code = ExpressionCode(
        kind: .constructedObject, first: id.raw, low: nextSlot, high: nextSlot,
        place: program.constructors[id].place)
      return ConstructorCode.Receiver(
        object: program.expressions.append(code), attribute: attribute)
    }
  }

  private mutating func lowerAttributes(
    _ code: inout ConstructorCode, _ id: ConstructorID, _ given: Range<Int>,
    of arguments: [Argument], _ plan: ConstructorPlan
  ) throws(Interruption) {
    for index in given {
      let keyword = keywords[index]
      let value = arguments[Int(keyword.argument)].value
      keywords[index].value = try lowerAttribute(
        keyword, value, of: id, code.entity, isIndexed: plan.isIndexed[Int(keyword.slot)])
    }
    // The values are lowered: from here on the assignments are in a row.
    let start = Int32(program.assignments.count)
    addAssignments(of: code.entity, given, plan, plan.indexedDefaults, isIndexed: true)
    let middle = Int32(program.assignments.count)
    addAssignments(of: code.entity, given, plan, plan.otherDefaults, isIndexed: false)
    code.direct = start..<middle
    code.deferred = middle..<Int32(program.assignments.count)
  }

  /// Adds the attributes that indexes need, or the others: first those with defaults.
  private mutating func addAssignments(
    of entity: EntityID, _ given: Range<Int>, _ plan: ConstructorPlan,
    _ defaults: [ConstructorPlan.Default], isIndexed: Bool
  ) {
    for (name, slot, value) in defaults {
      let keyword = keyword(for: slot, among: given)
      addAssignment(of: keyword?.value ?? value, name, slot, entity)
    }
    for index in given {
      let keyword = keywords[index]
      let slot = Int(keyword.slot)
      guard plan.isIndexed[slot] == isIndexed, !plan.hasDefault[slot] else { continue }
      addAssignment(of: keyword.value, keyword.name, slot, entity)
    }
  }

  private mutating func addAssignment(
    of value: ExpressionID, _ name: StringID, _ slot: Int, _ entity: EntityID
  ) {
    let kind = program.entities[entity].attributes[slot].kind
    let type = program.entities[entity].attributes[slot].type
    program.assignments.append(
      ConstructorCode.Assignment(
        name: name, slot: Int32(slot), value: value,
        isCheckedConstant: kind == .plain && fits(value, type)))
  }

  private mutating func lowerAttribute(
    _ keyword: ConstructorKeyword, _ value: Expression, of id: ConstructorID,
    _ entity: EntityID, isIndexed: Bool
  ) throws(Interruption) -> ExpressionID {
    if isIndexed { return try lower(value) }
    let slot = Int(keyword.slot)
    let kind = program.entities[entity].attributes[slot].kind
    if kind == .plain, let constant = constant(value) {
      let place = place(value.span)
      let outer = nextSlot
      nextSlot = 0
      defer { nextSlot = outer }
      return addConstant(constant, at: place)
    }
    let target = program.entities[entity].attributes[slot].target
    let receiver = Receiver.constructor(id, attribute: keyword.name, hint: target)
    return try lowerUnit(value, receiver: receiver)
  }

  /// Whether an expression is a constant that certainly fits a primitive type.
  private func fits(_ value: ExpressionID, _ type: TypeID) -> Bool {
    let code = program.expressions[value]
    guard code.kind == .constant else { return false }
    return fits(program.constants[Int(code.first)], type)
  }

  private func fits(_ value: Datum, _ type: TypeID) -> Bool {
    switch program.types[type] {
    case .string: if case .string = value { true } else { false }
    case .bool: if case .bool = value { true } else { false }
    case .int:
      switch value {
      case .integer, .bool: true
      default: false
      }
    case .float: if case .float = value { true } else { false }
    case .number:
      switch value {
      case .integer, .float: true
      default: false
      }
    case .list: if case .list = value { true } else { false }
    case .dictionary: if case .dictionary = value { true } else { false }
    case .listOf(let element):
      if case .list(let list) = value {
        program.heap.elements(list).allSatisfy { fits($0, element) }
      } else {
        false
      }
    case .nullable(let inner): value == .null || fits(value, inner)
    case .any, .constrained, .entity: false
    }
  }

  // MARK: Which entity

  /// The entity that a constructor makes; the relation that it goes to may tell a short name.
  private mutating func constructorEntity(
    _ type: QualifiedName, _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> EntityID {
    guard case .constructor(let owner, let attribute, let hint) = receiver else {
      return try findEntity(type)
    }
    guard hint.isPresent else {
      throw .failed(noRelation(attribute, of: program.constructors[owner].entity, type, at: place))
    }
    do throws(Interruption) {
      let entity = try findEntity(type)
      guard program.entities[entity].isKind(of: hint) else {
        throw Interruption.failed(
          Problem(
            .operandType,
            "an instance of `\(program.entities[entity].name)` does not fit the relation: it "
              + "takes `\(program.entities[hint].name)`", at: place))
      }
      return entity
    } catch {
      guard case .failed(let problem) = error, problem.code == .unknownType, type.isBare else {
        throw error
      }
      let candidates = candidates(named: symbol(type.name), below: hint)
      if candidates.count > 1 {
        let names = candidates.map { program.entities[$0].name }.sorted()
        throw .failed(
          Problem(
            .ambiguousType,
            "`\(text(type))` may be each of \(names.joined(separator: ", "))",
            at: self.place(type.span), help: "write the full name"))
      }
      guard let candidate = candidates.first else { throw .failed(problem) }
      return candidate
    }
  }

  private func noRelation(
    _ attribute: StringID, of entity: EntityID, _ type: QualifiedName, at place: PlaceID
  ) -> Problem {
    let code = program.entities[entity]
    let problem = Problem(
      .typeMismatch,
      "an instance of `\(text(type))` is not a value of `\(program.name(attribute))`: it is no "
        + "relation", at: place, help: "link entities with a relation")
    guard let slot = code.slot(of: attribute) else { return problem }
    return problem.label(code.attributes[slot].place, "the attribute is declared here")
  }

  private func candidates(named name: StringID, below hint: EntityID) -> [EntityID] {
    program.entities.indices.map { EntityID($0) }.filter {
      program.entities[$0].shortName == name && program.entities[$0].lineage.contains(hint)
    }
  }
}

/// A keyword of a constructor, with the place of its attribute in the instance.
struct ConstructorKeyword {
  var name: StringID
  var slot: Int32
  /// Which argument it is.
  var argument: Int32
  /// The argument's value, once it is lowered.
  var value: ExpressionID = .absent
}

extension [StringID] {
  /// The elements without repetitions, in order.
  func uniqued() -> [StringID] {
    var seen: Set<StringID> = []
    return filter { seen.insert($0).inserted }
  }
}
