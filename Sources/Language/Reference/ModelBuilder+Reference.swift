public import Diagnostics

/// The names of a docstring: `:attr name: text` and `:rel name: text`, with lines that go on.
struct Docstring {
  var text = ""
  var fields: [String: String] = [:]

  init(_ documentation: String?) {
    var lines: [String] = []
    var field: String?
    for line in (documentation ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
      let trimmed = line.trimmed
      if let (name, rest) = Self.field(trimmed) {
        field = name
        fields[name] = rest
      } else if let name = field, !trimmed.isEmpty {
        fields[name] = (fields[name] ?? "") + " " + trimmed
      } else {
        field = nil
        lines.append(trimmed)
      }
    }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    while lines.last?.isEmpty == true { lines.removeLast() }
    text = lines.joined(separator: "\n")
  }

  private static func field(_ line: String) -> (name: String, text: String)? {
    guard line.hasPrefix(":"), let end = line.dropFirst().firstIndex(of: ":") else { return nil }
    let words = line[line.index(after: line.startIndex)..<end].split(separator: " ")
    guard words.count == 2, ["attr", "rel", "param"].contains(words[0]) else { return nil }
    return (String(words[1]), line[line.index(after: end)...].trimmed)
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let rest = drop(while: \.isWhitespace)
    return String(
      rest.prefix(
        upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:))
          ?? rest.startIndex))
  }
}

extension ModelBuilder {
  /// Collects what the loaded modules define. The definitions were processed without errors.
  mutating func makeReference() -> ModelReference {
    var entities: [EntityID: ModelReference.Entity] = [:]
    var result = ModelReference()
    for index in executionOrder {
      current = index
      for declaration in namespaces[index].file.declarations {
        attempt { (builder: inout ModelBuilder) throws(Interruption) in
          try builder.collect(declaration, &entities)
        }
      }
    }
    for index in executionOrder {
      current = index
      result.modules.append(module(index, entities))
    }
    result.modules.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return result
  }

  private func written(_ span: SourceSpan) -> String {
    sources[span.file]?.text(from: span.start, to: span.end) ?? ""
  }

  // MARK: Entities

  private mutating func collect(
    _ declaration: Declaration, _ entities: inout [EntityID: ModelReference.Entity]
  ) throws(Interruption) {
    switch declaration {
    case .entity(let entity):
      guard case .entity(let id)? = namespaces[current].definitions[symbol(entity.name.name)]
      else { return }
      var page = entities[id] ?? page(of: id)
      describe(entity, id, &page)
      entities[id] = page
    case .relation(let relation): try collect(relation, &entities)
    case .index(let index):
      let id = try findEntity(index.entity)
      let table = namespaces[current].file.names
      let names = index.attributes.map { table[$0.name] }
      var page = entities[id] ?? page(of: id)
      page.indexes.append(names)
      entities[id] = page
    case .implement(let implement):
      let id = try findEntity(implement.entity)
      var uses: [String] = []
      for use in implement.uses {
        guard case .implementation(let name) = use else {
          uses.append("parents")
          continue
        }
        guard case .implementation(let found) = try find(name) else { continue }
        uses.append(program.implementations[found].name)
      }
      var page = entities[id] ?? page(of: id)
      var condition: String?
      if let expression = implement.condition { condition = written(expression.span) }
      page.implements.append(.init(implementations: uses, condition: condition))
      entities[id] = page
    case .typedef, .implementation: return
    }
  }

  private func page(of id: EntityID) -> ModelReference.Entity {
    var parents: [String] = []
    for parent in program.entities[id].parents { parents.append(program.entities[parent].name) }
    parents.removeAll { $0 == "std::Entity" }
    return ModelReference.Entity(
      name: program.entities[id].name, parents: parents, documentation: "")
  }

  private func describe(
    _ declaration: EntityDeclaration, _ id: EntityID, _ page: inout ModelReference.Entity
  ) {
    let documentation = Docstring(declaration.documentation)
    page.documentation = documentation.text
    for attribute in declaration.attributes {
      let name = namespaces[current].file.names[attribute.name.name]
      var text: String?
      switch attribute.defaultValue {
      case .none: break
      case .undefined: text = "undef"
      case .value(let value): text = written(value.span)
      }
      page.attributes.append(
        .init(
          name: name, type: written(attribute.type.span), defaultText: text,
          documentation: documentation.fields[name] ?? ""))
    }
    for (index, relation) in page.relations.enumerated() {
      if let text = documentation.fields[relation.name] { page.relations[index].add(text) }
    }
    page.relationTexts = documentation.fields
  }

  private mutating func collect(
    _ relation: RelationDeclaration, _ entities: inout [EntityID: ModelReference.Entity]
  ) throws(Interruption) {
    let names = namespaces[current].file.names
    let owner = try findEntity(relation.left.entity)
    let target = try findEntity(relation.target)
    let text = Docstring(relation.documentation).text
    let left = names[relation.left.attribute.name]
    let right = relation.right.map { names[$0.attribute.name] }
    var page = entities[owner] ?? self.page(of: owner)
    add(relation.left, left, to: &page, target, right, text)
    entities[owner] = page
    guard let end = relation.right, let right else { return }
    page = entities[target] ?? self.page(of: target)
    add(end, right, to: &page, owner, left, text)
    entities[target] = page
  }

  private func add(
    _ end: RelationDeclaration.End, _ name: String, to page: inout ModelReference.Entity,
    _ other: EntityID, _ otherEnd: String?, _ documentation: String
  ) {
    var entry = ModelReference.Relation(
      name: name, target: program.entities[other].name, lower: end.multiplicity.lower,
      upper: end.multiplicity.upper, otherEnd: otherEnd, documentation: documentation)
    if let more = page.relationTexts[name] { entry.add(more) }
    page.relations.append(entry)
  }

