internal import Diagnostics
internal import Language

/// Walks over the syntax of one file and notes what it defines and names.
struct FileIndexReader {
  /// Names of a block, and the entity that the block is for.
  struct Scope {
    var names: [String: Int] = [:]
    var entity: WrittenName?
  }

  let layout: SyntaxLayout
  var imports: [(name: String, namespace: String, span: SourceSpan)] = []
  var definitions: [Definition] = []
  var words: [Word] = []
  var locals: [Definition] = []
  var localScopes: [SourceSpan] = []
  var instanceScopes: [(entity: WrittenName, span: SourceSpan)] = []
  var scopes: [Scope] = []
  /// The whole statement that begins at an offset.
  private var ranges: [UInt32: SourceSpan] = [:]
  private var assigned: Set<String> = []
  private var firstAssignments: Set<UInt32> = []

  init(_ layout: SyntaxLayout) {
    self.layout = layout
    note(layout.nodes)
  }

  private mutating func note(_ nodes: [SyntaxNode]) {
    for node in nodes where !node.tokens.isEmpty && node.kind != .header {
      let first = layout.tokens[node.tokens.lowerBound]
      let last = layout.tokens[node.tokens.upperBound - 1]
      let span = SourceSpan(file: layout.source.id, start: first.start, end: last.end)
      if ranges[first.start] == nil { ranges[first.start] = span }
      note(node.children)
    }
  }

  /// The whole statement that starts where a span does, or the span.
  func range(_ span: SourceSpan) -> SourceSpan { ranges[span.start] ?? span }

  func text(_ name: Name) -> String { layout.file.names[name] }

  func written(_ name: QualifiedName) -> WrittenName {
    WrittenName(
      path: name.isBare ? nil : name.namespace.map { text($0) }.joined(separator: "::"),
      name: text(name.name))
  }

  mutating func add(_ span: SourceSpan, _ target: WordTarget, isDefinition: Bool = false) {
    words.append(Word(span: span, target: target, isDefinition: isDefinition))
  }

  /// Notes the words of a qualified name: the namespace, and what it holds. Returns the last part's place.
  @discardableResult
  mutating func add(_ name: QualifiedName, _ target: WordTarget) -> SourceSpan {
    let last = UInt32(text(name.name).utf8.count)
    let span = SourceSpan(
      file: name.span.file, start: max(name.span.start, name.span.end &- last), end: name.span.end)
    if let path = written(name).path {
      add(
        SourceSpan(
          file: span.file, start: name.span.start,
          end: min(name.span.start + UInt32(path.utf8.count), name.span.end)),
        .namespace(path))
    }
    add(span, target)
    return span
  }

  @discardableResult
  mutating func addDefinition(_ name: QualifiedName) -> WrittenName {
    let short = written(name)
    add(name, .definition(short))
    return short
  }

  mutating func read() {
    for declaration in layout.file.imports { read(declaration) }
    for declaration in layout.file.declarations { read(declaration) }
    for statement in layout.file.statements {
      noteVariable(statement)
      read(statement)
    }
  }

  // MARK: - Definitions

  private mutating func read(_ declaration: ImportDeclaration) {
    let namespace = layout.file.text(of: declaration.namespace)
    add(declaration.namespace.span, .module(namespace))
    var name = namespace
    if let alias = declaration.alias {
      name = text(alias.name)
      add(alias.span, .namespace(name))
    }
    imports.append((name, namespace, declaration.span))
  }

  private mutating func read(_ declaration: Declaration) {
    switch declaration {
    case .entity(let entity): read(entity)
    case .typedef(let typedef): read(typedef)
    case .relation(let relation): read(relation)
    case .index(let index): read(index)
    case .implementation(let implementation): read(implementation)
    case .implement(let implement): read(implement)
    }
  }

