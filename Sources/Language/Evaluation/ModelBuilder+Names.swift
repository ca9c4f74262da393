internal import Diagnostics

extension ModelBuilder {
  // MARK: Registering

  /// `std::Entity` exists before any file; its relation to itself too.
  mutating func makeRootNamespace() {
    let name = intern("Entity")
    let id = program.entities.append(
      EntityCode(name: "std::Entity", shortName: name, namespace: -1, place: .absent))
    program.wellKnown.entity = id
    let type = entityType(id)
    for (end, other) in [("requires", "provides"), ("provides", "requires")] {
      var attribute = AttributeCode(
        name: intern(end), kind: .list, type: type, owner: id, place: .absent)
      attribute.lower = 0
      attribute.upper = -1
      attribute.target = id
      attribute.inverse = intern(other)
      attribute.inverseOwner = id
      program.entities[id].own.append(attribute)
    }
  }

  mutating func entityType(_ entity: EntityID) -> TypeID {
    if let known = entityTypes[entity] { return known }
    let type = program.types.append(.entity(entity))
    entityTypes[entity] = type
    return type
  }

  /// Resolves the imports of all files.
  mutating func resolveImports() {
    for index in namespaces.indices {
      current = index
      namespaces[index].imports[namespaces[index].name] = index
      if let std = namespaceIndices["std"] { namespaces[index].imports["std"] = std }
      for declaration in namespaces[index].file.imports {
        let target = text(declaration.namespace)
        let name = declaration.alias.map { namespaces[index].file.names[$0.name] } ?? target
        let place = place(declaration.span)
        guard let resolved = namespaceIndices[target] else { continue }
        if name.contains("-") {
          report(
            Problem(.hyphenInName, "hyphens are not allowed in names: rename `\(name)`", at: place))
        }
        if let first = namespaces[index].importPlaces[name] {
          report(
            Problem(.duplicateImport, "`\(name)` is imported twice", at: place)
              .label(first, "the other import"))
          continue
        }
        namespaces[index].importPlaces[name] = place
        namespaces[index].imports[name] = resolved
      }
    }
  }

  /// Enters a definition into the names of the current file.
  mutating func define(_ name: StringID, as definition: Definition, at place: PlaceID) {
    let text = program.name(name)
    if text.contains("-") {
      report(
        Problem(.hyphenInName, "hyphens are not allowed in names: rename `\(text)`", at: place))
    }
    if let first = namespaces[current].definitionPlaces[name] {
      report(
        Problem(
          .duplicateDefinition, "`\(namespaces[current].name)::\(text)` is defined twice",
          at: place
        ).label(first, "the first definition"))
      return
    }
    namespaces[current].definitions.set(definition, for: name)
    namespaces[current].definitionPlaces[name] = place
  }

  // MARK: Looking up

  /// Finds what a name of a type, function or implementation means in the current file.
  mutating func find(_ name: QualifiedName) throws(Interruption) -> Definition {
    let short = symbol(name.name)
    if !name.isBare { return try findQualified(name, short) }
    if let primitive = primitives[short] { return .type(primitive) }
    var index: Int? = current
    while let namespace = index {
      if let definition = namespaces[namespace].definitions[short] { return definition }
      index = namespaces[namespace].parent
    }
    let known = namespaces[current].definitions.keys.map { program.name($0) }.sorted()
    let text = program.name(short)
    var help = Suggestion.closest(to: text, among: known).map { "did you mean `\($0)`?" }
    if let std = namespaceIndices["std"], namespaces[std].definitions[short] != nil {
      help = "write `std::\(text)`"
    }
    throw .failed(
      Problem(
        .unknownType, "`\(text)` is not defined in `\(namespaces[current].name)`",
        at: place(name.span), help: help))
  }

  private mutating func findQualified(
    _ name: QualifiedName, _ short: StringID
  ) throws(Interruption) -> Definition {
    let path = name.namespace.map { namespaces[current].file.names[$0] }.joined(separator: "::")
    guard let index = namespaces[current].imports[path] else {
      throw .failed(
        Problem(
          .missingImport, "`\(text(name))` is not defined: `\(path)` is not imported",
          at: place(name.span), help: "add `import \(path)`"))
    }
    if let definition = namespaces[index].definitions[short] { return definition }
    let known = namespaces[index].definitions.keys.map { program.name($0) }.sorted()
    throw .failed(
      Problem(
        .unknownType, "`\(program.name(short))` is not defined in `\(namespaces[index].name)`",
        at: place(name.span),
        help: Suggestion.closest(to: program.name(short), among: known)
          .map { "did you mean `\(path)::\($0)`?" }))
  }

