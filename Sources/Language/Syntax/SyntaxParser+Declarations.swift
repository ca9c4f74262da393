internal import Diagnostics

/// Imports and definitions.
extension SyntaxParser {
  mutating func parseImport() throws(Failure) -> ImportDeclaration {
    let keyword = advance()
    let first = position
    let namespace = try parseNamespaceReference("a module")
    for index in first..<position where tokens[index].flags.contains(.hyphen) {
      try refuseHyphen(tokens[index], "a module")
    }
    var alias: Identifier?
    if accept(.keywordAs) != nil { alias = try parseDefinedIdentifier("an alias") }
    return ImportDeclaration(
      namespace: namespace, alias: alias, span: span(from: keyword.start))
  }

  // MARK: - Entities

  mutating func parseEntity() throws(Failure) -> EntityDeclaration {
    let first = position
    let keyword = advance()
    let nameToken = current
    guard nameToken.kind == .className else {
      if nameToken.kind == .identifier {
        throw fail(.entityNameCase(text(nameToken), at: span(nameToken)))
      }
      throw notAName("an entity name")
    }
    advance()
    try refuseHyphen(nameToken, "an entity")
    var parents: [QualifiedName] = []
    if accept(.keywordExtends) != nil {
      repeat { parents.append(try parseClassReference()) } while accept(.comma) != nil
    }
    try expect(.colon, "`:` after the entity's name")
    note(.header, from: first)
    let place = span(from: keyword.start)
    let documentation = parseDocumentation()
    openBlocks.append(span(keyword))
    var attributes: [AttributeDeclaration] = []
    while currentKind != .keywordEnd {
      let start = position
      do throws(Failure) {
        attributes.append(try parseAttribute())
        note(.attribute, from: start)
      } catch {
        guard recoverInBlock(from: start), currentKind != .keywordElse,
          currentKind != .keywordElif
        else { throw error }
      }
    }
    openBlocks.removeLast()
    try expect(.keywordEnd)
    return EntityDeclaration(
      name: identifier(nameToken), parents: parents, documentation: documentation,
      attributes: attributes, span: place)
  }

  private mutating func parseAttribute() throws(Failure) -> AttributeDeclaration {
    if currentKind == .keywordDict { return try parseDictionaryAttribute() }
    guard currentKind == .identifier else {
      if currentKind == .className {
        throw unexpected(
          expected: "an attribute's type or `end`",
          help: ["entities are linked by relations, outside the entity"])
      }
      throw notAName("an attribute's type or `end`")
    }
    let name = try parseNamespaceReference("a type")
    var isList = false
    if accept(.leftBracket) != nil {
      try expect(.rightBracket, "`]`: a list type is written `type[]`")
      isList = true
    }
    let isNullable = accept(.question) != nil
    let type = TypeReference(
      name: name, isList: isList, isNullable: isNullable, span: span(from: name.span.start))
    let identifier = try parseDefinedIdentifier("an attribute")
    var value = AttributeDeclaration.Default.none
    if accept(.equal) != nil {
      if accept(.keywordUndef) != nil {
        value = .undefined
      } else {
        value = .value(try parseDefault())
      }
    }
    return AttributeDeclaration(type: type, name: identifier, defaultValue: value)
  }

  private mutating func parseDictionaryAttribute() throws(Failure) -> AttributeDeclaration {
    let keyword = advance()
    let name = QualifiedName(name: names.intern("dict"), span: span(keyword))
    let isNullable = accept(.question) != nil
    let type = TypeReference(
      name: name, isList: false, isNullable: isNullable, span: span(from: keyword.start))
    let identifier = try parseDefinedIdentifier("an attribute")
    guard accept(.equal) != nil else {
      return AttributeDeclaration(type: type, name: identifier, defaultValue: .none)
    }
    let token = current
    switch token.kind {
    case .leftBrace:
      let value = try parseDictionary()
      return AttributeDeclaration(type: type, name: identifier, defaultValue: .value(value))
    case .keywordNull:
      advance()
      guard isNullable else { throw fail(.nullForDictionary(at: span(token))) }
      return AttributeDeclaration(
        type: type, name: identifier, defaultValue: .value(Expression(.null, span: span(token))))
    default:
      throw unexpected(expected: isNullable ? "a dictionary or `null`" : "a dictionary")
    }
  }

  /// Parses a constant, or a list of constants.
  private mutating func parseDefault() throws(Failure) -> Expression {
    guard let open = accept(.leftBracket) else { return try parseConstant() }
    var elements: [Expression] = []
    while currentKind != .rightBracket {
      elements.append(try parseConstant())
      if accept(.comma) == nil { break }
    }
    try expect(.rightBracket, "`,` or `]`")
    return try make(
      .list(elements), span(from: open.start), over: elements.map(\.depth).max() ?? 0)
  }

  // MARK: - Relations and indexes

