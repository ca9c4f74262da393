extension Engine {
  /// Answers a question of a function that runs. Only a broken session interrupts the call.
  mutating func answer(
    _ question: FunctionQuestion, _ foreign: ForeignFunction, scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> FunctionAnswer {
    do {
      return try find(question, foreign, scope: scope, at: place)
    } catch {
      switch error {
      case .unset(let variable): return .unset(UInt32(variable.raw))
      case .noValue(let variable): return .absent(UInt32(variable.raw))
      case .failed(let problem):
        if problem.code == .cancelled { throw error }
        return .refused(problem.title)
      }
    }
  }

  private mutating func find(
    _ question: FunctionQuestion, _ foreign: ForeignFunction, scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> FunctionAnswer {
    switch question {
    case .attribute(let id, let name):
      guard Int(id) < objects.count else { return .refused("there is no such instance") }
      let name = program.heap.strings.intern(name)
      let value = try attributeValue(name, of: ObjectID(Int(id)), at: place)
      return .value(try encode(value, at: place))
    case .variable(let name):
      let id = program.heap.strings.intern(name)
      var caller = BoundArguments()
      caller.scope = scope
      caller.place = place
      guard let value = try variableOfCaller(id, caller) else {
        return .refused("there is no variable `\(name)`")
      }
      return .value(try encode(value, at: place))
    case .type(let name):
      guard let type = typeOrEntity(named: name, in: foreign.namespace) else {
        return .refused("there is no type `\(name)`")
      }
      return .type(describeType(type, name))
    case .check(let value, let name):
      guard let type = typeOrEntity(named: name, in: foreign.namespace) else {
        return .refused("there is no type `\(name)`")
      }
      try check(try decode(value, from: "a function", at: place), against: type)
      return .value(value)
    case .instances(let name):
      guard let entity = entity(named: name) else {
        return .refused("there is no entity `\(name)`")
      }
      var values: [FunctionValue] = []
      for index in objects.indices {
        let actual = objects.elements[index].entity
        guard actual == entity || program.entities[actual].lineage.contains(entity) else {
          continue
        }
        values.append(.instance(UInt32(index), entity: program.entities[actual].name))
      }
      return .value(.list(values))
    }
  }

  /// An entity by its full name.
  func entity(named name: String) -> EntityID? {
    program.entities.elements.firstIndex { $0.name == name }.map { EntityID($0) }
  }

  /// A type as ``type(named:in:)`` finds it, or an entity that no definition uses as a type.
  private mutating func typeOrEntity(named name: String, in namespace: String) -> TypeID? {
    if let known = type(named: name, in: namespace) { return known }
    for name in fullNames(name, in: namespace) {
      if let entity = entity(named: name) { return program.types.append(.entity(entity)) }
    }
    return nil
  }

  private func fullNames(_ name: String, in namespace: String) -> [String] {
    var names = [name]
    var parts = namespace.components
    while !parts.isEmpty {
      names.append((parts + [name]).joined(separator: "::"))
      parts.removeLast()
    }
    return names
  }

  /// A type by its full name, or by a name in a namespace or one above it.
  func type(named name: String, in namespace: String) -> TypeID? {
    for name in fullNames(name, in: namespace) {
      let index = program.types.elements.firstIndex { type in
        switch type {
        case .constrained(let constraint): constraint.name == name
        case .entity(let entity): program.entities[entity].name == name
        case .string: name == "string"
        case .int: name == "int"
        case .float: name == "float"
        case .number: name == "number"
        case .bool: name == "bool"
        case .list: name == "list"
        case .dictionary: name == "dict"
        case .any, .listOf, .nullable: false
        }
      }
      if let index { return TypeID(index) }
    }
    return nil
  }

  private func describeType(_ type: TypeID, _ name: String) -> FunctionTypeDescription {
    guard case .entity(let id) = program.types[type] else {
      return FunctionTypeDescription(name: name)
    }
    let entity = program.entities[id]
    var description = FunctionTypeDescription(name: entity.name, isEntity: true)
    description.parents = entity.parents.map { program.entities[$0].name }
    description.ancestors = entity.lineage.filter { $0 != id }
      .sorted { $0.raw < $1.raw }.map { program.entities[$0].name }
    description.attributes = entity.attributes.map { attribute in
      FunctionTypeDescription.Attribute(
        name: program.name(attribute.name), type: describe(type: attribute.type),
        isRelation: attribute.isRelation, lower: UInt32(clamping: attribute.lower),
        upper: UInt32(clamping: attribute.upper),
        inverse: attribute.inverse.isPresent ? program.name(attribute.inverse) : "")
    }
    return description
  }
}