  private func line(_ span: SourceSpan) -> String {
    layout.source.text(from: span.start, to: span.end)
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private mutating func read(_ entity: EntityDeclaration) {
    let name = WrittenName(name: text(entity.name.name))
    add(entity.name.span, .definition(name), isDefinition: true)
    var detail = line(entity.span)
    if detail.hasSuffix(":") { detail.removeLast() }
    var definition = Definition(
      kind: .entity, name: name.name, span: entity.name.span, range: range(entity.span),
      detail: detail, documentation: entity.documentation, type: .entity(name))
    for parent in entity.parents { definition.parents.append(addDefinition(parent)) }
    definitions.append(definition)
    for attribute in entity.attributes {
      addDefinition(attribute.type.name)
      let attributeName = text(attribute.name.name)
      let type = line(attribute.type.span)
      add(
        attribute.name.span, .attribute(.entity(name), attributeName), isDefinition: true)
      definitions.append(
        Definition(
          kind: .attribute, name: attributeName, span: attribute.name.span,
          range: range(attribute.type.span), owner: name, detail: "\(type) \(attributeName)",
          type: .plain(type)))
      if case .value(let value) = attribute.defaultValue { read(value) }
    }
  }

  private mutating func read(_ typedef: TypedefDeclaration) {
    let name = text(typedef.name.name)
    add(typedef.name.span, .definition(WrittenName(name: name)), isDefinition: true)
    addDefinition(typedef.base)
    definitions.append(
      Definition(
        kind: .type, name: name, span: typedef.name.span, range: range(typedef.span),
        detail: line(typedef.span), documentation: typedef.documentation, type: .plain(name)))
    // The one name that a constraint may use is `self`, the value that is checked.
    scopes.append(Scope(names: [:], entity: nil))
    readConstraint(typedef.constraint)
    scopes.removeLast()
  }

  /// Notes the functions and types that a constraint names.
  private mutating func readConstraint(_ expression: Expression) {
    let before = words.count
    read(expression)
    words.removeSubrange(
      before..<words.count,
      where: { word in
        if case .variable(let name, _) = word.target { return name == WrittenName(name: "self") }
        return false
      })
  }

  private mutating func read(_ relation: RelationDeclaration) {
    let whole = range(relation.span)
    let left = addDefinition(relation.left.entity)
    let right = addDefinition(relation.target)
    for annotation in relation.annotations { read(annotation) }
    read(relation.left, of: left, to: right, whole, relation.documentation)
    if let end = relation.right { read(end, of: right, to: left, whole, relation.documentation) }
  }

  private mutating func read(
    _ end: RelationDeclaration.End, of owner: WrittenName, to target: WrittenName,
    _ whole: SourceSpan, _ documentation: String?
  ) {
    let name = text(end.attribute.name)
    let type = ([target.path, target.name].compactMap { $0 }).joined(separator: "::")
    let upper = end.multiplicity.upper.map { "\($0)" } ?? ""
    let bounds =
      end.multiplicity.upper == end.multiplicity.lower
      ? upper : "\(end.multiplicity.lower):\(upper)"
    add(end.attribute.span, .attribute(.entity(owner), name), isDefinition: true)
    definitions.append(
      Definition(
        kind: .relation, name: name, span: end.attribute.span, range: whole, owner: owner,
        detail: "\(type) \(name) [\(bounds)]", documentation: documentation,
        type: .entity(target)))
  }

  private mutating func read(_ index: IndexDeclaration) {
    let owner = addDefinition(index.entity)
    for attribute in index.attributes {
      add(attribute.span, .attribute(.entity(owner), text(attribute.name)))
    }
    definitions.append(
      Definition(
        kind: .index, name: line(index.span), span: index.entity.span, range: range(index.span),
        owner: owner, detail: line(index.span)))
  }

  private mutating func read(_ implementation: ImplementationDeclaration) {
    let name = text(implementation.name.name)
    add(implementation.name.span, .definition(WrittenName(name: name)), isDefinition: true)
    let entity = addDefinition(implementation.entity)
    var detail = line(implementation.span)
    if detail.hasSuffix(":") { detail.removeLast() }
    let whole = range(implementation.span)
    definitions.append(
      Definition(
        kind: .implementation, name: name, span: implementation.name.span, range: whole,
        detail: detail, documentation: implementation.documentation))
    instanceScopes.append((entity, whole))
    scopes.append(Scope(names: [:], entity: entity))
    readBlock(implementation.body, in: whole)
    scopes.removeLast()
  }

  private mutating func read(_ implement: ImplementDeclaration) {
    let entity = addDefinition(implement.entity)
    for use in implement.uses {
      if case .implementation(let name) = use { addDefinition(name) }
    }
    guard let condition = implement.condition else { return }
    instanceScopes.append((entity, range(implement.span)))
    scopes.append(Scope(names: [:], entity: entity))
    read(condition)
    scopes.removeLast()
  }

  // MARK: - Statements

  /// Notes the first assignment of a variable at file level.
  private mutating func noteVariable(_ statement: Statement) {
    guard case .assignVariable(let target, let value) = statement.kind, target.isBare else {
      return
    }
    let name = text(target.name)
    guard assigned.insert(name).inserted else { return }
    firstAssignments.insert(target.span.start)
    definitions.append(
      Definition(
        kind: .variable, name: name, span: target.span,
        range: ranges[target.span.start] ?? target.span.joined(to: value.span),
        detail: line(target.span.joined(to: value.span)), type: type(of: value)))
  }

  /// Reads statements that have names of their own.
  mutating func readBlock(_ statements: [Statement], in range: SourceSpan) {
    scopes.append(Scope())
    for statement in statements {
      guard case .assignVariable(let target, let value) = statement.kind, target.isBare else {
        continue
      }
      let name = text(target.name)
      if scopes[scopes.count - 1].names[name] == nil {
        declare(name, at: target.span, in: range, type: type(of: value))
      }
    }
    for statement in statements { read(statement) }
    scopes.removeLast()
  }

  /// Enters a name into the innermost scope.
  mutating func declare(
    _ name: String, at span: SourceSpan, in range: SourceSpan, type: ValueType
  ) {
    scopes[scopes.count - 1].names[name] = locals.count
    locals.append(
      Definition(kind: .local, name: name, span: span, range: span, detail: name, type: type))
    localScopes.append(range)
  }

  mutating func read(_ statement: Statement) {
    switch statement.kind {
    case .assignVariable(let target, let value):
      let meaning = meaning(of: target)
      var isDefinition = false
      if case .local(let local) = meaning { isDefinition = locals[local].span == target.span }
      if case .variable(let name, nil) = meaning, name.path == nil {
        isDefinition = firstAssignments.contains(target.span.start)
      }
      let last = add(target, meaning)
      if isDefinition, words.last?.span == last { words[words.count - 1].isDefinition = true }
      read(value)
    case .assignAttribute(let owner, let name, let value, _):
      read(owner)
      add(name.span, .attribute(type(of: owner), text(name.name)))
      read(value)
    case .for(let variable, let iterable, let body):
      read(iterable)
      let whole = range(statement.span)
      scopes.append(Scope())
      declare(text(variable.name), at: variable.span, in: whole, type: type(of: iterable))
      add(variable.span, .local(locals.count - 1), isDefinition: true)
      readBlock(body, in: whole)
      scopes.removeLast()
    case .if(let branches, let otherwise):
      let whole = range(statement.span)
      for branch in branches {
        read(branch.condition)
        readBlock(branch.body, in: whole)
      }
      readBlock(otherwise, in: whole)
    case .expression(let expression): read(expression)
    }
  }
}

extension [Word] {
  fileprivate mutating func removeSubrange(
    _ range: Range<Int>, where condition: (Word) -> Bool
  ) {
    let kept = self[range].filter { !condition($0) }
    replaceSubrange(range, with: kept)
  }
}
