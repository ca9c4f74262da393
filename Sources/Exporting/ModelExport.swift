internal import Diagnostics
internal import Digest
public import Model
internal import Resources
public import SouthboundKit

/// Turns the deployable instances of a model into self-contained resources. Pure: the same model
/// and definitions give the same bytes.
public struct ModelExport {
  let model: Model
  let registry: IntegrationRegistry
  var result = ExportResult()
  /// Resource id of each instance that became a resource, by instance.
  var exported: [ResourceID?]
  /// Why an instance of a registered type did not become a resource.
  var leftOut: [InstanceID: String] = [:]
  /// Definition for each entity type of the model.
  private let definitions: [ResourceDefinition?]

  private init(_ model: Model, _ registry: IntegrationRegistry) {
    self.model = model
    self.registry = registry
    exported = Array(repeating: nil, count: model.instances.count)
    definitions = model.entityTypes.map { type in
      // The nearest registered type: an instance is exported once, as the most specific one.
      ([type.name] + type.ancestors).lazy.compactMap { registry.definitions[$0] }.first
    }
  }

  /// Exports a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - registry: The resource definitions and handlers.
  /// - Returns: Resources and findings. With an error among the findings the resources are those
  ///   that could be made.
  public static func run(_ model: Model, with registry: IntegrationRegistry) -> ExportResult {
    var export = ModelExport(model, registry)
    export.makeResources()
    export.addRequirements()
    export.reportDuplicates()
    export.reportCycles()
    export.reportLarge()
    export.finish()
    return export.result
  }

  private mutating func makeResources() {
    let uploads = Uploads()
    let exporter = Exporter { uploads.store($0) }
    for instance in model.instances {
      guard let definition = definitions[instance.entityType.index] else { continue }
      let mapping = InstanceMapping(
        entity: Entity(model, instance.id), definition: definition, exporter: exporter)
      switch mapping.run() {
      case .resource(let resource):
        exported[instance.id.index] = resource.id
        result.resources.append(resource)
        origins.append(instance.id)
      case .ignored(let reason):
        result.ignoredCount += 1
        leftOut[instance.id] = reason
      case .leftOut(let reason, let findings):
        leftOut[instance.id] = reason
        result.findings += findings
      }
    }
    result.contents = uploads.contents
  }

  /// Instance of each resource, in the order of `result.resources` before they are sorted.
  var origins: [InstanceID] = []

  private mutating func addRequirements() {
    for position in result.resources.indices {
      let instance = model[origins[position]]
      guard let targets = model.targets(of: "requires", in: instance) else { continue }
      var requires: Set<ResourceID> = []
      for target in targets {
        if let id = exported[target.index] {
          requires.insert(id)
        } else {
          reportDropped(target, of: result.resources[position].id, instance)
        }
      }
      result.resources[position].requires = requires.sorted()
    }
  }

  /// The original warns only when every requirement is lost; a lost order is a fault that nobody
  /// sees, so each one is said.
  private mutating func reportDropped(
    _ target: InstanceID, of id: ResourceID, _ instance: Instance
  ) {
    let type = model.entityType(of: model[target]).name
    let place = model[target].locations.first.map { " (made at \($0))" } ?? ""
    let reason = leftOut[target] ?? "`\(type)` is not a resource type"
    result.findings.append(
      ExportFinding(
        "dropped-requirement", .warning,
        "\(id) requires an instance of `\(type)`\(place) that is not exported",
        at: instance.locations.first, notes: [reason],
        help: ["require the resources that the instance stands for"]))
  }

  private mutating func reportDuplicates() {
    var first: [ResourceID: Int] = [:]
    for (position, resource) in result.resources.enumerated() {
      guard let earlier = first.updateValue(position, forKey: resource.id) else { continue }
      first[resource.id] = earlier
      let place = model[origins[earlier]].locations.first.map { ["the other is made at \($0)"] }
      result.findings.append(
        ExportFinding(
          "duplicate-resource", "two instances become the resource \(resource.id)",
          at: model[origins[position]].locations.first, notes: place ?? [],
          help: ["give them different values of `\(resource.id.attribute)`"]))
    }
  }

  /// Each resource travels in one message.
  private mutating func reportLarge() {
    for (position, resource) in result.resources.enumerated() {
      let bytes = resource.wireBytes
      guard bytes > WireBounds.resourceBytesMax else { continue }
      let largest = resource.fields.max {
        ($0.value.wireBytes, $1.key) < ($1.value.wireBytes, $0.key)
      }
      let note = largest.map {
        "the largest field is `\($0.key)`, about \($0.value.wireBytes) bytes"
      }
      result.findings.append(
        ExportFinding(
          "large-resource",
          "\(resource.id) has about \(bytes) bytes, at most \(WireBounds.resourceBytesMax) fit",
          at: model[origins[position]].locations.first, notes: note.map { [$0] } ?? [],
          help: ["upload large contents as files, and make groups of many requirements"]))
    }
  }

  private mutating func finish() {
    result.resources.sort { $0.id < $1.id }
    let types = Set(result.resources.map(\.id.type)).sorted(by: Value.keyOrder)
    result.handlerBindings = types.map { type in
      HandlerBinding(
        resourceType: type, handlerID: registry.handlers[type]?.handlerID ?? type)
    }
  }
}

extension ExportFinding {
  init(
    _ id: StaticString, _ title: String, at location: SourceLocation?, notes: [String] = [],
    help: [String] = []
  ) {
    self.init(
      .init(rawValue: "\(id)"), .error, title, at: location, notes: notes, help: help)
  }
}

/// Keeps contents that mappings upload, each once. Lives for one export, on one thread.
private final class Uploads {
  var contents: [ContentDigest: [UInt8]] = [:]

  func store(_ bytes: [UInt8]) -> ContentDigest {
    let digest = SHA256.digest(of: bytes)
    contents[digest] = bytes
    return digest
  }
}
