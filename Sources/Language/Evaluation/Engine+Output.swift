internal import Diagnostics
internal import Model
internal import Resources

extension ModelBuilder {
  /// The variables of the main file, by name.
  func mainVariables() -> [(String, VariableID)] {
    guard let variables = namespaces.first?.variables else { return [] }
    return zip(variables.keys, variables.values).map { (program.name($0), $1) }
      .sorted { $0.0 < $1.0 }
  }

  /// Gives the program away, and lets go of the syntax of all files, which nobody needs any more.
  mutating func takeProgram() -> Program {
    let result = program
    program = Program()
    namespaces = []
    return result
  }
}

extension Engine {
  /// Checks the defaults of attributes against their types.
  mutating func checkDefaults() throws(Interruption) {
    for (expression, type, place) in program.defaultChecks {
      do {
        let code = program.expressions[expression]
        try check(program.constants[Int(code.first)], against: type)
      } catch {
        // What is wrong inside of a constraint is not the fault of the default.
        guard case .failed(let problem) = error,
          problem.code == .typeMismatch || problem.code == .constraintViolation
        else { throw error }
        if problem.place.isPresent { _ = problem.label(problem.place, "the type is defined here") }
        problem.place = place
        throw error
      }
    }
  }

  func problem(_ interruption: Interruption) -> Problem {
    switch interruption {
    case .failed(let problem): problem
    case .noValue(let variable): noValue(variable)
    case .unset: Problem(.neverKnown, "a value is not available")
    }
  }

  // MARK: The model

  /// The instances with their values; the model is complete.
  mutating func makeModel() -> Model {
    var names: [(String, EntityID)] = []
    var used: Set<EntityID> = []
    for id in instantiatedEntities() { used.formUnion(program.entities[id].lineage) }
    for id in used { names.append((program.entities[id].name, id)) }
    names.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    var indices = ContiguousArray(repeating: 0, count: program.entities.count)
    for (index, entry) in names.enumerated() { indices[entry.1.index] = index }
    var model = Model(printed: String(decoding: printed, as: UTF8.self))
    model.entityTypes = names.map { entityType($0.1) }
    model.instances.reserveCapacity(objects.count)
    for index in objects.indices {
      let object = objects.elements[index]
      model.instances.append(
        instance(ObjectID(index), indices[object.entity.index]))
    }
    model.resourceSets = resourceSets(model)
    return model
  }

  /// The entities that have instances of their own, each once.
  private func instantiatedEntities() -> [EntityID] {
    var isInstantiated = ContiguousArray(repeating: false, count: program.entities.count)
    for object in objects.elements { isInstantiated[object.entity.index] = true }
    return isInstantiated.indices.filter { isInstantiated[$0] }.map { EntityID($0) }
  }

  private func entityType(_ id: EntityID) -> EntityType {
    let entity = program.entities[id]
    var ancestors: [EntityID] = []
    var level = entity.parents
    while !level.isEmpty {
      for parent in level where !ancestors.contains(parent) { ancestors.append(parent) }
      level = level.flatMap { program.entities[$0].parents }
    }
    ancestors.removeAll { $0 == program.wellKnown.entity }
    if id != program.wellKnown.entity { ancestors.append(program.wellKnown.entity) }
    return EntityType(
      name: entity.name, ancestors: ancestors.map { program.entities[$0].name },
      attributes: entity.attributes.filter { !$0.isRelation }.map {
        EntityType.Attribute(
          name: program.name($0.name), type: program.describe(type: $0.type))
      },
      relations: entity.attributes.filter(\.isRelation).map {
        EntityType.Relation(
          name: program.name($0.name), target: program.entities[$0.target].name,
          lower: Int($0.lower), upper: $0.upper < 0 ? nil : Int($0.upper))
      },
      location: entity.place.isPresent ? environment.locate(program.places[entity.place]) : nil)
  }

  private mutating func instance(_ id: ObjectID, _ type: Int) -> Instance {
    let object = objects[id]
    let slots = program.entities[object.entity].slotsByKind
    var unknown: Set<Int> = []
    var targets: [[InstanceID]] = []
    targets.reserveCapacity(slots.relations.count)
    for slot in slots.relations {
      let (members, hasUnknown) = self.targets(
        of: variables[VariableID(raw: object.base + slot)])
      if hasUnknown { unknown.insert(targets.count) }
      targets.append(members)
    }
    var values: [Value] = []
    values.reserveCapacity(slots.plain.count)
    for slot in slots.plain {
      values.append(value(variables[VariableID(raw: object.base + slot)].value))
    }
    return Instance(
      id: InstanceID(index: id.index), entityType: EntityTypeID(index: type), values: values,
      targets: targets, unknownTargets: unknown, locations: locations(of: id),
      unportable: program.heap.hasBigIntegers ? unportable(object, slots.plain) : [:])
  }

