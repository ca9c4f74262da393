public import Diagnostics

/// A definition at file level.
public enum Declaration: Sendable {
  /// `entity …`.
  case entity(EntityDeclaration)
  /// `typedef …`.
  case typedef(TypedefDeclaration)
  /// `A.b [1] -- B.a [0:]`.
  case relation(RelationDeclaration)
  /// `index …`.
  case index(IndexDeclaration)
  /// `implementation …`.
  case implementation(ImplementationDeclaration)
  /// `implement …`.
  case implement(ImplementDeclaration)
}

/// `import a::b as c`.
public struct ImportDeclaration: Sendable {
  /// The namespace.
  public var namespace: QualifiedName
  /// The name after `as`.
  public var alias: Identifier?
  /// The whole, from the keyword.
  public var span: SourceSpan

  /// Makes an import.
  public init(namespace: QualifiedName, alias: Identifier?, span: SourceSpan) {
    self.namespace = namespace
    self.alias = alias
    self.span = span
  }
}

/// `entity Name extends A, B: … end`.
public struct EntityDeclaration: Sendable {
  /// The name.
  public var name: Identifier
  /// The parents, in text order; empty when there is no `extends`.
  public var parents: [QualifiedName]
  /// The docstring.
  public var documentation: String?
  /// The attributes, in text order.
  public var attributes: [AttributeDeclaration]
  /// The first line, from the keyword to the `:`.
  public var span: SourceSpan

  /// Makes an entity.
  public init(
    name: Identifier, parents: [QualifiedName], documentation: String?,
    attributes: [AttributeDeclaration], span: SourceSpan
  ) {
    self.name = name
    self.parents = parents
    self.documentation = documentation
    self.attributes = attributes
    self.span = span
  }
}

/// `type name = default`.
public struct AttributeDeclaration: Sendable {
  /// What stands after `=`.
  public enum Default: Sendable {
    /// No `=`.
    case none
    /// `= undef`.
    case undefined
    /// A constant, a list of constants or a dictionary. A string with placeholders parses; typing refuses it.
    case value(Expression)
  }

  /// The type.
  public var type: TypeReference
  /// The name.
  public var name: Identifier
  /// The default.
  public var defaultValue: Default

  /// Makes an attribute.
  public init(type: TypeReference, name: Identifier, defaultValue: Default) {
    self.type = type
    self.name = name
    self.defaultValue = defaultValue
  }
}

/// `T`, `T[]`, `T?`, `T[]?`; `dict` is a bare name here.
public struct TypeReference: Sendable {
  /// The type's name.
  public var name: QualifiedName
  /// Whether `[]` follows.
  public var isList: Bool
  /// Whether `?` follows.
  public var isNullable: Bool
  /// The whole.
  public var span: SourceSpan

  /// Makes a reference.
  public init(name: QualifiedName, isList: Bool, isNullable: Bool, span: SourceSpan) {
    self.name = name
    self.isList = isList
    self.isNullable = isNullable
    self.span = span
  }
}

/// `typedef name as base matching constraint`.
public struct TypedefDeclaration: Sendable {
  /// The name.
  public var name: Identifier
  /// The base type.
  public var base: QualifiedName
  /// What must hold for `self`; `matching /re/` is the expression ``Expression/Kind/regex(_:)``.
  public var constraint: Expression
  /// The docstring.
  public var documentation: String?
  /// From the keyword to the constraint.
  public var span: SourceSpan

  /// Makes a typedef.
  public init(
    name: Identifier, base: QualifiedName, constraint: Expression, documentation: String?,
    span: SourceSpan
  ) {
    self.name = name
    self.base = base
    self.constraint = constraint
    self.documentation = documentation
    self.span = span
  }
}

/// How many instances a relation end may hold.
public struct Multiplicity: Hashable, Sendable {
  /// The least number.
  public var lower: Int
  /// The greatest number; nil when unbounded.
  public var upper: Int?

  /// Makes a multiplicity.
  public init(lower: Int, upper: Int?) {
    self.lower = lower
    self.upper = upper
  }
}

/// `A.b [1] -- B.a [0:]`, or `A.b [1] -- B` in one direction.
public struct RelationDeclaration: Sendable {
  /// One side: the attribute that instances of `entity` get, holding instances of the *other* side's entity.
  public struct End: Sendable {
    /// The entity that has the attribute.
    public var entity: QualifiedName
    /// The attribute's name.
    public var attribute: Identifier
    /// How many instances the attribute holds.
    public var multiplicity: Multiplicity

    /// Makes an end.
    public init(entity: QualifiedName, attribute: Identifier, multiplicity: Multiplicity) {
      self.entity = entity
      self.attribute = attribute
      self.multiplicity = multiplicity
    }
  }

  /// The left side.
  public var left: End
  /// The right side's entity.
  public var target: QualifiedName
  /// The right side's attribute; nil for a relation in one direction. Its entity is `target`.
  public var right: End?
  /// The expressions between the sides, instead of `--`.
  public var annotations: [Expression]
  /// The docstring.
  public var documentation: String?
  /// From the line of the first dot on.
  public var span: SourceSpan

  /// Makes a relation.
  public init(
    left: End, target: QualifiedName, right: End?, annotations: [Expression],
    documentation: String?, span: SourceSpan
  ) {
    self.left = left
    self.target = target
    self.right = right
    self.annotations = annotations
    self.documentation = documentation
    self.span = span
  }
}

/// `index E(a, b)`.
public struct IndexDeclaration: Sendable {
  /// The entity.
  public var entity: QualifiedName
  /// The attributes, as written.
  public var attributes: [Identifier]
  /// The whole, from the keyword.
  public var span: SourceSpan

  /// Makes an index.
  public init(entity: QualifiedName, attributes: [Identifier], span: SourceSpan) {
    self.entity = entity
    self.attributes = attributes
    self.span = span
  }
}

/// `implementation name for E: … end`.
public struct ImplementationDeclaration: Sendable {
  /// The name.
  public var name: Identifier
  /// The entity.
  public var entity: QualifiedName
  /// The docstring.
  public var documentation: String?
  /// The statements, in text order.
  public var body: [Statement]
  /// The first line, from the keyword.
  public var span: SourceSpan

  /// Makes an implementation.
  public init(
    name: Identifier, entity: QualifiedName, documentation: String?, body: [Statement],
    span: SourceSpan
  ) {
    self.name = name
    self.entity = entity
    self.documentation = documentation
    self.body = body
    self.span = span
  }
}

/// `implement E using a, parents when c`.
public struct ImplementDeclaration: Sendable {
  /// What stands after `using`.
  public enum Use: Sendable {
    /// An implementation.
    case implementation(QualifiedName)
    /// `parents`.
    case parents(SourceSpan)
  }

  /// The entity; errors about the statement point here.
  public var entity: QualifiedName
  /// The implementations, in text order.
  public var uses: [Use]
  /// The condition.
  public var condition: Expression?
  /// The docstring.
  public var documentation: String?
  /// The whole, from the keyword.
  public var span: SourceSpan

  /// Makes an implement statement.
  public init(
    entity: QualifiedName, uses: [Use], condition: Expression?, documentation: String?,
    span: SourceSpan
  ) {
    self.entity = entity
    self.uses = uses
    self.condition = condition
    self.documentation = documentation
    self.span = span
  }
}
