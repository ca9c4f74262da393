internal import Diagnostics
public import Model
internal import Resources
public import Schema

/// Puts a model together from the batches in which it arrives.
public struct ModelReader: Sendable {
  private var model = Model()

  /// Starts with an empty model.
  public init() {}

  /// Number of instances so far.
  public var instanceCount: Int { model.instances.count }

  /// Adds a batch. Targets of relations may arrive later; ``finish()`` checks them.
  ///
  /// - Parameter batch: Types, instances and resource sets.
  /// - Throws: `MappingError` if an instance does not fit its type, or a value is malformed.
  public mutating func add(_ batch: ExporterV1.ModelBatch) throws(MappingError) {
    model.entityTypes += batch.entityTypes.map { EntityType($0) }
    model.instances.reserveCapacity(model.instances.count + batch.instances.count)
    for (index, message) in batch.instances.enumerated() {
      let instance = try at("instances[\(index)]") { () throws(MappingError) in
        try read(message)
      }
      model.instances.append(instance)
    }
    for set in batch.resourceSets {
      model.resourceSets.append(
        ResourceSet(
          name: set.name, instance: InstanceID(index: Int(clamping: set.instance)),
          members: set.members.map { InstanceID(index: Int(clamping: $0)) }))
    }
  }

  private func read(_ message: ModelV1.Instance) throws(MappingError) -> Instance {
    let typeIndex = Int(message.entityType)
    guard typeIndex < model.entityTypes.count else {
      throw MappingError(
        path: "entity_type", reason: "\(typeIndex), but only \(model.entityTypes.count) were sent")
    }
    let type = model.entityTypes[typeIndex]
    guard message.values.count == type.attributes.count,
      message.targets.count == type.relations.count
    else {
      throw MappingError(
        reason: "\(message.values.count) values and \(message.targets.count) relations do not fit "
          + "`\(type.name)` with \(type.attributes.count) and \(type.relations.count)")
    }
    let values = try mappedList("values", message.values) {
      (value: ValueV1.Value) throws(MappingError) in try Resources.Value(value)
    }
    var unknown: Set<Int> = []
    for (index, target) in message.targets.enumerated() where target.hasUnknown {
      unknown.insert(index)
    }
    return Instance(
      id: InstanceID(index: model.instances.count), entityType: EntityTypeID(index: typeIndex),
      values: values,
      targets: message.targets.map { target in
        target.instances.map { InstanceID(index: Int(clamping: $0)) }
      },
      unknownTargets: unknown, locations: message.origins.map { SourceLocation($0) },
      unportable: Dictionary(
        message.unportable.map { (Int($0.attribute), $0.reason) }, uniquingKeysWith: { $1 }))
  }

  /// Checks that everything that is referred to has arrived.
  ///
  /// - Returns: The model.
  /// - Throws: `MappingError` if an instance is missing.
  public func finish() throws(MappingError) -> Model {
    let count = model.instances.count
    for instance in model.instances {
      for targets in instance.targets {
        for target in targets where target.index >= count {
          throw MappingError(
            path: "instances[\(instance.id.index)]",
            reason: "refers to instance \(target.index) of \(count)")
        }
      }
    }
    for set in model.resourceSets {
      for id in [set.instance] + set.members where id.index >= count {
        throw MappingError(
          path: "resource_sets[\"\(set.name)\"]",
          reason: "refers to instance \(id.index) of \(count)")
      }
    }
    return model
  }
}
