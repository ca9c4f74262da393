internal import Diagnostics

extension ModelBuilder {
  /// Evaluates entities, parents first.
  mutating func evaluateEntities(_ entities: [(EntityID, Int, EntityDeclaration)]) {
    program.entities[program.wellKnown.entity].lineage = [program.wellKnown.entity]
    if let std = namespaceIndices["std"] {
      let name = program.entities[program.wellKnown.entity].shortName
      namespaces[std].definitions.set(.entity(program.wellKnown.entity), for: name)
    }
    var positions: [EntityID: Int] = [:]
    for (position, entity) in entities.enumerated() { positions[entity.0] = position }
    for (id, index, declaration) in entities {
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.resolveParents(declaration, of: id)
      }
    }
    guard !hasErrors else { return }
    var order: [Int] = []
    var states = [UInt8](repeating: 0, count: entities.count)
    for start in entities.indices where states[start] == 0 {
      sort(from: start, entities, positions, &states, &order)
    }
    guard !hasErrors else { return }
    checkInheritanceDepth(order, entities)
    guard !hasErrors else { return }
    for position in order {
      let (id, index, declaration) = entities[position]
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.evaluate(declaration, id)
      }
    }
  }

  private mutating func resolveParents(
    _ declaration: EntityDeclaration, of id: EntityID
  ) throws(Interruption) {
    var parents: [EntityID] = []
    for name in declaration.parents {
      guard case .entity(let parent) = try find(name) else {
        throw .failed(
          Problem(
            .invalidParent, "`\(text(name))` is not an entity and cannot be a parent",
            at: place(declaration.span)))
      }
      if parents.contains(parent) {
        throw .failed(
          Problem(
            .invalidParent, "`\(text(name))` is a parent twice", at: place(declaration.span)))
      }
      parents.append(parent)
    }
    if parents.isEmpty { parents = [program.wellKnown.entity] }
    program.entities[id].parents = parents
  }

  /// Depth first, parents before children, with an explicit stack.
  private mutating func sort(
    from start: Int, _ entities: [(EntityID, Int, EntityDeclaration)],
    _ positions: [EntityID: Int], _ states: inout [UInt8], _ order: inout [Int]
  ) {
    var stack: [(position: Int, next: Int)] = [(start, 0)]
    states[start] = 1
    while let (position, next) = stack.last {
      let parents = program.entities[entities[position].0].parents
      guard next < parents.count else {
        states[position] = 2
        order.append(position)
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      guard let parent = positions[parents[next]] else { continue }
      if states[parent] == 0 {
        states[parent] = 1
        stack.append((parent, 0))
      } else if states[parent] == 1 {
        let cycle = stack.drop { $0.position != parent }.map {
          program.entities[entities[$0.position].0].name
        }
        current = entities[position].1
        report(
          Problem(
            .inheritanceCycle, "`\(program.entities[entities[position].0].name)` extends itself",
            at: place(entities[position].2.span)
          ).note("the cycle: \((cycle + cycle.prefix(1)).joined(separator: " extends "))"))
        return
      }
    }
  }

  private mutating func checkInheritanceDepth(
    _ order: [Int], _ entities: [(EntityID, Int, EntityDeclaration)]
  ) {
    var depths: [EntityID: Int] = [:]
    for position in order {
      let (id, index, declaration) = entities[position]
      let depth = 1 + (program.entities[id].parents.map { depths[$0] ?? 0 }.max() ?? 0)
      depths[id] = depth
      guard depth > limits.inheritanceDepthMax else { continue }
      current = index
      report(
        Problem(
          .inheritanceLimit,
          "`\(program.entities[id].name)` has more than \(limits.inheritanceDepthMax) "
            + "generations of parents", at: place(declaration.span)))
      return
    }
  }

  // MARK: One entity

  private mutating func evaluate(
    _ declaration: EntityDeclaration, _ id: EntityID
  ) throws(Interruption) {
    let name = program.entities[id].name
    var seen: [StringID: PlaceID] = [:]
    for attribute in declaration.attributes {
      let code = try evaluate(attribute, of: id)
      if let first = seen[code.name] {
        throw .failed(
          Problem(
            .duplicateDefinition,
            "attribute `\(program.name(code.name))` is defined twice in `\(name)`", at: first
          ).label(code.place, "the second definition"))
      }
      seen[code.name] = code.place
      program.entities[id].own.append(code)
    }
    var lineage: Set<EntityID> = [id]
    for parent in program.entities[id].parents {
      lineage.formUnion(program.entities[parent].lineage)
      program.entities[parent].children.append(id)
    }
    program.entities[id].lineage = lineage
    try checkInheritedAttributes(of: id)
  }

  private mutating func evaluate(
    _ attribute: AttributeDeclaration, of id: EntityID
  ) throws(Interruption) -> AttributeCode {
    let name = symbol(attribute.name.name)
    let place = place(attribute.name.span)
    if program.name(name).contains("-") {
      throw .failed(
        Problem(
          .hyphenInName, "hyphens are not allowed in names: rename `\(program.name(name))`",
          at: place))
    }
    var code = AttributeCode(
      name: name, kind: .plain, type: try findType(attribute.type), owner: id, place: place)
    code.isList = attribute.type.isList
    code.isNullable = attribute.type.isNullable
    return code
  }

  /// Attributes of one name must have one type in all ancestors.
  private func checkInheritedAttributes(of id: EntityID) throws(Interruption) {
    var known: [StringID: AttributeCode] = [:]
    for attribute in program.entities[id].own { known[attribute.name] = attribute }
    let ancestors = program.entities[id].lineage.subtracting([id]).sorted { $0.raw < $1.raw }
    for ancestor in ancestors {
      for attribute in program.entities[ancestor].own where attribute.kind == .plain {
        guard let mine = known[attribute.name] else {
          known[attribute.name] = attribute
          continue
        }
        if mine.kind == .plain, !isSame(mine.type, attribute.type) {
          throw .failed(
            Problem(
              .incompatibleAttribute,
              "attribute `\(program.name(attribute.name))` has type "
                + "`\(program.describe(type: mine.type))` here and "
                + "`\(program.describe(type: attribute.type))` in "
                + "`\(program.entities[ancestor].name)`", at: mine.place
            ).label(attribute.place, "the other definition"))
        }
      }
    }
  }

  private func isSame(_ first: TypeID, _ second: TypeID) -> Bool {
    if first == second { return true }
    switch (program.types[first], program.types[second]) {
    case (.listOf(let left), .listOf(let right)), (.nullable(let left), .nullable(let right)):
      return isSame(left, right)
    default: return false
    }
  }

  /// Orders the attributes of an entity: those of the parents from right to left, then its own.
  mutating func collectAttributes(_ id: EntityID) {
    guard program.entities[id].attributes.isEmpty else { return }
    var stack = [id]
    while let entity = stack.last {
      let missing = program.entities[entity].parents.filter {
        program.entities[$0].attributes.isEmpty && $0 != entity
      }
      if !missing.isEmpty {
        stack += missing
        continue
      }
      stack.removeLast()
      guard program.entities[entity].attributes.isEmpty else { continue }
      var attributes: [AttributeCode] = []
      var slots: [StringID: Int] = [:]
      var sources = program.entities[entity].parents.reversed().map {
        program.entities[$0].attributes
      }
      sources.append(program.entities[entity].own)
      for attribute in sources.joined() {
        if let slot = slots[attribute.name] {
          attributes[slot] = attribute
        } else {
          slots[attribute.name] = attributes.count
          attributes.append(attribute)
        }
      }
      program.entities[entity].attributes = attributes
      program.entities[entity].slots = slots
      program.entities[entity].attributeNames = ContiguousArray(attributes.map(\.name))
    }
  }

  // MARK: Finishing

  /// Defaults, implements and the template of the variables of each entity.
  mutating func finishEntities() {
    applyPrecedence()
    for index in executionOrder {
      current = index
      for case .entity(let declaration) in namespaces[index].file.declarations {
        guard case .entity(let id)? = namespaces[index].definitions[symbol(declaration.name.name)]
        else { continue }
        attempt { (builder: inout ModelBuilder) throws(Interruption) in
          try builder.lowerDefaults(declaration, of: id)
        }
      }
    }
    for id in parentsFirst() {
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.checkRelationNames(of: id)
        try builder.checkDataclass(id)
      }
      program.entities[id].defaults = defaults(of: id)
      program.entities[id].implements = implements(of: id)
      program.entities[id].template = ContiguousArray(
        program.entities[id].attributes.map { attribute in
          let kinds: [AttributeCode.Kind: Variable.Kind] = [
            .plain: .plain, .single: .single, .optional: .optional, .list: .list,
          ]
          var variable = Variable(kind: kinds[attribute.kind] ?? .plain)
          variable.type = attribute.type
          variable.isEmpty = attribute.kind == .optional
          return variable
        })
      program.entities[id].slotsByKind = SlotsByKind(program.entities[id].attributes)
      program.entities[id].inheritsIndices = inheritsIndices(id)
      program.entities[id].plan = ConstructorPlan(of: program.entities[id])
    }
  }

  private mutating func checkRelationNames(of id: EntityID) throws(Interruption) {
    for attribute in program.entities[id].own where attribute.isRelation {
      for parent in program.entities[id].parents {
        guard let slot = program.entities[parent].slots[attribute.name] else { continue }
        throw .failed(
          Problem(
            .duplicateDefinition,
            "relation `\(program.name(attribute.name))` of `\(program.entities[id].name)` is "
              + "already defined in `\(program.entities[parent].name)`", at: attribute.place
          ).label(program.entities[parent].attributes[slot].place, "the inherited definition"))
      }
    }
  }

  private mutating func lowerDefaults(
    _ declaration: EntityDeclaration, of id: EntityID
  ) throws(Interruption) {
    for attribute in declaration.attributes {
      let name = symbol(attribute.name.name)
      let place = place(attribute.name.span)
      switch attribute.defaultValue {
      case .none, .undefined:
        program.entities[id].ownDefaults.append((name, nil, place))
      case .value(let expression):
        guard let value = constant(expression) else {
          throw .failed(
            Problem(
              .invalidDefault, "the default of `\(program.name(name))` is not a constant",
              at: place))
        }
        let code = addConstant(value, at: place)
        program.entities[id].ownDefaults.append((name, code, place))
        if let slot = program.entities[id].slots[name] {
          program.defaultChecks.append(
            (code, program.entities[id].attributes[slot].type, place))
        }
      }
    }
  }

  /// The defaults in force: those of the parents from right to left, then the own ones.
  ///
  /// Parents were finished before, so that theirs are known.
  private func defaults(of id: EntityID) -> [(name: StringID, value: ExpressionID)] {
    var result: [(name: StringID, value: ExpressionID?)] = []
    var positions: [StringID: Int] = [:]
    func put(_ name: StringID, _ value: ExpressionID?) {
      if let position = positions[name] {
        result[position].value = value
      } else {
        positions[name] = result.count
        result.append((name, value))
      }
    }
    for parent in program.entities[id].parents.reversed() {
      for (name, value) in program.entities[parent].defaults { put(name, value) }
    }
    for (name, value, _) in program.entities[id].ownDefaults { put(name, value) }
    return result.compactMap { entry in entry.value.map { (entry.name, $0) } }
  }

  /// Own implement statements, then those of the parents; each one once.
  private func implements(of id: EntityID) -> [ImplementID] {
    var result = program.entities[id].ownImplements
    guard program.entities[id].inheritsImplements else { return result }
    var seen = Set(result)
    for parent in program.entities[id].parents {
      result += program.entities[parent].implements.filter { seen.insert($0).inserted }
    }
    return result
  }

  /// Whether an entity above has an index; those above are finished.
  private func inheritsIndices(_ id: EntityID) -> Bool {
    for parent in program.entities[id].parents
    where program.entities[parent].inheritsIndices || !program.entities[parent].indices.isEmpty {
      return true
    }
    return false
  }

  /// All entities, parents before children.
  private func parentsFirst() -> [EntityID] {
    var result: [EntityID] = []
    var isDone = [Bool](repeating: false, count: program.entities.count)
    for start in program.entities.indices {
      var stack = [EntityID(start)]
      while let id = stack.last {
        let open = program.entities[id].parents.filter { !isDone[$0.index] }
        guard open.isEmpty, !isDone[id.index] else {
          if isDone[id.index] { stack.removeLast() } else { stack += open }
          continue
        }
        isDone[id.index] = true
        result.append(id)
        stack.removeLast()
      }
    }
    return result
  }
}
