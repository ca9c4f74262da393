internal import Resources
internal import Schema
internal import SchemaMapping

/// Messages as JSON values, with the names of the protos.
enum WireValue {
  static func value(_ wire: ValueV1.Value?) -> Value {
    guard let wire else { return .null }
    return ((try? Value(wire)) ?? .unknown(source: "malformed")).redacted
  }

  /// A value for people, on one line: contents of files by the first digits of their digest.
  static func text(_ wire: ValueV1.Value?) -> String {
    guard wire != nil else { return "(none)" }
    let value = value(wire)
    guard let digest = value.contentDigest, let count = value.contentByteCount else {
      return value.json
    }
    return "\(count) bytes, sha256 \(digest.hex.prefix(12))…"
  }

  static func map(_ entries: [String: ValueV1.Value]) -> Value {
    .map(entries.mapValues { value($0) })
  }

  static func time(_ unixNanos: Int64) -> Value {
    unixNanos == 0 ? .null : .string(Timestamp(unixNanos: unixNanos).iso8601)
  }

  static func hex(_ bytes: [UInt8]) -> Value { .string(bytes.lowercaseHex) }

  static func state(_ state: ResourceV1.ResourceState?) -> Value {
    guard let state else { return .null }
    return [
      "compliance": .string(state.compliance.name),
      "handler_result": .string(state.handlerResult.name),
      "blocked": .string(state.blocked.name),
      "is_deploying": .bool(state.isDeploying),
      "version": .int(Int64(state.version)),
      "change": .string(state.change.name),
      "time": time(state.timeUnixNanos),
      "message": .string(state.message),
    ]
  }

  static func changes(_ changes: [ResourceV1.AttributeChange]) -> Value {
    .list(
      changes.map { change in
        [
          "field": .string(change.field), "current": value(change.current),
          "desired": value(change.desired),
        ]
      })
  }

  static func entry(_ entry: LogV1.LogEntry) -> Value {
    var fields: [String: Value] = [
      "sequence": .int(Int64(clamping: entry.sequence)), "time": time(entry.timeUnixNanos),
      "level": .string(entry.level.name), "template": .string(entry.template),
      "arguments": map(entry.arguments), "text": .string(entry.text),
      "agent": .string(entry.agent), "resource_id": .string(entry.resourceID),
      "handler_id": .string(entry.handlerID), "action_id": hex(entry.actionID),
      "version": .int(Int64(clamping: entry.version)),
    ]
    if let error = entry.error {
      fields["error"] = [
        "type": .string(error.type), "message": .string(error.message),
        "causes": .list(error.causes.map { .string($0) }),
      ]
    }
    if let gap = entry.gap { fields["gap"] = self.gap(gap) }
    return .map(fields)
  }

  static func gap(_ gap: LogV1.LogGap) -> Value {
    ["dropped": .int(Int64(clamping: gap.dropped)), "reason": .string(gap.reason)]
  }
}

/// Enumerations of the wire by the names that people see.
protocol NamedOnWire {}

extension NamedOnWire {
  /// `has_update` for `hasUpdate`.
  var name: String {
    var result = ""
    for character in "\(self)" {
      if character.isUppercase { result += "_" }
      result += character.lowercased()
    }
    return result
  }
}

extension ResourceV1.Compliance: NamedOnWire {}
extension ResourceV1.HandlerResult: NamedOnWire {}
extension ResourceV1.Blocked: NamedOnWire {}
extension ResourceV1.Change: NamedOnWire {}
extension ResourcesV1.ActionKind: NamedOnWire {}
extension ResourcesV1.DeployMode: NamedOnWire {}
extension ResourcesV1.PlanResult: NamedOnWire {}
extension VersionsV1.VersionStatus: NamedOnWire {}
extension VersionsV1.DiffKind: NamedOnWire {}
extension LogV1.LogLevel: NamedOnWire {}