  mutating func parseRelation() throws(Failure) -> RelationDeclaration {
    let start = current.start
    let entity = try parseClassReference()
    let dot = try expect(.dot)
    let left = try parseRelationEnd(of: entity)
    var annotations: [Expression] = []
    if accept(.relation) == nil {
      repeat {
        annotations.append(try parseExpression())
      } while accept(.comma) != nil && !startsTarget
    }
    let target = try parseClassReference()
    var right: RelationDeclaration.End?
    if accept(.dot) != nil { right = try parseRelationEnd(of: target) }
    let place = span(from: start, anchor: dot)
    return RelationDeclaration(
      left: left, target: target, right: right, annotations: annotations,
      documentation: parseDocumentation(), span: place)
  }

  /// Whether an entity's name follows that is no constructor or look-up.
  private var startsTarget: Bool {
    var distance = 0
    while kind(ahead: distance) == .identifier, kind(ahead: distance + 1) == .separator {
      distance += 2
    }
    guard kind(ahead: distance) == .className else { return false }
    let next = kind(ahead: distance + 1)
    return next != .leftParenthesis && next != .leftBracket
  }

  private mutating func parseRelationEnd(
    of entity: QualifiedName
  ) throws(Failure) -> RelationDeclaration.End {
    let attribute = try parseDefinedIdentifier("a relation")
    return RelationDeclaration.End(
      entity: entity, attribute: attribute, multiplicity: try parseMultiplicity())
  }

  private mutating func parseMultiplicity() throws(Failure) -> Multiplicity {
    try expect(.leftBracket, "a multiplicity such as `[1]` or `[0:]`")
    if accept(.colon) != nil {
      let upper = try parseBound()
      try expect(.rightBracket)
      return Multiplicity(lower: 0, upper: upper)
    }
    let lower = try parseBound()
    if accept(.rightBracket) != nil { return Multiplicity(lower: lower, upper: lower) }
    try expect(.colon, "`:` or `]`")
    if accept(.rightBracket) != nil { return Multiplicity(lower: lower, upper: nil) }
    let upper = try parseBound()
    try expect(.rightBracket)
    return Multiplicity(lower: lower, upper: upper)
  }

  private mutating func parseBound() throws(Failure) -> Int {
    let token = try expect(.integer, "a whole number")
    // Numbers beyond Int cannot be reached by any relation.
    return Int(text(token)) ?? Int.max
  }

  mutating func parseIndex() throws(Failure) -> IndexDeclaration {
    let keyword = advance()
    let entity = try parseClassReference()
    try expect(.leftParenthesis)
    var attributes: [Identifier] = []
    repeat { attributes.append(try parseIdentifier("an attribute")) } while accept(.comma) != nil
    try expect(.rightParenthesis, "`,` or `)`")
    return IndexDeclaration(
      entity: entity, attributes: attributes, span: span(from: keyword.start))
  }

  // MARK: - Types and implementations

  mutating func parseTypedef() throws(Failure) -> TypedefDeclaration {
    let keyword = advance()
    let nameToken = current
    if nameToken.kind == .className {
      advance()
      try expect(.keywordAs, "`as`")
      _ = try parseClassReference()
      throw fail(.defaultConstructor(at: span(from: keyword.start)))
    }
    let name = try parseDefinedIdentifier("a type")
    try expect(.keywordAs, "`as`")
    let base = try parseNamespaceReference("the base of a type")
    let constraint: Expression
    if currentKind == .regex {
      constraint = try parseConstant()
    } else {
      try expect(.keywordMatching, "`matching`")
      constraint = try parseExpression()
    }
    let place = span(from: keyword.start)
    checkConstraint(constraint, of: name)
    return TypedefDeclaration(
      name: name, base: base, constraint: constraint, documentation: parseDocumentation(),
      span: place)
  }

  mutating func parseImplementation() throws(Failure) -> ImplementationDeclaration {
    let first = position
    let keyword = advance()
    let name = try parseDefinedIdentifier("an implementation")
    try expect(.keywordFor, "`for`")
    let entity = try parseClassReference()
    try expect(.colon, "`:` after the entity's name")
    note(.header, from: first)
    let place = span(from: keyword.start)
    let documentation = parseDocumentation()
    let body = try parseBlock(span(keyword))
    try expect(.keywordEnd, "`end` of the implementation")
    return ImplementationDeclaration(
      name: name, entity: entity, documentation: documentation, body: body, span: place)
  }

  mutating func parseImplement() throws(Failure) -> ImplementDeclaration {
    let keyword = advance()
    let entity = try parseClassReference()
    try expect(.keywordUsing, "`using`")
    var uses: [ImplementDeclaration.Use] = []
    repeat {
      if let parents = accept(.keywordParents) {
        uses.append(.parents(span(parents)))
      } else {
        uses.append(.implementation(try parseNamespaceReference("an implementation")))
      }
    } while accept(.comma) != nil
    var condition: Expression?
    if accept(.keywordWhen) != nil { condition = try parseExpression() }
    let place = span(from: keyword.start)
    checkParentsCondition(uses, condition, at: entity.span)
    return ImplementDeclaration(
      entity: entity, uses: uses, condition: condition, documentation: parseDocumentation(),
      span: place)
  }

  /// Takes a multi-line string that follows as documentation.
  private mutating func parseDocumentation() -> String? {
    let first = position
    guard let token = accept(.multilineString) else { return nil }
    note(.documentation, from: first)
    return documentation(token)
  }
}
