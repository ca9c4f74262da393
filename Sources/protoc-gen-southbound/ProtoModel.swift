/// A proto file, as far as the generators need it.
struct ProtoFile {
  var name: String
  var package: String
  var dependencies: [String]
  var comment: String
  var messages: [ProtoMessage]
  var enums: [ProtoEnum]
  var services: [ProtoService]
  /// The serialized `FileDescriptorProto` without comments, for server reflection.
  var descriptorBytes: [UInt8]
  /// Whether protoc was asked for this file; otherwise it was only imported.
  var isWanted: Bool
}

struct ProtoMessage {
  var name: String
  /// With the package, without a leading dot.
  var fullName: String
  var comment: String
  var fields: [ProtoField]
  var oneofs: [ProtoOneof]
  var messages: [ProtoMessage]
  var enums: [ProtoEnum]
  /// Whether protoc made it up for a map field.
  var isMapEntry: Bool
}

struct ProtoField {
  /// What a field holds, one of it.
  enum Kind: Equatable {
    case int32, int64, uint32, uint64, float, double, bool, string, bytes
    /// A message, by full name.
    case message(String)
    /// An enum, by full name.
    case enumeration(String)
  }

  var name: String
  var number: Int32
  var kind: Kind
  var isRepeated: Bool
  var oneofIndex: Int?
  var comment: String
}

struct ProtoOneof {
  var name: String
  var comment: String
}

struct ProtoEnum {
  struct Value {
    var name: String
    var number: Int32
    var comment: String
  }

  var name: String
  var fullName: String
  var comment: String
  var values: [Value]
}

struct ProtoService {
  var name: String
  var fullName: String
  var comment: String
  var methods: [ProtoMethod]
}

struct ProtoMethod {
  var name: String
  var comment: String
  /// Full names of the message types.
  var input: String
  var output: String
  var streamsRequests: Bool
  var streamsResponses: Bool
}
