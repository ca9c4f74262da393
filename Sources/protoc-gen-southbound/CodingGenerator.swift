/// Writes the conversion between messages and the C structs of protoc-gen-c.
struct CodingGenerator {
  let types: TypeIndex

  /// Writes the extensions of a message and of those nested in it.
  func message(_ shape: MessageShape, to writer: inout SourceWriter) {
    writer.block("extension \(shape.swiftName): RPCMessage") { writer in
      writer.line("/// Decodes a message; INVALID_ARGUMENT says where and why it cannot.")
      writer.block("public init(serializedBytes bytes: RawSpan) throws(RPCError)") { writer in
        writer.line("self = try Self.decoded(bytes)")
      }
      writer.line()
      writer.line("/// Appends the canonical encoding: fields by number, maps by key.")
      writer.block("public func serialize(into buffer: inout [UInt8])") { writer in
        writer.line("encode(into: &buffer)")
      }
    }
    writer.line()
    writer.block("extension \(shape.swiftName): LiftedMessage") { writer in
      writer.line("public typealias CMessage = \(shape.cType)")
      layout("layout", "public ", fullName: shape.message.fullName, to: &writer)
      for member in shape.members {
        guard case .map(let field, _, _, let entry) = member else { continue }
        layout(Self.entryLayout(field), "private ", fullName: entry, to: &writer)
      }
      writer.line()
      writer.block(
        "public init(lifting c: UnsafePointer<CMessage>) throws(ProtobufError)"
      ) { writer in
        writer.line("self.init()")
        for member in shape.members { lift(member, of: shape, to: &writer) }
      }
      writer.line()
      writer.block(
        "public func lower(to c: UnsafeMutablePointer<CMessage>, in arena: borrowing Arena)"
      ) { writer in
        for member in shape.members { lower(member, of: shape, to: &writer) }
      }
    }
    for nested in shape.nested {
      writer.line()
      message(nested, to: &writer)
    }
  }

  private static func entryLayout(_ field: ProtoField) -> String {
    Names.property(field.name + "_entry_layout")
  }

  private func layout(
    _ name: String, _ access: String, fullName: String, to writer: inout SourceWriter
  ) {
    writer.block("\(access)static let \(name): MessageLayout =") { writer in
      writer.line("var c = \(Names.cType(fullName))()")
      writer.line("\(Names.cPrefix(fullName))__init(&c)")
      writer.line("return MessageLayout(descriptor: UnsafeRawPointer(c.base.descriptor))")
    }
    // The closure above is called at once.
    writer.replaceLast("}\n", with: "}()\n")
  }

  // MARK: - From C

  private func lift(
    _ member: MessageShape.Member, of shape: MessageShape, to writer: inout SourceWriter
  ) {
    let field = member.field
    let c = "c.pointee.\(Names.cField(field.name))"
    switch member {
    case .scalar:
      writer.line("self.\(member.name) = \(lifted(c, field, shape))")
    case .optionalMessage:
      writer.line("self.\(member.name) = try lift(\(c), \"\(field.name)\")")
    case .list:
      let count = "c.pointee.n_\(field.name.lowercased())"
      writer.line("self.\(member.name) = \(liftedList(c, count, field))")
    case .optionalScalar(_, let oneof):
      let discriminator = "c.pointee.\(Names.cField(oneof.name))_case.rawValue"
      writer.line("if \(discriminator) == \(field.number) {")
      writer.line("  self.\(member.name) = \(lifted(c, field, shape))")
      writer.line("}")
    case .oneof(let oneof, let fields):
      writer.line("switch c.pointee.\(Names.cField(oneof.name))_case.rawValue {")
      for field in fields {
        let c = "c.pointee.\(Names.cField(field.name))"
        let name = Names.property(field.name)
        writer.line(
          "case \(field.number): self.\(member.name) = .\(name)(\(lifted(c, field, shape)))")
      }
      writer.line("default: break")
      writer.line("}")
    case .map(_, let key, let value, _):
      let count = "c.pointee.n_\(field.name.lowercased())"
      writer.line("if \(count) > 0 { self.\(member.name).reserveCapacity(\(count)) }")
      writer.block("for index in 0..<\(count)") { writer in
        writer.line("guard let entry = \(c)[index] else { continue }")
        writer.line("let key = \(lifted("entry.pointee.key", key, shape))")
        writer.line("self.\(member.name)[key] = \(lifted("entry.pointee.value", value, shape))")
      }
    }
  }

