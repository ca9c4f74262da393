public import Resources

/// What a model means after evaluation: the instances with all their values.
///
/// Everything is in an order that depends on the model's text only: entity types by full name,
/// instances in the order of their creation.
public struct Model: Sendable {
  /// The entity types that instances of this model are of, and all their ancestors, by full name.
  public var entityTypes: [EntityType]
  /// The instances; the one with id `n` is at index `n`.
  public var instances: [Instance]
  /// The resource sets, by name.
  public var resourceSets: [ResourceSet]
  /// What the model printed, with the line ends.
  public var printed: String

  /// Makes a model.
  public init(
    entityTypes: [EntityType] = [], instances: [Instance] = [], resourceSets: [ResourceSet] = [],
    printed: String = ""
  ) {
    self.entityTypes = entityTypes
    self.instances = instances
    self.resourceSets = resourceSets
    self.printed = printed
  }

  /// The instance with an id of this model.
  public subscript(id: InstanceID) -> Instance { instances[id.index] }

  /// The entity type of an instance.
  public func entityType(of instance: Instance) -> EntityType {
    entityTypes[instance.entityType.index]
  }

  /// Returns the value of an attribute, or nil when the entity has no attribute of that name.
  public func value(of attribute: String, in instance: Instance) -> Value? {
    guard let index = entityType(of: instance).attributeIndex(of: attribute) else { return nil }
    return instance.values[index]
  }

  /// Returns the instances that a relation holds, or nil when the entity has no such relation.
  public func targets(of relation: String, in instance: Instance) -> [InstanceID]? {
    guard let index = entityType(of: instance).relationIndex(of: relation) else { return nil }
    return instance.targets[index]
  }

  /// Returns the first entity type with a full name such as `std::File`, or nil.
  public func entityType(named name: String) -> EntityType? {
    entityTypes.first { $0.name == name }
  }
}

/// Names an instance of one model: its number in the order of creation, from 0.
public struct InstanceID: Hashable, Sendable, Comparable {
  /// The instance's place in ``Model/instances``.
  public let index: Int

  /// Makes the id of the instance at `index`.
  public init(index: Int) { self.index = index }

  /// Orders by creation.
  public static func < (left: InstanceID, right: InstanceID) -> Bool { left.index < right.index }
}

/// Names an entity type of one model.
public struct EntityTypeID: Hashable, Sendable {
  /// The type's place in ``Model/entityTypes``.
  public let index: Int

  /// Makes the id of the type at `index`.
  public init(index: Int) { self.index = index }
}

/// The members of one `std::ResourceSet`.
public struct ResourceSet: Sendable {
  /// The set's name.
  public var name: String
  /// The instance of `std::ResourceSet`.
  public var instance: InstanceID
  /// The instances in it, in the order in which the model added them.
  public var members: [InstanceID]

  /// Makes a resource set.
  public init(name: String, instance: InstanceID, members: [InstanceID]) {
    self.name = name
    self.instance = instance
    self.members = members
  }
}
