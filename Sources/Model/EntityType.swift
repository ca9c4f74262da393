public import Diagnostics

/// An entity of the modelling language.
public struct EntityType: Sendable {
  /// An attribute.
  public struct Attribute: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The type as a model writes it, such as `string`, `int[]` or `std::port?`.
    public var type: String

    /// Makes an attribute.
    public init(name: String, type: String) {
      self.name = name
      self.type = type
    }
  }

  /// A relation, seen from this entity.
  public struct Relation: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The full name of the entity on the other side.
    public var target: String
    /// The least number of targets.
    public var lower: Int
    /// The greatest number of targets; nil when unbounded.
    public var upper: Int?

    /// Makes a relation.
    public init(name: String, target: String, lower: Int, upper: Int?) {
      self.name = name
      self.target = target
      self.lower = lower
      self.upper = upper
    }
  }

  /// The full name, such as `std::File`.
  public let name: String
  /// The full names of all ancestors, nearest first (breadth first, parents in text order, each
  /// once). `std::Entity` is the last.
  public let ancestors: [String]
  /// The attributes, inherited ones too.
  public let attributes: [Attribute]
  /// The relations, inherited ones too.
  public let relations: [Relation]
  /// Where it is defined; nil for `std::Entity`, which the compiler makes.
  public let location: SourceLocation?
  private let attributeIndices: [String: Int]
  private let relationIndices: [String: Int]

  /// Makes an entity type.
  public init(
    name: String, ancestors: [String], attributes: [Attribute], relations: [Relation],
    location: SourceLocation?
  ) {
    self.name = name
    self.ancestors = ancestors
    self.attributes = attributes
    self.relations = relations
    self.location = location
    attributeIndices = Dictionary(
      attributes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    relationIndices = Dictionary(
      relations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the place of an attribute in ``attributes``, or nil.
  public func attributeIndex(of name: String) -> Int? { attributeIndices[name] }

  /// Returns the place of a relation in ``relations``, or nil.
  public func relationIndex(of name: String) -> Int? { relationIndices[name] }

  /// Returns whether this is the entity with a full name, or below it.
  public func isKind(of name: String) -> Bool { self.name == name || ancestors.contains(name) }
}
