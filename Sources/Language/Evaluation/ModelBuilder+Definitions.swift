internal import Diagnostics

extension ModelBuilder {
  /// Registers and evaluates the definitions of all files.
  ///
  /// Without bodies, what stands in implementations, conditions, constraints and files is left
  /// alone: enough to describe a module.
  mutating func processDefinitions(withBodies: Bool = true) {
    resolveImports()
    registerFunctions()
    var entities: [(EntityID, Int, EntityDeclaration)] = []
    var typedefs: [(TypeID, Int, TypedefDeclaration)] = []
    var implementations: [(ImplementationID, Int, ImplementationDeclaration)] = []
    for index in executionOrder {
      current = index
      let file = namespaces[index].file
      for declaration in file.declarations {
        switch declaration {
        case .entity(let entity): entities.append((register(entity), index, entity))
        case .typedef(let typedef): typedefs.append((register(typedef), index, typedef))
        case .implementation(let implementation):
          implementations.append((register(implementation), index, implementation))
        default: continue
        }
      }
      declareVariables(of: file)
    }
    guard !hasErrors else { return }
    for (id, index, declaration) in typedefs {
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.evaluate(declaration, id)
      }
    }
    evaluateEntities(entities)
    guard !hasErrors else { return }
    for (id, index, declaration) in implementations {
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        builder.program.implementations[id].entity =
          try builder.findEntity(declaration.entity)
      }
    }
    evaluateOthers()
    guard !hasErrors else { return }
    finishEntities()
    guard !hasErrors else { return }
    if withBodies { lowerBodies(typedefs, implementations) }
  }

  /// Runs a step and records what fails.
  mutating func attempt(
    _ step: (inout ModelBuilder) throws(Interruption) -> Void
  ) {
    do {
      try step(&self)
    } catch {
      report(error)
    }
  }

  // MARK: Registration

  private mutating func registerFunctions() {
    for function in library.functions where hasStandardLibrary {
      let parts = function.name.components
      let namespace = parts.dropLast().joined(separator: "::")
      guard let index = namespaceIndices[namespace], let name = parts.last else { continue }
      let id = program.functions.append(function)
      namespaces[index].definitions.set(.function(id), for: intern(name))
    }
  }

  private mutating func register(_ entity: EntityDeclaration) -> EntityID {
    let name = symbol(entity.name.name)
    let place = place(entity.name.span)
    let id = program.entities.append(
      EntityCode(
        name: "\(namespaces[current].name)::\(program.name(name))", shortName: name,
        namespace: current, place: place))
    define(name, as: .entity(id), at: place)
    return id
  }

  private mutating func register(_ typedef: TypedefDeclaration) -> TypeID {
    let name = symbol(typedef.name.name)
    let place = place(typedef.name.span)
    if primitives[name] != nil {
      warn(
        .overriddenType, "`\(program.name(name))` is a builtin type, which wins over this one",
        at: typedef.name.span)
    }
    let code = ConstraintCode(
      name: "\(namespaces[current].name)::\(program.name(name))", base: .absent,
      constraint: .absent, place: place,
      text: namespaces[current].file.source.text(
        from: typedef.constraint.span.start, to: typedef.constraint.span.end))
    let id = program.types.append(.constrained(code))
    define(name, as: .type(id), at: place)
    return id
  }

  private mutating func register(
    _ implementation: ImplementationDeclaration
  ) -> ImplementationID {
    let name = symbol(implementation.name.name)
    let place = place(implementation.name.span)
    let id = program.implementations.append(
      ImplementationCode(
        name: "\(namespaces[current].name)::\(program.name(name))", entity: .absent,
        body: .absent, place: place))
    define(name, as: .implementation(id), at: place)
    return id
  }

  /// Declares the variables that a file assigns.
  private mutating func declareVariables(of file: SyntaxFile) {
    for index in file.statements.indices {
      guard case .assignVariable(let target, _) = file.statements[index].kind, target.isBare
      else { continue }
      let name = symbol(target.name)
      let id = VariableID(program.globalNames.count)
      if namespaces[current].variables.insert(id, for: name) == nil {
        program.globalNames.append(name)
      }
    }
  }

  // MARK: Typedefs

  private mutating func evaluate(
    _ typedef: TypedefDeclaration, _ id: TypeID
  ) throws(Interruption) {
    guard case .type(let base) = try find(typedef.base),
      case .constrained(var code) = program.types[id]
    else {
      throw .failed(
        Problem(
          .wrongKind, "`\(text(typedef.base))` is not a type to base a typedef on",
          at: place(typedef.base.span)))
    }
    code.base = base
    program.types[id] = .constrained(code)
    try checkBases(of: id, at: code.place)
  }

  /// Follows the bases of a typedef, which must end at a primitive type.
  private func checkBases(of id: TypeID, at place: PlaceID) throws(Interruption) {
    var current = id
    for _ in 0...limits.inheritanceDepthMax {
      guard case .constrained(let code) = program.types[current] else { return }
      guard code.base.isPresent else { return }
      if code.base == id {
        throw .failed(
          Problem(.invalidTypedef, "the type `\(code.name)` is based on itself", at: place))
      }
      current = code.base
    }
    throw .failed(
      Problem(
        .inheritanceLimit,
        "more than \(limits.inheritanceDepthMax) types are based on each other here", at: place))
  }

  // MARK: Relations, indexes, implement

  private mutating func evaluateOthers() {
    var indexes: [(Int, IndexDeclaration)] = []
    var implements: [(Int, ImplementDeclaration)] = []
    for index in executionOrder {
      current = index
      for declaration in namespaces[index].file.declarations {
        switch declaration {
        case .relation(let relation):
          attempt { (builder: inout ModelBuilder) throws(Interruption) in
            try builder.evaluate(relation)
          }
        case .index(let declaration): indexes.append((index, declaration))
        case .implement(let declaration): implements.append((index, declaration))
        default: continue
        }
      }
    }
    for id in program.entities.indices { collectAttributes(EntityID(id)) }
    for (index, declaration) in indexes {
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.evaluate(declaration)
      }
    }
    for (index, declaration) in implements {
      current = index
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        try builder.evaluate(declaration)
      }
    }
  }

  private mutating func evaluate(_ relation: RelationDeclaration) throws(Interruption) {
    let left = try findEntity(relation.left.entity)
    let right = try findEntity(relation.target)
    let leftName = symbol(relation.left.attribute.name)
    var leftEnd = try end(relation.left, on: left, target: right)
    guard let rightSide = relation.right else {
      try declare(leftEnd, on: left)
      return
    }
    let rightName = symbol(rightSide.attribute.name)
    leftEnd.inverse = rightName
    leftEnd.inverseOwner = right
    if left == right, leftName == rightName {
      try declare(leftEnd, on: left)
      return
    }
    var rightEnd = try end(rightSide, on: right, target: left)
    rightEnd.inverse = leftName
    rightEnd.inverseOwner = left
    try declare(rightEnd, on: right)
    try declare(leftEnd, on: left)
  }

  private mutating func end(
    _ end: RelationDeclaration.End, on owner: EntityID, target: EntityID
  ) throws(Interruption) -> AttributeCode {
    let name = symbol(end.attribute.name)
    let place = place(end.attribute.span)
    if program.name(name).contains("-") {
      throw .failed(
        Problem(
          .hyphenInName, "hyphens are not allowed in names: rename `\(program.name(name))`",
          at: place))
    }
    let lower = end.multiplicity.lower
    let upper = end.multiplicity.upper
    let kind: AttributeCode.Kind =
      upper == 1 && lower == 1 ? .single : upper == 1 && lower == 0 ? .optional : .list
    var code = AttributeCode(
      name: name, kind: kind, type: entityType(target), owner: owner, place: place)
    code.lower = Int32(clamping: lower)
    code.upper = upper.map { Int32(clamping: $0) } ?? -1
    code.target = target
    return code
  }

  private mutating func declare(
    _ attribute: AttributeCode, on entity: EntityID
  ) throws(Interruption) {
    if let first = program.entities[entity].own.first(where: { $0.name == attribute.name }) {
      throw .failed(
        Problem(
          .duplicateDefinition,
          "`\(program.name(attribute.name))` is defined twice in "
            + "`\(program.entities[entity].name)`", at: first.place
        ).label(attribute.place, "the second definition"))
    }
    program.entities[entity].own.append(attribute)
  }

  private mutating func evaluate(_ index: IndexDeclaration) throws(Interruption) {
    let entity = try findEntity(index.entity)
    let place = place(index.span)
    let code = program.entities[entity]
    for attribute in index.attributes {
      let name = symbol(attribute.name)
      guard let slot = code.slots[name] else {
        let known = code.attributes.map { program.name($0.name) }
        throw .failed(
          Problem(
            .unknownAttribute,
            "`\(code.name)` has no attribute `\(program.name(name))` to index", at: place,
            help: Suggestion.closest(to: program.name(name), among: known)
              .map { "did you mean `\($0)`?" }))
      }
      let found = code.attributes[slot]
      let problem: String? =
        found.isRelation && found.lower == 0
        ? "an optional relation" : found.isMulti ? "a list" : nil
      if let problem {
        throw .failed(
          Problem(
            .invalidIndex,
            "an index cannot contain `\(program.name(name))`: it is \(problem)", at: place
          ).label(found.place, "declared here"))
      }
    }
    addIndex(index.attributes.map { symbol($0.name) }, to: entity, at: place)
  }

  private mutating func addIndex(
    _ attributes: [StringID], to entity: EntityID, at place: PlaceID
  ) {
    if program.entities[entity].indices.contains(where: { $0.attributes == attributes }) { return }
    let sorted = attributes.sorted { program.name($0) < program.name($1) }
    let slots = sorted.map { program.entities[entity].slots[$0] ?? 0 }
    program.entities[entity].indices.append(
      IndexCode(attributes: sorted, place: place, slots: slots))
    for child in program.entities[entity].children { addIndex(attributes, to: child, at: place) }
  }

  private mutating func evaluate(_ implement: ImplementDeclaration) throws(Interruption) {
    let entity = try findEntity(implement.entity)
    let place = place(implement.entity.span)
    var code = ImplementCode(
      entity: entity, implementations: [], condition: .absent, place: place)
    for use in implement.uses {
      switch use {
      case .parents:
        program.entities[entity].inheritsImplements = true
      case .implementation(let name):
        guard case .implementation(let id) = try find(name) else {
          throw .failed(
            Problem(
              .wrongKind, "`\(text(name))` is not an implementation", at: self.place(name.span)))
        }
        let target = program.implementations[id].entity
        if target.isPresent, !program.entities[entity].lineage.contains(target) {
          throw .failed(
            Problem(
              .invalidImplementation,
              "`\(text(name))` is for `\(program.entities[target].name)`, which is not above "
                + "`\(program.entities[entity].name)`", at: place
            ).label(program.implementations[id].place, "it is defined here"))
        }
        code.implementations.append(id)
      }
    }
    let id = program.implements.append(code)
    program.entities[entity].ownImplements.append(id)
    pendingConditions.append((id, current, implement.condition))
  }
}