  mutating func findEntity(_ name: QualifiedName) throws(Interruption) -> EntityID {
    guard case .entity(let entity) = try find(name) else {
      throw .failed(
        Problem(.wrongKind, "`\(text(name))` is not an entity", at: place(name.span)))
    }
    return entity
  }

  mutating func findType(_ reference: TypeReference) throws(Interruption) -> TypeID {
    guard case .type(var type) = try find(reference.name) else {
      throw .failed(
        Problem(
          .wrongKind, "`\(text(reference.name))` is not a type of attributes",
          at: place(reference.span), help: "link entities with a relation"))
    }
    if case .number = program.types[type] {
      warn(
        .deprecatedType, "type `number` is deprecated: use `int` or `float`", at: reference.span)
    }
    if reference.isList { type = program.types.append(.listOf(type)) }
    if reference.isNullable { type = program.types.append(.nullable(type)) }
    return type
  }

  // MARK: Variables

  /// Flattens a reference to a variable.
  mutating func lowerVariable(_ name: QualifiedName) throws(Interruption) -> ExpressionCode {
    let code = try resolveVariable(name)
    switch code.kind {
    case .unresolved: break
    case .memberVariable where code.second < 0: break
    default: return code
    }
    if reader.isPresent { program.readers[code.place] = reader }
    return code
  }

  private mutating func resolveVariable(
    _ name: QualifiedName
  ) throws(Interruption) -> ExpressionCode {
    let place = place(name.span)
    let low = nextSlot
    var code = ExpressionCode(kind: .unresolved, place: place)
    code.low = low
    let short = symbol(name.name)
    code.first = short.raw
    if isConstraint {
      code.kind = .constraintName
      code.high = low
      return code
    }
    nextSlot += 1
    code.high = nextSlot
    if !name.isBare {
      let path = name.namespace.map { namespaces[current].file.names[$0] }.joined(separator: "::")
      guard let index = namespaces[current].imports[path] else {
        throw .failed(
          Problem(
            .namespaceNotFound, "namespace `\(path)` is not imported", at: place,
            help: "add `import \(path)`"))
      }
      if let variable = namespaces[index].variables[short] {
        code.kind = .globalVariable
        code.first = variable.raw
      }
      return code
    }
    for (hops, scope) in scopes.reversed().enumerated() {
      if let slot = scope.names[short] {
        code.kind = .localVariable
        code.first = Int32(hops)
        code.second = slot
        return code
      }
      guard scope.isObject else { continue }
      if short == program.wellKnown.selfName {
        nextSlot = low
        code.high = low
        code.kind = .selfObject
        code.first = Int32(hops)
        return code
      }
      code.kind = .memberVariable
      code.second = namespaces[current].variables[short]?.raw ?? -1
      code.third = Int32(hops)
      return code
    }
    if let variable = namespaces[current].variables[short] {
      code.kind = .globalVariable
      code.first = variable.raw
    }
    return code
  }
}

extension Program {
  /// A type as a model writes it.
  func describe(type: TypeID) -> String {
    switch types[type] {
    case .any: "any"
    case .string: "string"
    case .int: "int"
    case .float: "float"
    case .number: "number"
    case .bool: "bool"
    case .list: "list"
    case .dictionary: "dict"
    case .listOf(let element): describe(type: element) + "[]"
    case .nullable(let inner): describe(type: inner) + "?"
    case .constrained(let constraint): constraint.name
    case .entity(let entity): entities[entity].name
    }
  }

  func missingIndexAttributes(
    _ names: [StringID], entity: EntityID, at place: PlaceID
  ) -> Problem {
    let shown = names.uniqued().map { "`\(name($0))`" }.joined(separator: ", ")
    let problem = Problem(
      .missingIndexAttribute,
      "the constructor of `\(entities[entity].name)` must give \(shown): part of an index",
      at: place)
    for index in entities[entity].indices
    where !index.attributes.allSatisfy({ !names.contains($0) }) {
      _ = problem.label(index.place, "the index is defined here")
    }
    return problem
  }
}

extension Problem {
  /// The problem as a diagnostic with spans.
  func diagnostic(_ places: Table<PlaceTag, SourceSpan>) -> Diagnostic {
    var diagnostic = Diagnostic(
      code.id, title: title, at: place.isPresent ? places[place] : nil, notes: notes)
    diagnostic.labels = labels.map { Diagnostic.Label(span: places[$0.place], text: $0.text) }
    if repetitions > 0 {
      diagnostic.notes.append("it comes \(repetitions + 1) times at this place")
    }
    if let help { diagnostic.help = [help] }
    return diagnostic
  }
}
