internal import Diagnostics
internal import Digest
internal import Model
internal import Resources
internal import SouthboundKit

/// Makes the resource of one instance.
struct InstanceMapping {
  let entity: Entity
  let definition: ResourceDefinition
  let exporter: Exporter

  enum Outcome {
    case resource(Resource)
    /// Left out because the model or a mapping wants it so.
    case ignored(reason: String)
    /// Left out because something is wrong.
    case leftOut(reason: String, [ExportFinding])
  }

  private var location: SourceLocation? { entity.instance.locations.first }

  func run() -> Outcome {
    if definition.leavesOutUnmanaged, case .bool(false)? = try? entity.value("managed") {
      return .ignored(reason: "it is not managed")
    }
    var fields: [String: Value] = [:]
    fields.reserveCapacity(definition.fields.count)
    var findings: [ExportFinding] = []
    for field in definition.fields {
      do {
        let value = try self.value(of: field)
        findings += problems(of: value, in: field)
        fields[field] = value
      } catch let ignore as IgnoreResource {
        return .ignored(reason: ignore.reason.isEmpty ? "it is ignored" : ignore.reason)
      } catch {
        findings.append(finding(for: error, in: field))
      }
    }
    do {
      let id = try makeID(fields)
      guard findings.isEmpty else { return .leftOut(reason: "it has errors", findings) }
      return .resource(resource(id, fields))
    } catch let ignore as IgnoreResource {
      return .ignored(reason: ignore.reason.isEmpty ? "it is ignored" : ignore.reason)
    } catch let unknown as UnknownValue {
      let warning = ExportFinding(
        "unknown-in-id", .warning,
        "an instance of `\(entity.type)` is left out: its agent or id is not known yet",
        at: location, notes: unknown.source.isEmpty ? [] : ["waits for \(unknown.source)"])
      return .leftOut(reason: "its agent or id is not known yet", findings + [warning])
    } catch {
      let text = "`\(entity.type)` gets no resource id: \(InstanceMapping.text(of: error))"
      return .leftOut(
        reason: "it has no id", findings + [ExportFinding("no-resource-id", text, at: location)])
    }
  }

  private func resource(_ id: ResourceID, _ fields: [String: Value]) -> Resource {
    var encoder = CanonicalEncoder()
    encoder.encode(id.description)
    encoder.encode(fields)
    let unknown = fields.filter { $0.value.containsUnknown }.keys.sorted(by: Value.keyOrder)
    return Resource(
      id: id, fields: fields, requires: [], attributeHash: SHA256.digest(of: encoder.bytes),
      sendsEvents: fields["send_event"]?.boolValue ?? false,
      receivesEvents: fields["receive_events"]?.boolValue ?? true,
      origin: location.map(SourceRange.init(startingAt:)), unknownFields: unknown)
  }

  // MARK: Fields

  private func value(of field: String) throws -> Value {
    if let mapping = definition.mappings[field] {
      do {
        return try mapping(exporter, entity)
      } catch let unknown as UnknownValue {
        return .unknown(source: unknown.source)
      }
    }
    let type = entity.entityType
    if type.attributeIndex(of: field) == nil, type.relationIndex(of: field) == nil,
      let fallback = definition.defaults[field]
    {
      return fallback
    }
    return try entity.value(field)
  }

  private func finding(for error: any Error, in field: String) -> ExportFinding {
    let isRelation = entity.entityType.relationIndex(of: field) != nil
    if definition.mappings[field] == nil,
      let attribute = entity.entityType.attributeIndex(of: field),
      let reason = entity.instance.unportable[attribute]
    {
      return ExportFinding(
        "value-not-exportable", "`\(field)` cannot be exported: \(reason)", at: location)
    }
    guard isRelation, definition.mappings[field] == nil else {
      return ExportFinding(
        "field-failed",
        "field `\(field)` of `\(definition.type)` cannot be made: \(InstanceMapping.text(of: error))",
        at: location)
    }
    return ExportFinding(
      "entity-in-field",
      "field `\(field)` of `\(definition.type)` holds entities: a resource is self-contained",
      at: location,
      help: ["map the field to the attributes of these entities that the handler needs"])
  }

  /// What keeps a value from travelling, with the path to it.
  private func problems(of value: Value, in field: String) -> [ExportFinding] {
    guard let problem = InstanceMapping.problem(of: value, path: field, levels: Value.depthMax)
    else { return [] }
    return [ExportFinding("value-not-exportable", problem, at: location)]
  }

  private static func problem(of value: Value, path: String, levels: Int) -> String? {
    switch value {
    case .double(let number) where !number.isFinite:
      return "`\(path)` is \(number), which no resource can hold"
    case .string(let text) where text.utf8.contains(0):
      return "`\(path)` contains a NUL character, which no resource can hold"
    case .list(let values):
      guard levels > 0 else { return tooDeep(path) }
      for (index, value) in values.enumerated() {
        let inner = problem(of: value, path: "\(path)[\(index)]", levels: levels - 1)
        if let inner { return inner }
      }
    case .map(let entries), .reference(_, let entries):
      guard levels > 0 else { return tooDeep(path) }
      for key in entries.keys.sorted(by: Value.keyOrder) {
        if key.utf8.contains(0) { return "`\(path)` has a key with a NUL character" }
        let inner = problem(
          of: entries[key, default: .null], path: "\(path).\(key)", levels: levels - 1)
        if let inner { return inner }
      }
    case .secret(let value):
      guard levels > 0 else { return tooDeep(path) }
      return problem(of: value, path: path, levels: levels - 1)
    case .null, .bool, .int, .double, .string, .bytes, .unknown: return nil
    }
    return nil
  }

  private static func tooDeep(_ path: String) -> String {
    "`\(path)` is nested more than \(Value.depthMax) levels deep"
  }

  // MARK: Id

  private func makeID(_ fields: [String: Value]) throws -> ResourceID {
    let agent = try entity.value(at: definition.agentPath)
    if case .unknown(let source) = agent { throw UnknownValue(source: source) }
    guard let agentName = agent.stringValue else {
      throw EntityError(
        "`\(definition.agentPath)` is \(agent.redacted.json), but the name of an agent is text")
    }
    let attribute = definition.idAttribute
    let value = try fields[attribute] ?? self.value(of: attribute)
    let text: String
    switch value {
    case .string(let string): text = string
    case .int(let number): text = String(number)
    case .bool(let flag): text = flag ? "true" : "false"
    case .double(let number): text = "\(number)"
    case .unknown(let source): throw UnknownValue(source: source)
    default:
      throw EntityError("`\(attribute)` is \(value.redacted.json), which names nothing")
    }
    return try ResourceID(
      type: definition.type, agent: agentName, attribute: attribute, value: text)
  }

  private static func text(of error: any Error) -> String {
    switch error {
    case let error as EntityError: error.description
    case let error as ResourceID.Malformed: error.description
    case let error as UnknownValue: "\(error.source) is not known yet"
    default: "\(type(of: error)): \(error)"
    }
  }
}

extension SourceRange {
  /// The place of a constructor as an empty range.
  fileprivate init(startingAt location: SourceLocation) {
    let line = UInt32(clamping: location.line)
    let column = UInt32(clamping: location.column)
    self.init(
      file: location.file, line: line, column: column, endLine: line, endColumn: column)
  }
}
