public import Diagnostics
public import Resources

/// One instance of an entity, complete.
public struct Instance: Sendable {
  /// The instance's number.
  public var id: InstanceID
  /// Its entity.
  public var entityType: EntityTypeID
  /// The values of ``EntityType/attributes``, in the same order.
  public var values: [Value]
  /// The instances that each of ``EntityType/relations`` holds, in the same order.
  public var targets: [[InstanceID]]
  /// The relations (by index) that hold an unknown value beside the known targets.
  public var unknownTargets: Set<Int>
  /// Where the model constructs it; more than one when an index made several constructors one.
  public var locations: [SourceLocation]
  /// Why the values of attributes (by index) cannot leave the compiler, such as "1e400 is not
  /// finite". What ``values`` holds for them is not what the model says: it must not be used.
  public var unportable: [Int: String]

  /// Makes an instance.
  public init(
    id: InstanceID, entityType: EntityTypeID, values: [Value], targets: [[InstanceID]],
    unknownTargets: Set<Int> = [], locations: [SourceLocation], unportable: [Int: String] = [:]
  ) {
    self.id = id
    self.entityType = entityType
    self.values = values
    self.targets = targets
    self.unknownTargets = unknownTargets
    self.locations = locations
    self.unportable = unportable
  }
}
