public import Diagnostics
public import Model
internal import Resources
public import Schema

extension ModelV1.EntityType {
  /// Makes the message for an entity type.
  public init(_ type: EntityType) {
    self.init(
      name: type.name, ancestors: type.ancestors,
      attributes: type.attributes.map { .init(name: $0.name, type: $0.type) },
      relations: type.relations.map { relation in
        .init(
          name: relation.name, target: relation.target,
          minimum: UInt32(clamping: relation.lower), maximum: UInt32(clamping: relation.upper ?? 0))
      },
      origin: type.location.map(DiagnosticV1.SourceRange.init))
  }
}

extension EntityType {
  /// Reads the message for an entity type.
  ///
  /// - Parameter message: The message.
  public init(_ message: ModelV1.EntityType) {
    self.init(
      name: message.name, ancestors: message.ancestors,
      attributes: message.attributes.map { .init(name: $0.name, type: $0.type) },
      relations: message.relations.map { relation in
        .init(
          name: relation.name, target: relation.target, lower: Int(relation.minimum),
          upper: relation.maximum == 0 ? nil : Int(relation.maximum))
      },
      location: message.origin.map(SourceLocation.init))
  }
}

extension DiagnosticV1.SourceRange {
  /// Makes the message for a place: a range of no length.
  public init(_ location: SourceLocation) {
    self.init(
      file: location.file, line: UInt32(clamping: location.line),
      column: UInt32(clamping: location.column), endLine: UInt32(clamping: location.line),
      endColumn: UInt32(clamping: location.column))
  }
}

extension SourceLocation {
  /// Takes the start of a range.
  public init(_ message: DiagnosticV1.SourceRange) {
    self.init(file: message.file, line: Int(message.line), column: Int(message.column))
  }
}

extension ModelV1.Instance {
  /// Makes the message for an instance.
  ///
  /// A value that the wire cannot carry unchanged is left out, and its reason is sent.
  public init(_ instance: Instance) {
    var unportable = instance.unportable
    let values = instance.values.enumerated().map { index, value in
      if unportable[index] == nil {
        do throws(MappingError) {
          try value.checkForWire()
        } catch {
          unportable[index] = error.description
        }
      }
      return unportable[index] == nil ? ValueV1.Value(value) : ValueV1.Value(.null)
    }
    self.init(
      entityType: UInt32(instance.entityType.index), values: values,
      targets: instance.targets.enumerated().map { index, targets in
        .init(
          instances: targets.map { UInt64($0.index) },
          hasUnknown: instance.unknownTargets.contains(index))
      },
      origins: instance.locations.map(DiagnosticV1.SourceRange.init),
      unportable: unportable.sorted { $0.key < $1.key }.map {
        .init(attribute: UInt32(clamping: $0.key), reason: $0.value)
      })
  }
}

extension ModelV1.ResourceSet {
  /// Makes the message for a resource set.
  public init(_ set: ResourceSet) {
    self.init(
      name: set.name, instance: UInt64(set.instance.index),
      members: set.members.map { UInt64($0.index) })
  }
}