  private func lifted(_ c: String, _ field: ProtoField, _ shape: MessageShape) -> String {
    switch field.kind {
    case .string: "try liftString(\(c), \"\(field.name)\")"
    case .bytes: "liftBytes(\(c))"
    case .bool: "\(c) != 0"
    case .enumeration: "\(shape.type(field))(rawValue: Int32(bitPattern: \(c).rawValue))"
    case .message: "try lift(\(c), \"\(field.name)\") ?? \(shape.zero(field))"
    default: c
    }
  }

  private func liftedList(_ c: String, _ count: String, _ field: ProtoField) -> String {
    switch field.kind {
    case .string: "try liftStrings(\(c), \(count), \"\(field.name)\")"
    case .bytes: "liftBytes(\(c), \(count))"
    case .bool: "liftBools(\(c), \(count))"
    case .enumeration: "liftEnums(\(c), \(count))"
    case .message: "try lift(\(c), \(count), \"\(field.name)\")"
    default: "liftScalars(\(c), \(count))"
    }
  }

  // MARK: - To C

  private func lower(
    _ member: MessageShape.Member, of shape: MessageShape, to writer: inout SourceWriter
  ) {
    let field = member.field
    let c = "c.pointee.\(Names.cField(field.name))"
    switch member {
    case .scalar:
      writer.line("\(c) = \(lowered("self.\(member.name)", field))")
    case .optionalMessage:
      writer.block("if let value = self.\(member.name)") { writer in
        writer.line("\(c) = value.lowered(in: arena)")
      }
    case .list:
      writer.line("c.pointee.n_\(field.name.lowercased()) = self.\(member.name).count")
      writer.line("\(c) = arena.lower(self.\(member.name))")
    case .optionalScalar(_, let oneof):
      writer.block("if let value = self.\(member.name)") { writer in
        setCase(oneof, field, of: shape, to: &writer)
        writer.line("\(c) = \(lowered("value", field))")
      }
    case .oneof(let oneof, let fields):
      writer.line("switch self.\(member.name) {")
      for field in fields {
        writer.line("case .\(Names.property(field.name))(let value)?:")
        writer.indented { writer in
          setCase(oneof, field, of: shape, to: &writer)
          writer.line("c.pointee.\(Names.cField(field.name)) = \(lowered("value", field))")
        }
      }
      writer.line("case nil: break")
      writer.line("}")
    case .map(_, let key, let value, let entry):
      let entryType = Names.cType(entry)
      writer.block("if !self.\(member.name).isEmpty") { writer in
        writer.line(
          "let entries = arena.pointers(to: \(entryType).self, self.\(member.name).count)")
        writer.block(
          "for (index, item) in sortedByKey(self.\(member.name)).enumerated()"
        ) { writer in
          writer.line(
            "let entry = Self.\(Self.entryLayout(field)).make(in: arena)"
              + ".assumingMemoryBound(to: \(entryType).self)")
          writer.line("entry.pointee.key = \(lowered("item.key", key))")
          writer.line("entry.pointee.value = \(lowered("item.value", value))")
          writer.line("entries[index] = entry")
        }
        writer.line("c.pointee.n_\(field.name.lowercased()) = self.\(member.name).count")
        writer.line("\(c) = entries")
      }
    }
  }

  private func setCase(
    _ oneof: ProtoOneof, _ field: ProtoField, of shape: MessageShape, to writer: inout SourceWriter
  ) {
    let type = Names.cOneofCase(shape.message.fullName, oneof.name)
    let name = Names.cField(oneof.name)
    writer.line("c.pointee.\(name)_case = \(type)(rawValue: \(field.number))")
  }

  private func lowered(_ value: String, _ field: ProtoField) -> String {
    switch field.kind {
    case .string, .bytes: "arena.lower(\(value))"
    case .bool: "\(value) ? 1 : 0"
    case .enumeration(let name):
      "\(Names.cType(name))(rawValue: UInt32(bitPattern: \(value).rawValue))"
    case .message: "\(value).lowered(in: arena)"
    default: value
    }
  }
}
