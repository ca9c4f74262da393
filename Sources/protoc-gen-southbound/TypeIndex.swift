/// Finds the types of all files by their full names.
struct TypeIndex {
  private(set) var messages: [String: ProtoMessage] = [:]
  private var swiftNames: [String: String] = [:]
  /// Message types that a message holds in place: singular fields and oneof members.
  private var parts: [String: [String]] = [:]

  init(_ files: [ProtoFile]) {
    for file in files {
      let namespace = Names.namespace(package: file.package)
      for message in file.messages { add(message, inside: namespace) }
      for enumeration in file.enums {
        swiftNames[enumeration.fullName] = "\(namespace).\(enumeration.name)"
      }
    }
  }

  /// The Swift type, for example `ValueV1.ListValue`.
  func swiftName(_ fullName: String) -> String {
    guard let name = swiftNames[fullName] else { preconditionFailure("no type \(fullName)") }
    return name
  }

  /// The key and value fields if the field is a map.
  func mapEntry(_ field: ProtoField) -> (key: ProtoField, value: ProtoField, fullName: String)? {
    guard
      field.isRepeated, case .message(let name) = field.kind, let entry = messages[name],
      entry.isMapEntry, entry.fields.count == 2
    else { return nil }
    return (entry.fields[0], entry.fields[1], entry.fullName)
  }

  /// Whether a message of type `outer` that holds one of type `inner` in place could hold itself,
  /// so that Swift needs an indirection there.
  func isRecursive(_ outer: String, holding inner: String) -> Bool {
    var seen: Set<String> = []
    var pending = [inner]
    while let name = pending.popLast() {
      if name == outer { return true }
      guard seen.insert(name).inserted else { continue }
      pending += parts[name] ?? []
    }
    return false
  }

  private mutating func add(_ message: ProtoMessage, inside scope: String) {
    let swiftName = "\(scope).\(message.name)"
    messages[message.fullName] = message
    swiftNames[message.fullName] = swiftName
    parts[message.fullName] = message.fields.compactMap {
      guard case .message(let name) = $0.kind, !$0.isRepeated else { return nil }
      return name
    }
    for nested in message.messages { add(nested, inside: swiftName) }
    for enumeration in message.enums {
      swiftNames[enumeration.fullName] = "\(swiftName).\(enumeration.name)"
    }
  }
}
