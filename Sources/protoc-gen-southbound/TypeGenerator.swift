/// Writes the declarations of messages and enums.
struct TypeGenerator {
  let types: TypeIndex

  func message(_ shape: MessageShape, to writer: inout SourceWriter) {
    writer.documentation(shape.message.comment, fallback: "Message `\(shape.message.fullName)`.")
    writer.block("public struct \(shape.message.name): Sendable, Hashable") { writer in
      for member in shape.members {
        property(member, of: shape, to: &writer)
      }
      initializer(shape, to: &writer)
      for member in shape.members {
        guard case .oneof(let oneof, let fields) = member else { continue }
        writer.line()
        self.oneof(oneof, fields, of: shape, to: &writer)
      }
      for enumeration in shape.message.enums {
        writer.line()
        self.enumeration(enumeration, to: &writer)
      }
      for nested in shape.nested {
        writer.line()
        message(nested, to: &writer)
      }
    }
  }

  private func property(
    _ member: MessageShape.Member, of shape: MessageShape, to writer: inout SourceWriter
  ) {
    let comment =
      if case .oneof(let oneof, _) = member { oneof.comment } else { member.field.comment }
    writer.documentation(comment, fallback: "Field `\(member.field.name)`.")
    let type = member.type(in: shape)
    guard case .optionalMessage(let field, isBoxed: true) = member else {
      writer.line("public var \(member.name): \(type)")
      return
    }
    let storage = Self.storage(member)
    writer.block("public var \(member.name): \(type)") { writer in
      writer.line("get { \(storage).first }")
      writer.line("set { \(storage) = newValue.map { [$0] } ?? [] }")
    }
    writer.line("/// The type may hold itself: an array is the indirection.")
    writer.line("private var \(storage): [\(shape.type(field))]")
  }

  private static func storage(_ member: MessageShape.Member) -> String {
    "\(Names.property(member.field.name.lowercased() + "_storage"))"
  }

  private func initializer(_ shape: MessageShape, to writer: inout SourceWriter) {
    writer.line()
    writer.line("/// Creates a message; what is left out is empty.")
    guard !shape.members.isEmpty else {
      writer.line("public init() {}")
      return
    }
    writer.line("public init(")
    writer.indented { writer in
      for (index, member) in shape.members.enumerated() {
        let comma = index + 1 < shape.members.count ? "," : ""
        let initial = member.initial(in: shape)
        writer.line("\(member.name): \(member.type(in: shape)) = \(initial)\(comma)")
      }
    }
    writer.block(")") { writer in
      for member in shape.members {
        if case .optionalMessage(_, isBoxed: true) = member {
          writer.line("self.\(Self.storage(member)) = \(member.name).map { [$0] } ?? []")
        } else {
          writer.line("self.\(member.name) = \(member.name)")
        }
      }
    }
  }

  private func oneof(
    _ oneof: ProtoOneof, _ fields: [ProtoField], of shape: MessageShape,
    to writer: inout SourceWriter
  ) {
    writer.documentation(oneof.comment, fallback: "Oneof `\(oneof.name)`.")
    writer.block("public enum \(Names.oneofType(oneof.name)): Sendable, Hashable") { writer in
      for field in fields {
        writer.documentation(field.comment, fallback: "Field `\(field.name)`.")
        var keyword = "case"
        if case .message(let name) = field.kind,
          types.isRecursive(shape.message.fullName, holding: name)
        {
          keyword = "indirect case"
        }
        writer.line("\(keyword) \(Names.property(field.name))(\(shape.type(field)))")
      }
    }
  }

  func enumeration(_ enumeration: ProtoEnum, to writer: inout SourceWriter) {
    // Aliases of a number are left to the first name.
    var numbers: Set<Int32> = []
    let values = enumeration.values.filter { numbers.insert($0.number).inserted }
    let names = values.map { Names.enumCase($0.name, of: enumeration.name) }
    writer.documentation(enumeration.comment, fallback: "Enum `\(enumeration.fullName)`.")
    writer.block(
      "public enum \(enumeration.name): RawRepresentable, CaseIterable, Sendable, Hashable"
    ) { writer in
      for (value, name) in zip(values, names) {
        writer.documentation(value.comment, fallback: "`\(value.name)`.")
        writer.line("case \(name)")
      }
      writer.line("/// A number that this version of the schema does not name.")
      writer.line("case unrecognized(Int32)")
      writer.line()
      writer.line("/// The named values.")
      writer.line(
        "public static let allCases: [\(enumeration.name)] = ["
          + names.map { ".\($0)" }.joined(separator: ", ") + "]")
      writer.line()
      writer.line("/// Creates the value with a number of the wire.")
      writer.block("public init(rawValue: Int32)") { writer in
        writer.line("switch rawValue {")
        for (value, name) in zip(values, names) {
          writer.line("case \(value.number): self = .\(name)")
        }
        writer.line("default: self = .unrecognized(rawValue)")
        writer.line("}")
      }
      writer.line()
      writer.line("/// The number on the wire.")
      writer.block("public var rawValue: Int32") { writer in
        writer.line("switch self {")
        for (value, name) in zip(values, names) {
          writer.line("case .\(name): \(value.number)")
        }
        writer.line("case .unrecognized(let rawValue): rawValue")
        writer.line("}")
      }
    }
  }
}