  // MARK: Modules

  private mutating func module(
    _ index: Int, _ entities: [EntityID: ModelReference.Entity]
  ) -> ModelReference.Module {
    let file = namespaces[index].file
    var page = ModelReference.Module(
      name: namespaces[index].name, documentation: Docstring(file.documentation).text)
    for declaration in file.declarations {
      switch declaration {
      case .entity(let entity):
        if case .entity(let id)? = namespaces[index].definitions[symbol(entity.name.name)],
          let entity = entities[id]
        {
          page.entities.append(entity)
        }
      case .typedef(let typedef):
        page.typedefs.append(
          .init(
            name: "\(page.name)::\(file.names[typedef.name.name])",
            base: file.text(of: typedef.base), constraint: written(typedef.constraint.span),
            documentation: Docstring(typedef.documentation).text))
      case .implementation(let implementation):
        guard
          case .implementation(let id)? =
            namespaces[index].definitions[symbol(implementation.name.name)]
        else { continue }
        let code = program.implementations[id]
        page.implementations.append(
          .init(
            name: code.name, entity: program.entities[code.entity].name,
            documentation: Docstring(implementation.documentation).text))
      default: continue
      }
    }
    describeFunctions(&page, file)
    return page
  }

  // MARK: Functions

  /// Loads the code of a module, and describes the functions of its namespace.
  private mutating func describeFunctions(_ page: inout ModelReference.Module, _ file: SyntaxFile) {
    var failures: [FunctionFailure] = []
    attempt { (builder: inout ModelBuilder) throws(Interruption) in
      failures = try builder.loadFunctions(
        for: QualifiedName(name: Name(index: 0), span: file.source.span))
    }
    let isTop = page.name.components.count == 1
    page.failures = isTop ? failures.map(\.message) : []
    var found: [ModelReference.Function] = []
    for function in library.functions where Self.namespace(of: function.name) == page.name {
      found.append(.init(name: function.name, signature: function.signature, replacement: nil))
    }
    for function in functionDescriptions where Self.namespace(of: function.name) == page.name {
      guard !found.contains(where: { $0.name == function.name }) else { continue }
      found.append(
        .init(
          name: function.name, signature: function.signature, replacement: function.replacement))
    }
    page.functions = found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func namespace(of name: String) -> String {
    name.components.dropLast().joined(separator: "::")
  }
}

extension ModelReference.Relation {
  fileprivate mutating func add(_ text: String) {
    guard !documentation.contains(text) else { return }
    documentation += documentation.isEmpty ? text : " " + text
  }
}

extension NativeFunction {
  /// How the function is called.
  var signature: String {
    var texts = parameters.map { parameter in
      var text = "\(parameter.name): \(parameter.kind.text)"
      if let fallback = parameter.fallback { text += " = \(fallback.text)" }
      return text
    }
    if takesMore { texts.append("*more") }
    if takesKeywords { texts.append("**keywords") }
    return "\(name)(\(texts.joined(separator: ", ")))"
  }
}

extension NativeFunction.Kind {
  fileprivate var text: String {
    switch self {
    case .any: "any"
    case .string: "string"
    case .int: "int"
    case .number: "number"
    case .bool: "bool"
    case .list: "list"
    case .dictionary: "dict"
    case .nullable(let kind): kind.text + "?"
    }
  }
}

extension NativeFunction.Default {
  fileprivate var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .string(let text): PythonText.repr(text)
    }
  }
}

extension FunctionDescription {
  /// How the function is called.
  var signature: String {
    var texts: [String] = []
    for parameter in parameters {
      if parameter.form == .named, !texts.contains("*"), !texts.contains(where: \.startsMore) {
        texts.append("*")
      }
      let prefix = parameter.form == .more ? "*" : parameter.form == .moreNamed ? "**" : ""
      let isOptional = parameter.isOptional && prefix.isEmpty
      texts.append(
        "\(prefix)\(parameter.name): \(parameter.type.text)\(isOptional ? " = …" : "")")
    }
    return "\(name)(\(texts.joined(separator: ", "))) -> \(result.text)"
  }
}

extension String {
  fileprivate var startsMore: Bool { hasPrefix("*") && !hasPrefix("**") }
}

extension FunctionType {
  fileprivate var text: String {
    switch self {
    case .any: "any"
    case .named(let name): name
    case .list(let element): "\(element.text)[]"
    case .dictionary(let value): "dict[\(value.text)]"
    case .oneOf(let types): types.map(\.text).joined(separator: " | ")
    case .reference(let type): "Reference[\(type.text)]"
    }
  }
}

extension Compiler {
  /// What the modules of the project define.
  ///
  /// Reads definitions only: bodies and statements are parsed, not checked. The code of modules is
  /// loaded for the signatures of its functions, if there is something that can.
  ///
  /// - Returns: The reference, or nil and the diagnostics that say why not; and the files.
  public func reference() -> (
    reference: ModelReference?, diagnostics: [Diagnostic], sources: SourceMap
  ) {
    var builder = makeBuilder()
    let isLoaded = builder.load()
    if isLoaded { builder.processDefinitions(withBodies: false) }
    let reference = isLoaded && !builder.hasErrors ? builder.makeReference() : nil
    _ = functions?.end()
    return (
      builder.hasErrors ? nil : reference, Array(builder.diagnostics.prefix(limits.diagnosticsMax)),
      builder.sources
    )
  }
}
