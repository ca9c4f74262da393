public import Resources

/// Finds the value of one field of a resource.
///
/// It reads attributes and follows relations of the entity, and may upload file contents through
/// the exporter. It throws ``IgnoreResource`` to leave the resource out of the export; any other
/// error becomes a diagnostic at the model line that made the instance.
public typealias FieldMapping = @Sendable (_ exporter: Exporter, _ entity: Entity) throws -> Value

/// Thrown by a mapping to leave the resource out of the export. What requires it loses that
/// requirement, which is reported as a warning.
public struct IgnoreResource: Error, Sendable {
  /// Why it is left out, for people; may be empty.
  public let reason: String

  /// Makes the signal.
  public init(_ reason: String = "") { self.reason = reason }
}

/// How instances of one entity become resources.
public struct ResourceDefinition: Sendable {
  /// Full name of the entity, which is also the type of the resources, such as `std::File`.
  public let type: String
  /// Path from an instance to the name of its agent, such as `host.name`: relations to exactly one
  /// instance, then one attribute that holds text.
  public let agentPath: String
  /// Name of the attribute that identifies a resource among those of its type and agent. It need
  /// not be among the fields.
  public let idAttribute: String
  /// Names of all fields: those of the inherited sets first, no name twice.
  public let fields: [String]
  /// Names of the fields whose values decide by a mapping, with it.
  public let mappings: [String: FieldMapping]
  /// Values of inherited fields that the entity may lack.
  public let defaults: [String: Value]
  /// Whether an instance whose `managed` is false is left out.
  public let leavesOutUnmanaged: Bool

  /// Names that a field cannot have, because a resource has a property of that name.
  public static let reservedFields: Set<String> = [
    "id", "version", "model", "requires", "provides", "unknowns", "type", "agent",
    "attribute_hash", "origin",
  ]

  /// Describes a resource type. What is wrong with it shows when an ``IntegrationRegistry`` is
  /// made of it.
  ///
  /// - Parameters:
  ///   - type: Full name of the entity.
  ///   - agentPath: Path to the name of the agent, such as `host.name`.
  ///   - idAttribute: Name of the identifying attribute.
  ///   - inherited: Sets of shared fields. The fields of ``FieldSet/resource`` always belong.
  ///   - fields: Names of its own fields.
  ///   - mappings: How single fields get their values; the others are plain attributes.
  public init(
    _ type: String, agentPath: String, idAttribute: String, inheriting inherited: [FieldSet] = [],
    fields: [String], mappings: [String: FieldMapping] = [:]
  ) {
    self.type = type
    self.agentPath = agentPath
    self.idAttribute = idAttribute
    let sets = [.resource] + inherited
    var seen: Set<String> = []
    self.fields = (sets.flatMap(\.fields) + fields).filter { seen.insert($0).inserted }
    self.mappings = mappings
    defaults = sets.reduce(into: [:]) { $0.merge($1.defaults) { first, _ in first } }
    leavesOutUnmanaged = inherited.contains { $0.leavesOutUnmanaged }
  }

  /// What is wrong with the definition, one sentence each.
  var problems: [String] {
    var problems: [String] = []
    let id = try? ResourceID(type: type, agent: "agent", attribute: idAttribute, value: "value")
    if id == nil {
      problems.append(
        "`\(type)` with id attribute `\(idAttribute)` makes no resource ids (ns::Type, attribute)")
    }
    let path = agentPath.split(separator: ".", omittingEmptySubsequences: false)
    if path.contains(where: { $0.isEmpty }) {
      problems.append("the agent path `\(agentPath)` of `\(type)` has an empty step")
    }
    for field in fields {
      if field.isEmpty || field.hasPrefix("_") {
        problems.append("the field `\(field)` of `\(type)` is empty or begins with `_`")
      }
      if ResourceDefinition.reservedFields.contains(field) {
        problems.append("the field name `\(field)` of `\(type)` is reserved")
      }
    }
    for field in mappings.keys.sorted() where !fields.contains(field) && field != idAttribute {
      problems.append("`\(type)` maps `\(field)`, which is not among its fields")
    }
    return problems
  }
}
