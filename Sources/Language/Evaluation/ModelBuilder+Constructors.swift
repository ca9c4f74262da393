internal import Diagnostics

extension ModelBuilder {
  mutating func lowerConstructor(
    _ type: QualifiedName, _ arguments: [Argument], _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    let entity = try constructorEntity(type, receiver, at: place)
    var code = ConstructorCode(
      entity: entity, direct: [], deferred: [], unpacked: [], names: [], missing: [],
      receiver: nil, place: place)
    let id = program.constructors.append(code)
    let keywords = try keywords(of: arguments, entity)
    let plan = program.entities[entity].plan
    for (name, slot) in plan.required where !keywords.contains(where: { $0.slot == slot }) {
      code.missing.append(name)
    }
    let hasUnpacked = arguments.contains(where: \.isUnpacked)
    if hasUnpacked { code.names = keywords.map(\.name) }
    try resolveMissing(&code, receiver, hasUnpacked: hasUnpacked)
    try lowerAttributes(&code, id, keywords, plan)
    code.unpacked = try lowerUnpacked(arguments)
    if !code.missing.isEmpty { code.receiver = try lowerReceiver(receiver) }
    code.isReferred = program.constructors[id].isReferred
    // Up to here an attribute counts once for each index that needs it.
    if code.missing.count > 1 { code.missing = code.missing.uniqued() }
    program.constructors[id] = code
    return program.expressions.append(
      ExpressionCode(
        kind: .construct, first: id.raw, low: low, high: nextSlot, place: place))
  }

  /// A keyword of a constructor, with the place of its attribute in the instance.
  private typealias Keyword = (name: StringID, slot: Int, value: Expression)

  private mutating func keywords(
    of arguments: [Argument], _ entity: EntityID
  ) throws(Interruption) -> [Keyword] {
    var result: [Keyword] = []
    result.reserveCapacity(arguments.count)
    for argument in arguments {
      guard let name = argument.name else { continue }
      let keyword = symbol(name.name)
      guard let slot = program.entities[entity].slot(of: keyword) else {
        let code = program.entities[entity]
        let known = code.attributes.map { program.name($0.name) }
        throw .failed(
          Problem(
            .unknownAttribute,
            "`\(code.name)` has no attribute `\(program.name(keyword))`",
            at: self.place(name.span),
            help: Suggestion.closest(to: program.name(keyword), among: known)
              .map { "did you mean `\($0)`?" }
          ).label(code.place, "`\(code.name)` is defined here"))
      }
      result.append((keyword, slot, argument.value))
    }
    return result
  }

  /// Index attributes that are not written out may come from `**` or from the left side.
  private func resolveMissing(
    _ code: inout ConstructorCode, _ receiver: Receiver, hasUnpacked: Bool
  ) throws(Interruption) {
    guard !code.missing.isEmpty, !hasUnpacked else { return }
    var hasReceiver = true
    if case .none = receiver { hasReceiver = false }
    guard !hasReceiver || code.missing.count > 1 else { return }
    throw .failed(
      program.missingIndexAttributes(code.missing, entity: code.entity, at: code.place))
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
    _ code: inout ConstructorCode, _ id: ConstructorID, _ keywords: [Keyword],
    _ plan: ConstructorPlan
  ) throws(Interruption) {
    var lowered: [ExpressionID] = []
    lowered.reserveCapacity(keywords.count)
    for keyword in keywords {
      lowered.append(
        try lowerAttribute(keyword, of: id, code.entity, isIndexed: plan.isIndexed[keyword.slot]))
    }
    code.deferred.reserveCapacity(keywords.count + plan.defaults.count)
    for (name, slot, value) in plan.defaults {
      let given = keywords.firstIndex { $0.slot == slot }
      add(given.map { lowered[$0] } ?? value, name, slot, to: &code, plan)
    }
    for (index, keyword) in keywords.enumerated() where !plan.hasDefault[keyword.slot] {
      add(lowered[index], keyword.name, keyword.slot, to: &code, plan)
    }
  }

  private func add(
    _ value: ExpressionID, _ name: StringID, _ slot: Int, to code: inout ConstructorCode,
    _ plan: ConstructorPlan
  ) {
    let kind = program.entities[code.entity].attributes[slot].kind
    let type = program.entities[code.entity].attributes[slot].type
    let assignment = ConstructorCode.Assignment(
      name: name, slot: Int32(slot), value: value,
      isCheckedConstant: kind == .plain && fits(value, type))
    if plan.isIndexed[slot] {
      code.direct.append(assignment)
    } else {
      code.deferred.append(assignment)
    }
  }

  private mutating func lowerAttribute(
    _ keyword: Keyword, of id: ConstructorID, _ entity: EntityID, isIndexed: Bool
  ) throws(Interruption) -> ExpressionID {
    if isIndexed { return try lower(keyword.value) }
    let kind = program.entities[entity].attributes[keyword.slot].kind
    if kind == .plain, let constant = constant(keyword.value) {
      let place = place(keyword.value.span)
      let outer = nextSlot
      nextSlot = 0
      defer { nextSlot = outer }
      return addConstant(constant, at: place)
    }
    let target = program.entities[entity].attributes[keyword.slot].target
    let receiver = Receiver.constructor(id, attribute: keyword.name, hint: target)
    return try lowerUnit(keyword.value, receiver: receiver)
  }

  /// Whether an expression is a constant that certainly fits a primitive type.
  private func fits(_ value: ExpressionID, _ type: TypeID) -> Bool {
    let code = program.expressions[value]
    guard code.kind == .constant else { return false }
    return fits(program.constants[Int(code.first)], type)
  }

  private func fits(_ value: Datum, _ type: TypeID) -> Bool {
    switch (program.types[type], value) {
    case (.string, .string), (.bool, .bool), (.int, .integer), (.int, .bool), (.float, .float),
      (.number, .integer), (.number, .float), (.list, .list), (.dictionary, .dictionary):
      return true
    case (.listOf(let element), .list(let list)):
      return program.heap.elements(list).allSatisfy { fits($0, element) }
    case (.nullable(let inner), _): return value == .null || fits(value, inner)
    default: return false
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
      guard program.entities[entity].lineage.contains(hint) else {
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

extension [StringID] {
  /// The elements without repetitions, in order.
  func uniqued() -> [StringID] {
    var seen: Set<StringID> = []
    return filter { seen.insert($0).inserted }
  }
}
