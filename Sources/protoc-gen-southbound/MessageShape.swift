/// A message as Swift sees it: members instead of fields and oneofs.
struct MessageShape {
  /// One property of the struct.
  enum Member {
    case scalar(ProtoField)
    case list(ProtoField)
    case map(ProtoField, key: ProtoField, value: ProtoField, entry: String)
    /// A message that may be absent. Boxed if the type could hold itself.
    case optionalMessage(ProtoField, isBoxed: Bool)
    /// A scalar that may be absent: a oneof of one member.
    case optionalScalar(ProtoField, oneof: ProtoOneof)
    case oneof(ProtoOneof, [ProtoField])
  }

  let message: ProtoMessage
  let swiftName: String
  let members: [Member]
  private let types: TypeIndex

  init(_ message: ProtoMessage, types: TypeIndex) {
    self.message = message
    self.types = types
    swiftName = types.swiftName(message.fullName)
    var members: [Member] = []
    var seenOneofs: Set<Int> = []
    for field in message.fields {
      if let index = field.oneofIndex {
        guard seenOneofs.insert(index).inserted else { continue }
        let fields = message.fields.filter { $0.oneofIndex == index }
        let oneof = message.oneofs[index]
        if fields.count == 1, !Self.isMessage(field) {
          members.append(.optionalScalar(field, oneof: oneof))
        } else {
          members.append(.oneof(oneof, fields))
        }
      } else if let entry = types.mapEntry(field) {
        members.append(.map(field, key: entry.key, value: entry.value, entry: entry.fullName))
      } else if field.isRepeated {
        members.append(.list(field))
      } else if case .message(let name) = field.kind {
        let isBoxed = types.isRecursive(message.fullName, holding: name)
        members.append(.optionalMessage(field, isBoxed: isBoxed))
      } else {
        members.append(.scalar(field))
      }
    }
    self.members = members
  }

  /// Messages nested in this one, without map entries.
  var nested: [MessageShape] {
    message.messages.filter { !$0.isMapEntry }.map { MessageShape($0, types: types) }
  }

  var cType: String { Names.cType(message.fullName) }

  /// Swift type of one value of a field.
  func type(_ field: ProtoField) -> String {
    switch field.kind {
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .float: "Float"
    case .double: "Double"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .message(let name), .enumeration(let name): types.swiftName(name)
    }
  }

  /// Default of a singular scalar field.
  func zero(_ field: ProtoField) -> String {
    switch field.kind {
    case .bool: "false"
    case .string: "\"\""
    case .bytes: "[]"
    case .message(let name): "\(types.swiftName(name))()"
    case .enumeration(let name): "\(types.swiftName(name))(rawValue: 0)"
    default: "0"
    }
  }

  private static func isMessage(_ field: ProtoField) -> Bool {
    if case .message = field.kind { true } else { false }
  }
}

extension MessageShape.Member {
  var field: ProtoField {
    switch self {
    case .scalar(let field), .list(let field), .map(let field, _, _, _),
      .optionalMessage(let field, _), .optionalScalar(let field, _):
      field
    case .oneof(_, let fields): fields[0]
    }
  }

  /// Name of the Swift property.
  var name: String {
    if case .oneof(let oneof, _) = self { return Names.property(oneof.name) }
    return Names.property(field.name)
  }

  func type(in shape: MessageShape) -> String {
    switch self {
    case .scalar(let field): shape.type(field)
    case .list(let field): "[\(shape.type(field))]"
    case .map(_, let key, let value, _): "[\(shape.type(key)): \(shape.type(value))]"
    case .optionalMessage(let field, _), .optionalScalar(let field, _): shape.type(field) + "?"
    case .oneof(let oneof, _): Names.oneofType(oneof.name) + "?"
    }
  }

  func initial(in shape: MessageShape) -> String {
    switch self {
    case .scalar(let field): shape.zero(field)
    case .list: "[]"
    case .map: "[:]"
    case .optionalMessage, .optionalScalar, .oneof: "nil"
    }
  }
}
