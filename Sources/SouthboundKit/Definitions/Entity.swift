public import Model
public import Resources

/// One instance of the model as a mapping sees it: attributes are read, relations followed.
public struct Entity {
  /// The whole model.
  public let model: Model
  /// The instance.
  public let instanceID: InstanceID

  /// Makes the view of one instance.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - instanceID: An instance of it.
  public init(_ model: Model, _ instanceID: InstanceID) {
    self.model = model
    self.instanceID = instanceID
  }

  /// The instance itself.
  public var instance: Instance { model.instances[instanceID.index] }

  /// Its entity type.
  public var entityType: EntityType { model.entityTypes[instance.entityType.index] }

  /// Full name of its entity.
  public var type: String { entityType.name }

  /// Whether it is of an entity, or of one below it.
  ///
  /// - Parameter type: Full name of the entity.
  /// - Returns: Whether it is.
  public func isKind(of type: String) -> Bool { entityType.isKind(of: type) }

  /// Whether its entity has a relation of that name.
  public func hasRelation(_ name: String) -> Bool { entityType.relationIndex(of: name) != nil }

  /// Value of an attribute.
  ///
  /// - Parameter attribute: Name of the attribute.
  /// - Returns: The value; may be unknown.
  /// - Throws: ``EntityError`` if the entity has no such attribute, or its value cannot leave the
  ///   compiler, such as a number that is not finite.
  public func value(_ attribute: String) throws(EntityError) -> Value {
    let type = entityType
    guard let index = type.attributeIndex(of: attribute) else {
      let isRelation = type.relationIndex(of: attribute) != nil
      throw EntityError(
        isRelation
          ? "`\(attribute)` of `\(type.name)` is a relation, not an attribute"
          : "`\(type.name)` has no attribute `\(attribute)`")
    }
    let instance = instance
    if let reason = instance.unportable[index] {
      throw EntityError("`\(attribute)` of `\(type.name)` cannot be exported: \(reason)")
    }
    return instance.values[index]
  }

  /// Text of an attribute.
  ///
  /// - Parameter attribute: Name of the attribute.
  /// - Returns: The text.
  /// - Throws: ``UnknownValue`` if it is not known yet, ``EntityError`` if it is not text.
  public func string(_ attribute: String) throws -> String {
    let value = try known(attribute)
    guard let text = value.stringValue else { throw mismatch(attribute, "text", value) }
    return text
  }

  /// Whole number of an attribute.
  ///
  /// - Parameter attribute: Name of the attribute.
  /// - Returns: The number.
  /// - Throws: ``UnknownValue`` if it is not known yet, ``EntityError`` if it is not a number.
  public func int(_ attribute: String) throws -> Int64 {
    let value = try known(attribute)
    guard let number = value.intValue else { throw mismatch(attribute, "a whole number", value) }
    return number
  }

  /// Boolean of an attribute.
  ///
  /// - Parameter attribute: Name of the attribute.
  /// - Returns: The boolean.
  /// - Throws: ``UnknownValue`` if it is not known yet, ``EntityError`` if it is not a boolean.
  public func bool(_ attribute: String) throws -> Bool {
    let value = try known(attribute)
    guard let flag = value.boolValue else { throw mismatch(attribute, "a boolean", value) }
    return flag
  }

  /// The instances that a relation holds, in the order of the model.
  ///
  /// - Parameter relation: Name of the relation.
  /// - Returns: Their views.
  /// - Throws: ``UnknownValue`` if some are not known yet, ``EntityError`` if the entity has no such
  ///   relation.
  public func related(_ relation: String) throws -> [Entity] {
    let type = entityType
    guard let index = type.relationIndex(of: relation) else {
      let isAttribute = type.attributeIndex(of: relation) != nil
      throw EntityError(
        isAttribute
          ? "`\(relation)` of `\(type.name)` is an attribute, not a relation"
          : "`\(type.name)` has no relation `\(relation)`")
    }
    let instance = instance
    if instance.unknownTargets.contains(index) {
      throw UnknownValue(source: "\(type.name).\(relation)")
    }
    return instance.targets[index].map { Entity(model, $0) }
  }

  /// The one instance that a relation holds, if any.
  ///
  /// - Parameter relation: Name of the relation.
  /// - Returns: Its view, or nil.
  /// - Throws: ``EntityError`` if there are several, or no such relation.
  public func optional(_ relation: String) throws -> Entity? {
    let targets = try related(relation)
    guard targets.count < 2 else {
      throw EntityError("`\(relation)` of `\(type)` holds \(targets.count) instances, not one")
    }
    return targets.first
  }

  /// The one instance that a relation holds.
  ///
  /// - Parameter relation: Name of the relation.
  /// - Returns: Its view.
  /// - Throws: ``EntityError`` if there is none, if there are several, or no such relation.
  public func one(_ relation: String) throws -> Entity {
    guard let target = try optional(relation) else {
      throw EntityError("`\(relation)` of `\(type)` holds no instance")
    }
    return target
  }

  /// Value at the end of a path of relations to one instance and a last attribute.
  ///
  /// - Parameter path: Such as `host.name`.
  /// - Returns: The value; may be unknown.
  /// - Throws: ``EntityError`` naming the step that leads nowhere, ``UnknownValue``.
  public func value(at path: String) throws -> Value {
    guard let dot = path.utf8.firstIndex(of: UInt8(ascii: ".")) else { return try value(path) }
    let next = try one(String(path[..<dot]))
    return try next.value(at: String(path[path.utf8.index(after: dot)...]))
  }

  private func known(_ attribute: String) throws -> Value {
    let value = try value(attribute)
    if case .unknown(let source) = value { throw UnknownValue(source: source) }
    return value
  }

  private func mismatch(_ attribute: String, _ expected: String, _ found: Value) -> EntityError {
    EntityError("`\(attribute)` of `\(type)` is \(found.redacted.json), not \(expected)")
  }
}

/// Something that a mapping asked of an entity and that is not there.
public struct EntityError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is missing, naming the entity.
  public let description: String

  /// Makes the error.
  public init(_ description: String) { self.description = description }
}

/// Thrown by a mapping whose value depends on something that is not known yet. The field becomes
/// unknown; the resource is stored but not deployed.
public struct UnknownValue: Error, Sendable, Hashable {
  /// What would have to be known, for people.
  public let source: String

  /// Makes the signal.
  public init(source: String) { self.source = source }
}
