import Diagnostics
import Model
import Resources
import SouthboundKit

/// Builds small models by hand: hosts, files on them, and things that are no resources.
struct ModelFixture {
  var model = Model(
    entityTypes: [
      EntityType(
        name: "t::Host", ancestors: ["std::Entity"],
        attributes: [.init(name: "name", type: "string")], relations: [], location: nil),
      EntityType(
        name: "t::File", ancestors: ["std::Entity"],
        attributes: [
          .init(name: "path", type: "string"), .init(name: "content", type: "string"),
          .init(name: "size", type: "float"), .init(name: "managed", type: "bool"),
        ],
        relations: [
          .init(name: "host", target: "t::Host", lower: 1, upper: 1),
          .init(name: "requires", target: "std::Entity", lower: 0, upper: nil),
        ], location: nil),
      EntityType(
        name: "t::SecretFile", ancestors: ["t::File", "std::Entity"],
        attributes: [
          .init(name: "path", type: "string"), .init(name: "content", type: "string"),
          .init(name: "size", type: "float"), .init(name: "managed", type: "bool"),
        ],
        relations: [
          .init(name: "host", target: "t::Host", lower: 1, upper: 1),
          .init(name: "requires", target: "std::Entity", lower: 0, upper: nil),
        ], location: nil),
    ])

  @discardableResult
  mutating func host(_ name: Value) -> InstanceID {
    add(type: 0, values: [name], targets: [])
  }

  @discardableResult
  mutating func file(
    _ path: Value, on host: InstanceID, content: Value = "text", size: Value = 1.0,
    managed: Bool = true, requires: [InstanceID] = [], type: Int = 1
  ) -> InstanceID {
    add(
      type: type, values: [path, content, size, .bool(managed)], targets: [[host], requires])
  }

  private mutating func add(type: Int, values: [Value], targets: [[InstanceID]]) -> InstanceID {
    let id = InstanceID(index: model.instances.count)
    model.instances.append(
      Instance(
        id: id, entityType: EntityTypeID(index: type), values: values, targets: targets,
        locations: [SourceLocation(file: "main.cf", line: id.index + 1, column: 5)]))
    return id
  }

  mutating func require(_ requirer: InstanceID, _ required: InstanceID) {
    model.instances[requirer.index].targets[1].append(required)
  }

  static let fileDefinition = ResourceDefinition(
    "t::File", agentPath: "host.name", idAttribute: "path", inheriting: [.managed],
    fields: ["path", "content", "size"],
    mappings: ["content": { exporter, entity in exporter.upload(try entity.string("content")) }])

  static func registry(_ definitions: [ResourceDefinition] = [fileDefinition]) throws
    -> IntegrationRegistry
  {
    try IntegrationRegistry([Integration(name: "t", definitions: definitions)])
  }
}
