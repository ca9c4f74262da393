extension Engine {
  // MARK: Constructors

  /// Makes an instance, or finds the one that an index already has for these values.
  mutating func construct(
    _ id: ConstructorID, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> Datum {
    let code = program.constructors[id]
    let late = try lateAttributes(code, base: base, in: scope)
    let start = keyValues.count
    defer { while keyValues.count > start { keyValues.removeLast() } }
    for index in code.direct {
      let assignment = program.assignments[Int(index)]
      let value = try evaluate(assignment.value, base: base, in: scope)
      keyValues.append((assignment.name, value))
    }
    for attribute in late { keyValues.append(attribute) }
    let object = try findOrMake(code, start..<keyValues.count, in: scope)
    try scheduleDeferred(id, code, of: object, except: late, in: scope)
    for implement in program.entities[code.entity].implements {
      try scheduleImplement(implement, on: object)
    }
    return .instance(object)
  }

  /// The attributes that come from `**` arguments and from the assignment around the constructor.
  private mutating func lateAttributes(
    _ code: ConstructorCode, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> [(name: StringID, value: Datum)] {
    guard code.extras >= 0 else { return [] }
    let extras = program.constructorExtras[Int(code.extras)]
    var late: [(name: StringID, value: Datum)] = []
    for dictionary in extras.unpacked {
      for (name, value) in try pairs(of: dictionary, base: base, in: scope, at: code.place) {
        if extras.names.contains(name) || late.contains(where: { $0.name == name }) {
          throw .failed(
            Problem(
              .repeatedKeyword, "attribute `\(program.name(name))` is given twice", at: code.place))
        }
        guard program.entities[code.entity].slots[name] != nil else {
          throw .failed(noAttribute(name, on: code.entity, at: code.place))
        }
        late.append((name, value))
      }
    }
    if let receiver = extras.receiver,
      let implied = try impliedInverse(code, receiver, base: base, in: scope, unless: late)
    {
      late.insert(implied, at: 0)
    }
    let missing = extras.missing.filter { name in !late.contains { $0.name == name } }
    if !missing.isEmpty {
      throw .failed(missingIndexAttributes(missing, entity: code.entity, at: code.place))
    }
    return late
  }

  private mutating func impliedInverse(
    _ code: ConstructorCode, _ receiver: ConstructorCode.Receiver, base: Int32,
    in scope: ScopeID, unless late: [(name: StringID, value: Datum)]
  ) throws(Interruption) -> (name: StringID, value: Datum)? {
    let value = try evaluate(receiver.object, base: base, in: scope)
    guard case .instance(let owner) = value else { return nil }
    let ownerEntity = objects[owner].entity
    guard let slot = program.entities[ownerEntity].slot(of: receiver.attribute),
      program.entities[ownerEntity].attributes[slot].isRelation
    else {
      throw .failed(
        Problem(
          .notARelation,
          "an instance is assigned to `\(program.name(receiver.attribute))` of "
            + "`\(program.entities[ownerEntity].name)`, which is not a relation", at: code.place))
    }
    let relation = program.entities[ownerEntity].attributes[slot]
    let name = relation.inverse
    let isGiven =
      code.direct.contains { program.assignments[Int($0)].name == name }
      || late.contains { $0.name == name }
    guard name.isPresent, !isGiven else { return nil }
    let isIndexed = program.entities[code.entity].indices.contains {
      $0.attributes.contains(name)
    }
    guard isIndexed, program.entities[code.entity].isKind(of: relation.inverseOwner) else {
      return nil
    }
    return (name, .instance(owner))
  }

  private mutating func findOrMake(
    _ code: ConstructorCode, _ given: Range<Int>, in scope: ScopeID
  ) throws(Interruption) -> ObjectID {
    let found = try findIndexed(code, given)
    if found.isPresent {
      let first = objects[found].place
      furtherPlaces[found, default: [first]].append(code.place)
      objects[found].place = code.place
      try setKeyAttributes(given, of: found, at: code.place)
      return found
    }
    let made = try makeObject(of: code.entity, at: code.place, in: scope)
    try setKeyAttributes(given, of: made, at: code.place)
    try register(made, as: code.entity)
    return made
  }

  private mutating func setKeyAttributes(
    _ given: Range<Int>, of object: ObjectID, at place: PlaceID
  ) throws(Interruption) {
    for index in given {
      let (name, value) = keyValues[index]
      try setAttribute(name, of: object, to: value, at: place)
    }
  }

  /// The instance that the indexes have for these values, or absent.
  private mutating func findIndexed(
    _ code: ConstructorCode, _ given: Range<Int>
  ) throws(Interruption) -> ObjectID {
    let indices = program.entities[code.entity].indices
    var found = ObjectID.absent
    for number in indices.indices {
      let key = try indexKey(number, of: code.entity, given, at: code.place)
      guard let object = indexes.objects[key] else { continue }
      if objects[object].entity != code.entity {
        let other = program.entities[objects[object].entity].name
        let problem = Problem(
          .indexTypeMismatch, "the index already has this key, for an instance of `\(other)`",
          at: code.place)
        _ = problem.label(objects[object].place, "it is constructed here")
        throw .failed(problem.label(indices[number].place, "the index is defined here"))
      }
      if found.isPresent, found != object {
        let name = program.entities[code.entity].name
        let problem = Problem(
          .indexCollision, "two indexes of `\(name)` find different instances", at: code.place)
        _ = problem.label(objects[found].place, "one of them")
        throw .failed(problem.label(objects[object].place, "the other one"))
      }
      found = object
    }
    return found
  }

  private mutating func indexKey(
    _ number: Int, of entity: EntityID, _ given: Range<Int>, at place: PlaceID
  ) throws(Interruption) -> IndexKey {
    var key = IndexKey(entity: entity, index: number)
    let index = program.entities[entity].indices[number]
    for (name, slot) in zip(index.attributes, index.slots) {
      guard let position = given.first(where: { keyValues[$0].name == name }) else {
        throw .failed(missingIndexAttributes([name], entity: entity, at: place))
      }
      let type = program.entities[entity].attributes[slot].type
      key.append(try indexValue(keyValues[position].value, type: type, at: place))
    }
    return key
  }

  /// The form of a value in an index key: attributes of type float hold floats.
  mutating func indexValue(
    _ value: Datum, type: TypeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch value {
    case .string, .instance, .null, .float, .unknown, .bool: break
    case .integer, .bigInteger:
      var base = type
      if case .nullable(let inner) = program.types[base] { base = inner }
      if case .float = program.types[base] {
        return try cast(value, to: base, at: place)
      }
    case .dictionary, .list: return .string(program.heap.strings.intern(repr(value)))
    case .reference: throw unexpectedReference(value, "in the key of an index", at: place)
    case .filtered: break
    }
    return value
  }

  mutating func makeObject(
    of entity: EntityID, at place: PlaceID, in origin: ScopeID
  ) throws(Interruption) -> ObjectID {
    guard objects.count < limits.instancesMax else {
      throw .failed(
        Problem(
          .instanceLimit, "the model has more than \(limits.instancesMax) instances", at: place,
          help: "look for a constructor that makes its own kind without end"))
    }
    let base = variables.count
    let object = objects.append(
      Object(
        entity: entity, base: Int32(base), scope: ScopeID(scopes.count), origin: origin,
        place: place))
    _ = scopes.append(Scope(parent: .absent, base: Int32(base), object: object))
    var lists = Int32(collections.count)
    variables.append(contentsOf: program.entities[entity].template) { variable in
      variable.object = object
      if variable.kind == .list {
        variable.detail = lists
        lists += 1
      }
    }
    for _ in collections.count..<Int(lists) { collections.append(Collection()) }
    for slot in program.entities[entity].slotsByKind.delayed {
      let id = VariableID(base + Int(slot))
      if canBeComplete(id) { enqueue(id) }
    }
    return object
  }

  /// Adds a new instance to the indexes of its entity and of all above.
  mutating func register(_ object: ObjectID, as entity: EntityID) throws(Interruption) {
    for number in 0..<program.entities[entity].indices.count {
      guard let key = try indexKey(number, of: object, as: entity) else { continue }
      if let other = indexes.objects.insert(object, for: key), other != object {
        throw .failed(duplicateIndexKey(key, object, other))
      }
      guard !indexes.waiting.isEmpty, let waiting = indexes.waiting.removeValue(forKey: key)
      else { continue }
      for (target, place, scope) in waiting {
        traceLookup(of: object, at: place, in: scope)
        try assign(.instance(object), to: target, at: place)
      }
    }
    guard program.entities[entity].inheritsIndices else { return }
    for parent in program.entities[entity].parents { try register(object, as: parent) }
  }

  /// The key of an instance in an index of its entity or of one above; nil if it is not known.
  private mutating func indexKey(
    _ number: Int, of object: ObjectID, as entity: EntityID
  ) throws(Interruption) -> IndexKey? {
    var key = IndexKey(entity: entity, index: number)
    for position in program.entities[entity].indices[number].attributes.indices {
      let name = program.entities[entity].indices[number].attributes[position]
      guard let slot = program.entities[objects[object].entity].slot(of: name) else { return nil }
      let variable = VariableID(raw: objects[object].base + Int32(slot))
      guard variables[variable].isSet else { return nil }
      let type = variables[variable].type
      key.append(try indexValue(try read(variable), type: type, at: .absent))
    }
    return key
  }

  private func duplicateIndexKey(
    _ key: IndexKey, _ object: ObjectID, _ other: ObjectID
  ) -> Problem {
    let index = program.entities[key.entity].indices[Int(key.index)]
    let pairs = zip(index.attributes, key.values).map { "\(program.name($0))=\(describe($1))" }
    return Problem(
      .duplicateIndexKey,
      "index of `\(program.entities[key.entity].name)` already has the key "
        + pairs.joined(separator: ", "), at: objects[object].place
    ).label(objects[other].place, "the other instance is constructed here")
      .label(index.place, "the index is defined here")
  }

  // MARK: Attributes after construction

  private mutating func scheduleDeferred(
    _ id: ConstructorID, _ code: ConstructorCode, of object: ObjectID,
    except late: [(name: StringID, value: Datum)], in scope: ScopeID
  ) throws(Interruption) {
    var inner = scope
    if code.isReferred {
      inner = scopes.append(
        Scope(parent: scope, base: 0, object: object, constructor: id))
    }
    let base = objects[object].base
    var index = code.deferred.lowerBound
    while index < code.deferred.upperBound {
      let assignment = program.assignments[Int(index)]
      if !late.isEmpty, late.contains(where: { $0.name == assignment.name }) {
        index += 1
        continue
      }
      if assignment.isCheckedConstant {
        var end = index + 1
        while late.isEmpty, end < code.deferred.upperBound,
          program.assignments[Int(end)].isCheckedConstant
        {
          end += 1
        }
        ready.append(.constants(id, object: object, first: index, end: end))
        index = end
        continue
      }
      try scheduleAttribute(
        VariableID(raw: base + assignment.slot), value: assignment.value, in: inner,
        place: code.place)
      index += 1
    }
  }

  /// Sets attributes whose values are constants that were checked before.
  mutating func setConstants(
    _ id: ConstructorID, of object: ObjectID, first: Int, end: Int
  ) throws(Interruption) {
    let base = objects[object].base
    for index in first..<end {
      let assignment = program.assignments[index]
      let code = program.expressions[assignment.value]
      let value = program.constants[Int(code.first)]
      let variable = VariableID(raw: base + assignment.slot)
      if !variables[variable].isSet, !variables[variable].isTraced {
        variables[variable].set(value, at: code.place)
        wake(variable)
        continue
      }
      do {
        try assign(value, to: variable, at: code.place)
      } catch {
        let failure = attributeFailure(
          error, setting: variable, at: program.constructors[id].place)
        throw failure
      }
    }
  }

  // MARK: Implementations

  mutating func scheduleImplement(
    _ id: ImplementID, on object: ObjectID
  ) throws(Interruption) {
    let code = program.implements[id]
    var waiter = Waiter(kind: .implement)
    waiter.place = code.place
    waiter.detail = object.raw
    waiter.target = VariableID(raw: id.raw)
    waiter.scope = objects[object].scope
    if code.condition.isPresent {
      try prepareUnit(
        code.condition, in: objects[object].scope, collector: .absent, for: &waiter)
    }
    schedule(waiter)
  }

  mutating func performImplement(_ waiter: Waiter) throws(Interruption) {
    let code = program.implements[ImplementID(raw: waiter.target.raw)]
    let object = ObjectID(raw: waiter.detail)
    if code.condition.isPresent {
      switch try evaluate(code.condition, base: waiter.base, in: waiter.scope) {
      case .bool(true): break
      case .bool(false), .unknown: return
      case let value:
        throw .failed(
          Problem(
            .conditionNotBoolean,
            "the condition of `implement` must be a boolean, not \(describe(value))",
            at: code.place))
      }
    }
    for implementation in code.implementations where addImplementation(implementation, to: object) {
      let body = program.implementations[implementation].body
      guard !program.blocks[body].statements.isEmpty else { continue }
      var scope = objects[object].scope
      if !program.blocks[body].variables.isEmpty {
        scope = makeScope(for: body, in: .absent, object: object)
      }
      try emit(body, in: scope)
    }
  }

  private mutating func addImplementation(_ id: ImplementationID, to object: ObjectID) -> Bool {
    var link = objects[object].implementations
    while link >= 0 {
      if implementationLinks[Int(link)].0 == id { return false }
      link = implementationLinks[Int(link)].next
    }
    let previous = objects[object].implementations
    objects[object].implementations = Int32(implementationLinks.count)
    implementationLinks.append((id, next: previous))
    return true
  }

  // MARK: Index lookups

  mutating func performIndexLookup(_ waiter: Waiter) throws(Interruption) {
    let code = program.indexLookups[Int(waiter.code)]
    var entity = code.entity
    var query: [(name: StringID, value: Datum)] = []
    if code.root.isPresent {
      let root = try evaluate(code.root, base: waiter.base, in: waiter.scope)
      guard case .instance(let object) = root else {
        throw .failed(
          Problem(
            .notAnInstance, "a short index lookup needs an instance, not \(describe(root))",
            at: waiter.place))
      }
      let relation = try shortLookupRelation(code.relation, of: object, at: waiter.place)
      entity = relation.target
      query.append((relation.inverse, root))
    }
    for (name, value) in code.query {
      query.append((name, try evaluate(value, base: waiter.base, in: waiter.scope)))
    }
    for dictionary in code.unpacked {
      query += try pairs(of: dictionary, base: waiter.base, in: waiter.scope, at: waiter.place)
    }
    try lookUp(
      query, entity: entity, into: waiter.target, at: waiter.place, in: waiter.scope)
  }

  private func shortLookupRelation(
    _ name: StringID, of object: ObjectID, at place: PlaceID
  ) throws(Interruption) -> AttributeCode {
    let entity = program.entities[objects[object].entity]
    guard let slot = entity.slots[name] else {
      throw .failed(noAttribute(name, on: objects[object].entity, at: place))
    }
    let relation = entity.attributes[slot]
    guard relation.isRelation, relation.inverse.isPresent else {
      let kind = relation.isRelation ? "has no other end" : "is not a relation"
      throw .failed(
        Problem(
          .notARelation,
          "a short index lookup needs a relation with two ends: "
            + "`\(program.name(name))` of `\(entity.name)` \(kind)", at: place))
    }
    return relation
  }

  private mutating func lookUp(
    _ query: [(name: StringID, value: Datum)], entity: EntityID, into target: VariableID,
    at place: PlaceID, in scope: ScopeID
  ) throws(Interruption) {
    let strings = program.heap.strings
    let sorted = query.sorted { strings.string($0.name) < strings.string($1.name) }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.name == second.name {
      throw .failed(
        Problem(
          .repeatedKeyword,
          "attribute `\(program.name(first.name))` is given twice in an index lookup", at: place))
    }
    let names = sorted.map(\.name)
    let indices = program.entities[entity].indices
    guard let number = indices.firstIndex(where: { $0.attributes == names }) else {
      let known = indices.map { index in
        "(" + index.attributes.map { program.name($0) }.joined(separator: ", ") + ")"
      }
      throw .failed(
        Problem(
          .noIndex,
          "`\(program.entities[entity].name)` has no index on "
            + "(\(names.map { program.name($0) }.joined(separator: ", ")))", at: place,
          help: known.isEmpty
            ? "define one with `index`" : "its indexes: \(known.joined(separator: ", "))"))
    }
    var key = IndexKey(entity: entity, index: number)
    for (position, pair) in sorted.enumerated() {
      let slot = indices[number].slots[position]
      let type = program.entities[entity].attributes[slot].type
      key.append(try indexValue(pair.value, type: type, at: place))
    }
    if let object = indexes.objects[key] {
      traceLookup(of: object, at: place, in: scope)
      try assign(.instance(object), to: target, at: place)
    } else {
      if indexes.waiting[key] == nil { indexes.waitingOrder.append(key) }
      indexes.waiting[key, default: []].append((target, place, scope))
    }
  }
}
