internal import Diagnostics

extension ModelBuilder {
  mutating func lowerConstructor(
    _ type: QualifiedName, _ arguments: [Argument], _ receiver: Receiver, at place: PlaceID
  ) throws(Interruption) -> ExpressionID {
    let low = nextSlot
    let entity = try constructorEntity(type, receiver)
    let id = program.constructors.append(
      ConstructorCode(
        entity: entity, direct: [], deferred: [], unpacked: [], names: [], missing: [],
        receiver: nil, place: place))
    var code = program.constructors[id]
    let keywords = try keywords(of: arguments, entity, at: place)
    code.names = Set(keywords.map(\.name))
    let defaults = program.entities[entity].defaults
    let indexed = Set(program.entities[entity].indices.flatMap(\.attributes))
    for index in program.entities[entity].indices {
      for name in index.attributes
      where !code.names.contains(name) && !defaults.contains(where: { $0.name == name }) {
        code.missing.append(name)
      }
    }
    let hasUnpacked = arguments.contains(where: \.isUnpacked)
    try resolveMissing(&code, receiver, hasUnpacked: hasUnpacked)
    try lowerAttributes(&code, id, keywords, defaults, indexed)
    for argument in arguments where argument.isUnpacked {
      code.unpacked.append(try lower(argument.value))
    }
    if !code.missing.isEmpty { code.receiver = try lowerReceiver(receiver) }
    code.isReferred = program.constructors[id].isReferred
    // Up to here an attribute counts once for each index that needs it.
    code.missing = code.missing.uniqued()
    program.constructors[id] = code
    return program.expressions.append(
      ExpressionCode(
        kind: .construct, first: id.raw, low: low, high: nextSlot, place: place))
  }

  private mutating func keywords(
    of arguments: [Argument], _ entity: EntityID, at place: PlaceID
  ) throws(Interruption) -> [(name: StringID, value: Expression)] {
    var result: [(name: StringID, value: Expression)] = []
    for argument in arguments {
      guard let name = argument.name else { continue }
      let keyword = symbol(name.name)
      guard program.entities[entity].slots[keyword] != nil else {
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
      result.append((keyword, argument.value))
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
    _ code: inout ConstructorCode, _ id: ConstructorID,
    _ keywords: [(name: StringID, value: Expression)],
    _ defaults: [(name: StringID, value: ExpressionID)], _ indexed: Set<StringID>
  ) throws(Interruption) {
    var lowered: [StringID: ExpressionID] = [:]
    for (name, value) in keywords {
      lowered[name] = try lowerAttribute(
        value, name, entity: code.entity, of: id, isIndexed: indexed.contains(name))
    }
    var order: [(name: StringID, value: ExpressionID)] = []
    for (name, value) in defaults { order.append((name, lowered[name] ?? value)) }
    for (name, _) in keywords where !defaults.contains(where: { $0.name == name }) {
      if let value = lowered[name] { order.append((name, value)) }
    }
    for (name, value) in order {
      let slot = program.entities[code.entity].slots[name] ?? 0
      let attribute = program.entities[code.entity].attributes[slot]
      let assignment = ConstructorCode.Assignment(
        name: name, slot: Int32(slot), value: value,
        isCheckedConstant: attribute.kind == .plain && fits(value, attribute.type))
      if indexed.contains(name) {
        code.direct.append(assignment)
      } else {
        code.deferred.append(assignment)
      }
    }
  }

  private mutating func lowerAttribute(
    _ value: Expression, _ name: StringID, entity: EntityID, of id: ConstructorID, isIndexed: Bool
  ) throws(Interruption) -> ExpressionID {
    let slot = program.entities[entity].slots[name] ?? 0
    let attribute = program.entities[entity].attributes[slot]
    if isIndexed { return try lower(value) }
    if attribute.kind == .plain, let constant = constant(value) {
      let place = place(value.span)
      let outer = nextSlot
      nextSlot = 0
      defer { nextSlot = outer }
      return addConstant(constant, at: place)
    }
    let receiver = Receiver.constructor(id, attribute: name, hint: attribute.target)
    return try lowerUnit(value, receiver: receiver)
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
    _ type: QualifiedName, _ receiver: Receiver
  ) throws(Interruption) -> EntityID {
    guard case .constructor(_, _, let hint) = receiver, hint.isPresent else {
      return try findEntity(type)
    }
    do throws(Interruption) {
      let entity = try findEntity(type)
      guard program.entities[entity].lineage.contains(hint) else {
        throw Interruption.failed(
          Problem(
            .operandType,
            "an instance of `\(program.entities[entity].name)` does not fit the relation: it "
              + "takes `\(program.entities[hint].name)`", at: place(type.span)))
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
            at: place(type.span), help: "write the full name"))
      }
      guard let candidate = candidates.first else { throw .failed(problem) }
      return candidate
    }
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