  /// Why attributes cannot leave the compiler, by their number.
  private func unportable(_ object: Object, _ slots: [Int32]) -> [Int: String] {
    var result: [Int: String] = [:]
    for (index, slot) in slots.enumerated() {
      let datum = variables[VariableID(raw: object.base + slot)].value
      guard let number = bigInteger(in: datum) else { continue }
      result[index] = "\(number.shortDescription) does not fit the 64 bits of whole numbers"
    }
    return result
  }

  /// The instances that a relation holds, and whether there is an unknown value among them.
  private func targets(of variable: Variable) -> (members: [InstanceID], hasUnknown: Bool) {
    switch variable.kind {
    case .list:
      let values = collections[Int(variable.detail)].values
      if values.isEmpty { return ([], false) }
      let members = values.compactMap { value in
        if case .instance(let target) = value { return InstanceID(index: target.index) }
        return nil
      }
      return (members, members.count < values.count && values.contains(where: \.isUnknown))
    default:
      if case .instance(let target) = variable.value, !variable.isEmpty {
        return ([InstanceID(index: target.index)], false)
      }
      return ([], variable.value.isUnknown)
    }
  }

  private func locations(of id: ObjectID) -> [SourceLocation] {
    if !furtherPlaces.isEmpty, let places = furtherPlaces[id] {
      return places.filter(\.isPresent).map { environment.locate(program.places[$0]) }
    }
    let place = objects[id].place
    return place.isPresent ? [environment.locate(program.places[place])] : []
  }

  /// The first whole number beyond 64 bits in a value.
  private func bigInteger(in datum: Datum) -> BigInteger? {
    switch datum {
    case .bigInteger(let id): return program.heap.bigInteger(id)
    case .list(let list):
      for element in program.heap.elements(list) {
        if let found = bigInteger(in: element) { return found }
      }
    case .dictionary(let dictionary):
      for (_, element) in program.heap.pairs(dictionary) {
        if let found = bigInteger(in: element) { return found }
      }
    default: break
    }
    return nil
  }

  private func resourceSets(_ model: Model) -> [ResourceSet] {
    var sets: [ResourceSet] = []
    let isSet = model.entityTypes.map { $0.isKind(of: "std::ResourceSet") }
    guard isSet.contains(true) else { return [] }
    for instance in model.instances where isSet[instance.entityType.index] {
      guard case .string(let name)? = model.value(of: "name", in: instance) else { continue }
      let members = model.targets(of: "resources", in: instance) ?? []
      sets.append(ResourceSet(name: name, instance: instance.id, members: members))
    }
    return sets.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  // MARK: Values

  /// A value without instances inside, for the world outside.
  mutating func value(_ datum: Datum) -> Value {
    switch datum {
    case .null, .filtered: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .int(Int64(number))
    case .bigInteger: return .null  // No value holds it: `Instance.unportable` says so.
    case .float(let number): return .double(number)
    case .string(let id):
      return .string(program.heap.strings.sharedString(id))
    case .list(let list):
      var values: [Value] = []
      for element in program.heap.elements(list) { values.append(value(element)) }
      return .list(values)
    case .dictionary(let dictionary):
      var entries: [String: Value] = [:]
      for (key, element) in program.heap.pairs(dictionary) {
        entries[program.heap.strings.sharedString(key)] = value(element)
      }
      return .map(entries)
    case .instance(let object):
      return .string("\(program.entities[objects[object].entity].name)#\(object.raw)")
    case .unknown: return .unknown(source: "model")
    case .reference(let id):
      let reference = program.heap.reference(id)
      var arguments: [String: Value] = [:]
      for (key, element) in program.heap.pairs(reference.arguments) {
        arguments[program.name(key)] = value(element)
      }
      return .reference(type: program.name(reference.type), arguments: arguments)
    }
  }

  mutating func variableValues(
    _ names: [(String, VariableID)]
  ) -> [(name: String, value: CompileResult.VariableValue)] {
    var result: [(name: String, value: CompileResult.VariableValue)] = []
    for (name, variable) in names where variables[variable].isSet {
      result.append((name, variableValue(variables[variable].value)))
    }
    return result
  }

  private mutating func variableValue(
    _ datum: Datum
  ) -> CompileResult.VariableValue {
    switch datum {
    case .instance(let object):
      return .instance(
        InstanceID(index: object.index), entity: program.entities[objects[object].entity].name)
    case .bigInteger(let id): return .bigInteger(program.heap.bigInteger(id).description)
    case .list(let list):
      var items: [CompileResult.VariableValue] = []
      for element in program.heap.elements(list) { items.append(variableValue(element)) }
      return .list(items)
    case .dictionary(let dictionary):
      var entries: [String: CompileResult.VariableValue] = [:]
      for (key, element) in program.heap.pairs(dictionary) {
        entries[program.name(key)] = variableValue(element)
      }
      return .dictionary(entries)
    default: return .value(value(datum))
    }
  }
}
