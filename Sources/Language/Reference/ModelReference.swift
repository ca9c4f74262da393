/// What the modules of a project define, for readers: the content of reference pages.
public struct ModelReference: Sendable, Hashable {
  /// An attribute of an entity.
  public struct Attribute: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The type as written.
    public var type: String
    /// The default as written; nil if there is none.
    public var defaultText: String?
    /// What the entity's docstring says of it; empty if nothing.
    public var documentation: String
  }

  /// A relation, as seen from one of its ends.
  public struct Relation: Sendable, Hashable {
    /// The name at this end.
    public var name: String
    /// The full name of the entity at the other end.
    public var target: String
    /// The least number of instances.
    public var lower: Int
    /// The greatest number; nil when unbounded.
    public var upper: Int?
    /// The name at the other end; nil in a relation of one direction.
    public var otherEnd: String?
    /// What the docstrings say of it; empty if nothing.
    public var documentation: String
  }

  /// An `implement` statement.
  public struct Implement: Sendable, Hashable {
    /// The full names of the implementations; `parents` for those of the parents.
    public var implementations: [String]
    /// The condition as written.
    public var condition: String?
  }

  /// An entity.
  public struct Entity: Sendable, Hashable {
    /// The full name.
    public var name: String
    /// The full names of the parents; empty for `std::Entity` alone.
    public var parents: [String]
    /// The docstring without what belongs to attributes.
    public var documentation: String
    /// The own attributes, in order.
    public var attributes: [Attribute] = []
    /// The own relations of the modules that are loaded, in order.
    public var relations: [Relation] = []
    /// The indexes, each with its attributes.
    public var indexes: [[String]] = []
    /// What it uses.
    public var implements: [Implement] = []
    /// What its docstring says of attributes and relations.
    var relationTexts: [String: String] = [:]
  }

  /// An implementation.
  public struct Implementation: Sendable, Hashable {
    /// The full name.
    public var name: String
    /// The full name of the entity.
    public var entity: String
    /// The docstring.
    public var documentation: String
  }

  /// A type with a constraint.
  public struct Typedef: Sendable, Hashable {
    /// The full name.
    public var name: String
    /// The type that it is made of, as written.
    public var base: String
    /// The constraint as written.
    public var constraint: String
    /// The docstring.
    public var documentation: String
  }

  /// A function, native or in the code of the module.
  public struct Function: Sendable, Hashable {
    /// The full name.
    public var name: String
    /// How it is called: `m::f(text: string, count: int = …) -> list`.
    public var signature: String
    /// What to use instead; empty when there is nothing, nil unless it is deprecated.
    public var replacement: String?
  }

  /// A namespace: one file.
  public struct Module: Sendable, Hashable {
    /// The full name; `__config__` is the main file.
    public var name: String
    /// The docstring of the file.
    public var documentation: String
    /// The entities, in text order.
    public var entities: [Entity] = []
    /// The types, in text order.
    public var typedefs: [Typedef] = []
    /// The implementations, in text order.
    public var implementations: [Implementation] = []
    /// The functions, by name.
    public var functions: [Function] = []
    /// Why code of the module could not be loaded.
    public var failures: [String] = []
  }

  /// The namespaces, by name.
  public var modules: [Module] = []
}
