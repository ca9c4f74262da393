internal import Diagnostics

extension ModelBuilder {
  // MARK: Bodies

  /// Flattens everything that is executed.
  mutating func lowerBodies(
    _ typedefs: [(TypeID, Int, TypedefDeclaration)],
    _ implementations: [(ImplementationID, Int, ImplementationDeclaration)]
  ) {
    program.reserveCode(bytes: namespaces.reduce(0) { $0 + $1.file.source.bytes.count })
    for (id, index, declaration) in typedefs {
      current = index
      isConstraint = true
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        guard case .constrained(var code) = builder.program.types[id] else { return }
        code.constraint = try builder.lowerUnit(declaration.constraint)
        builder.program.types[id] = .constrained(code)
      }
      isConstraint = false
    }
    for (id, index, condition) in pendingConditions {
      guard let condition else { continue }
      current = index
      scopes = [LexicalScope(names: [:], isObject: true)]
      attempt { (builder: inout ModelBuilder) throws(Interruption) in
        builder.program.implements[id].condition = try builder.lowerUnit(
          condition, reader: builder.program.implements[id].place)
      }
      scopes = []
    }
    for (id, index, declaration) in implementations {
      current = index
      program.implementations[id].body = lowerBlock(declaration.body, isObject: true)
    }
    for index in executionOrder {
      current = index
      scopes = []
      reader = .absent
      program.annotations.append(lowerAnnotations(namespaces[index].file))
      program.files.append(lowerFile(namespaces[index].file.statements))
    }
  }

  private mutating func lowerAnnotations(
    _ file: SyntaxFile
  ) -> [(value: ExpressionID, place: PlaceID)] {
    var result: [(value: ExpressionID, place: PlaceID)] = []
    for case .relation(let relation) in file.declarations {
      for annotation in relation.annotations {
        let place = place(annotation.span)
        attempt { (builder: inout ModelBuilder) throws(Interruption) in
          let relation = builder.place(relation.span)
          result.append((try builder.lowerUnit(annotation, reader: relation), place))
        }
      }
    }
    return result
  }

  private mutating func lowerFile(_ statements: [Statement]) -> BlockID {
    var code = BlockCode()
    for statement in statements { lower(statement, into: &code) }
    return program.blocks.append(code)
  }

  /// Flattens the statements of a body; they are emitted in reverse order.
  private mutating func lowerBlock(
    _ statements: [Statement], isObject: Bool = false, loopVariable: Identifier? = nil
  ) -> BlockID {
    var code = BlockCode()
    var names: [StringID: Int32] = [:]
    func declare(_ name: StringID) {
      guard names[name] == nil else { return }
      names[name] = Int32(code.variables.count)
      code.variables.append(name)
    }
    if let loopVariable { declare(symbol(loopVariable.name)) }
    for statement in statements {
      guard case .assignVariable(let target, _) = statement.kind, target.isBare else { continue }
      let name = symbol(target.name)
      if names[name] == nil { warnIfShadowing(name, at: target.span) }
      declare(name)
    }
    scopes.append(LexicalScope(names: names, isObject: isObject))
    for statement in statements.reversed() { lower(statement, into: &code) }
    scopes.removeLast()
    code.promised.removeAll { names[$0.root] != nil }
    return program.blocks.append(code)
  }

  private mutating func warnIfShadowing(_ name: StringID, at span: SourceSpan) {
    let isShadowing =
      scopes.contains { $0.names[name] != nil } || namespaces[current].variables[name] != nil
    guard isShadowing else { return }
    warn(
      .shadowedVariable, "variable `\(program.name(name))` hides one of an enclosing block",
      at: span)
  }

  // MARK: Statements

  private mutating func lower(_ statement: Statement, into block: inout BlockCode) {
    do {
      let code = try lower(statement, promised: &block.promised)
      block.statements.append(program.statements.append(code))
    } catch {
      report(error)
    }
  }

  private mutating func lower(
    _ statement: Statement, promised: inout [PromisedAssignment]
  ) throws(Interruption) -> StatementCode {
    let place = place(statement.span)
    reader = place
    switch statement.kind {
    case .expression(let expression): return .expression(try lowerUnit(expression))
    case .assignVariable(let target, let value):
      if program.heap.strings.contains(UInt8(ascii: "-"), in: symbol(target.name)) {
        throw .failed(
          Problem(
            .hyphenInName, "hyphens are not allowed in names: rename `\(text(target))`",
            at: self.place(target.span)))
      }
      guard target.isBare else {
        return .invalid(
          Problem(
            .unknownVariable, "variable `\(text(target))` cannot be assigned here", at: place,
            help: "a namespace's variables are assigned in its own file"))
      }
      let outer = nextSlot
      nextSlot = 0
      let variable = program.expressions.append(try lowerVariable(target))
      nextSlot = outer
      return .assign(variable: variable, value: try lowerUnit(value), place: place)
    case .assignAttribute(let owner, let name, let value, let isAddition):
      let attribute = symbol(name.name)
      if let root = rootName(of: owner) {
        promised.append(
          PromisedAssignment(owner: owner, attribute: attribute, place: place, root: root))
      }
      let receiver = Receiver.assignment(owner: owner, attribute: attribute)
      return .assignAttribute(
        AttributeAssignmentCode(
          owner: try lowerOwner(owner, at: place), name: attribute,
          value: try lowerUnit(value, receiver: receiver), isAddition: isAddition, place: place))
    case .for(let variable, let iterable, let body):
      let iterableCode = try lowerUnit(iterable)
      let block = lowerBlock(body, loopVariable: variable)
      promised += program.blocks[block].promised
      return .loop(
        LoopCode(
          iterable: iterableCode, body: block,
          promises: try lowerPromises(program.blocks[block].promised), place: place,
          description:
            "`\(namespaces[current].file.source.text(from: iterable.span.start, to: iterable.span.end))`"
        ))
    case .if(let branches, let otherwise):
      return try lowerBranches(branches[...], otherwise, promised: &promised)
    }
  }

  private mutating func lowerBranches(
    _ branches: ArraySlice<ConditionalBlock>, _ otherwise: [Statement],
    promised: inout [PromisedAssignment]
  ) throws(Interruption) -> StatementCode {
    guard let first = branches.first else {
      return .branch(
        BranchCode(
          condition: .absent, then: .absent, otherwise: .absent, promises: [], place: .absent))
    }
    let place = place(first.span)
    let condition = try lowerUnit(first.condition, reader: place)
    let then = lowerBlock(first.body)
    let rest: BlockID
    if branches.count > 1 {
      // An `elif` is an `if` in a block of its own.
      var block = BlockCode()
      scopes.append(LexicalScope(names: [:]))
      let inner = try lowerBranches(branches.dropFirst(), otherwise, promised: &block.promised)
      scopes.removeLast()
      block.statements.append(program.statements.append(inner))
      rest = program.blocks.append(block)
    } else {
      rest = lowerBlock(otherwise)
    }
    let below = program.blocks[then].promised + program.blocks[rest].promised
    promised += below
    return .branch(
      BranchCode(
        condition: condition, then: then, otherwise: rest, promises: try lowerPromises(below),
        place: place))
  }

  private mutating func lowerPromises(
    _ promised: [PromisedAssignment]
  ) throws(Interruption) -> [PromiseCode] {
    var result: [PromiseCode] = []
    for promise in promised {
      result.append(
        PromiseCode(
          owner: try lowerUnit(promise.owner), name: promise.attribute, place: promise.place))
    }
    return result
  }

  /// The first name of a path; qualified names have none that a block could declare.
  private func rootName(of owner: Expression) -> StringID? {
    switch owner.kind {
    case .variable(let name): name.isBare ? symbol(name.name) : StringID.absent
    case .attribute(let inner, _): rootName(of: inner)
    default: nil
    }
  }
}
