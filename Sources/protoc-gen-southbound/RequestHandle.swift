internal import CDescriptor
internal import Protobuf

/// The request that protoc sends to a plugin.
struct GeneratorRequest {
  var parameter: String
  var files: [ProtoFile]

  private typealias CRequest = Google__Protobuf__Compiler__CodeGeneratorRequest

  private static var layout: MessageLayout {
    var request = unsafe CRequest()
    unsafe google__protobuf__compiler__code_generator_request__init(&request)
    return unsafe MessageLayout(descriptor: request.base.descriptor)
  }

  /// protoc is trusted: its limits are only there to be finite.
  private static let limits = DecodingLimits(memoryBytesMax: 1 << 30)

  init(decoding bytes: [UInt8]) throws(ProtobufError) {
    let unpacked = try Self.unpack(bytes)
    let request = unsafe unpacked.message.assumingMemoryBound(to: CRequest.self).pointee
    parameter = unsafe text(request.parameter)
    let wanted = Set(
      unsafe UnsafeBufferPointer(start: request.file_to_generate, count: request.n_file_to_generate)
        .map { unsafe text($0) })
    files = unsafe list(request.proto_file, request.n_proto_file).map { pointer in
      var file = unsafe ProtoFile(lifting: pointer)
      file.isWanted = wanted.contains(file.name)
      return file
    }
  }

  /// Returns the request with each `string` field turned into a `bytes` field, map entries into
  /// plain messages and `optional` fields into oneofs of one member.
  ///
  /// protoc-gen-c makes a NUL-ended `char *` of a string, so text could neither hold NUL nor be
  /// checked by length; with bytes the decoder sees all of it and the encoder needs no copy that
  /// ends with NUL. It also refuses proto3 `optional`.
  static func stringsAsBytes(_ bytes: [UInt8]) throws(ProtobufError) -> [UInt8] {
    let unpacked = try unpack(bytes)
    let request = unsafe unpacked.message.assumingMemoryBound(to: CRequest.self)
    unsafe list(request.pointee.proto_file, request.pointee.n_proto_file).forEach { file in
      unsafe list(file.pointee.message_type, file.pointee.n_message_type).forEach {
        unsafe stringsAsBytes($0)
      }
    }
    var output: [UInt8] = []
    unsafe MessagePacker.pack(request, into: &output)
    return output
  }

  private static func stringsAsBytes(
    _ message: UnsafeMutablePointer<Google__Protobuf__DescriptorProto>
  ) {
    unsafe list(message.pointee.field, message.pointee.n_field).forEach { field in
      if unsafe field.pointee.type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING {
        unsafe field.pointee.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES
      }
      unsafe field.pointee.has_proto3_optional = 0
    }
    if let options = unsafe message.pointee.options {
      unsafe options.pointee.has_map_entry = 0
    }
    unsafe list(message.pointee.nested_type, message.pointee.n_nested_type).forEach {
      unsafe stringsAsBytes($0)
    }
  }

  private static func unpack(_ bytes: [UInt8]) throws(ProtobufError) -> UnpackedMessage {
    unsafe try UnpackedMessage(bytes.span.bytes, as: layout, limits: limits)
  }
}

// MARK: - Lifting

private func text(_ string: UnsafeMutablePointer<CChar>?) -> String {
  unsafe string.map { unsafe String(cString: $0) } ?? ""
}

private func list<T>(
  _ items: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int
) -> [UnsafeMutablePointer<T>] {
  unsafe UnsafeBufferPointer(start: items, count: count).compactMap { unsafe $0 }
}

/// Comments by the path of what they describe; see `SourceCodeInfo` in descriptor.proto.
private struct Comments {
  private var byPath: [[Int32]: String] = [:]

  init(_ info: UnsafeMutablePointer<Google__Protobuf__SourceCodeInfo>?) {
    guard let info = unsafe info?.pointee else { return }
    unsafe list(info.location, info.n_location).forEach { location in
      let path = unsafe Array(
        UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path))
      unsafe byPath[path] = text(location.pointee.leading_comments)
    }
  }

  func callAsFunction(_ path: [Int32]) -> String { byPath[path] ?? "" }
}

extension ProtoFile {
  fileprivate init(lifting pointer: UnsafeMutablePointer<Google__Protobuf__FileDescriptorProto>) {
    let file = unsafe pointer.pointee
    let comments = unsafe Comments(file.source_code_info)
    name = unsafe text(file.name)
    package = unsafe text(file.package)
    dependencies = unsafe UnsafeBufferPointer(start: file.dependency, count: file.n_dependency)
      .map { unsafe text($0) }
    comment = comments([2])
    let scope = package
    messages = unsafe list(file.message_type, file.n_message_type).enumerated().map {
      unsafe ProtoMessage(lifting: $1, scope: scope, path: [4, Int32($0)], comments: comments)
    }
    enums = unsafe list(file.enum_type, file.n_enum_type).enumerated().map {
      unsafe ProtoEnum(lifting: $1, scope: scope, path: [5, Int32($0)], comments: comments)
    }
    services = unsafe list(file.service, file.n_service).enumerated().map {
      unsafe ProtoService(lifting: $1, scope: scope, path: [6, Int32($0)], comments: comments)
    }
    unsafe pointer.pointee.source_code_info = nil
    var bytes: [UInt8] = []
    unsafe MessagePacker.pack(pointer, into: &bytes)
    descriptorBytes = bytes
    isWanted = false
  }
}

extension ProtoMessage {
  fileprivate init(
    lifting pointer: UnsafeMutablePointer<Google__Protobuf__DescriptorProto>, scope: String,
    path: [Int32], comments: Comments
  ) {
    let message = unsafe pointer.pointee
    name = unsafe text(message.name)
    let fullName = scope.isEmpty ? name : "\(scope).\(name)"
    self.fullName = fullName
    comment = comments(path)
    fields = unsafe list(message.field, message.n_field).enumerated().map {
      unsafe ProtoField(lifting: $1, comment: comments(path + [2, Int32($0)]))
    }
    oneofs = unsafe list(message.oneof_decl, message.n_oneof_decl).enumerated().map {
      unsafe ProtoOneof(name: text($1.pointee.name), comment: comments(path + [8, Int32($0)]))
    }
    messages = unsafe list(message.nested_type, message.n_nested_type).enumerated().map {
      unsafe ProtoMessage(
        lifting: $1, scope: fullName, path: path + [3, Int32($0)], comments: comments)
    }
    enums = unsafe list(message.enum_type, message.n_enum_type).enumerated().map {
      unsafe ProtoEnum(
        lifting: $1, scope: fullName, path: path + [4, Int32($0)], comments: comments)
    }
    isMapEntry = unsafe message.options.map { unsafe $0.pointee.map_entry != 0 } ?? false
  }
}

extension ProtoField {
  fileprivate init(
    lifting pointer: UnsafeMutablePointer<Google__Protobuf__FieldDescriptorProto>, comment: String
  ) {
    let field = unsafe pointer.pointee
    name = unsafe text(field.name)
    number = unsafe field.number
    isRepeated =
      unsafe field.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED
    oneofIndex = unsafe field.has_oneof_index != 0 ? Int(field.oneof_index) : nil
    self.comment = comment
    let typeName = String(unsafe text(field.type_name).drop { $0 == "." })
    // The numbers of FieldDescriptorProto.Type.
    kind =
      switch unsafe field.type.rawValue {
      case 1: .double
      case 2: .float
      case 3, 16, 18: .int64
      case 4, 6: .uint64
      case 5, 15, 17: .int32
      case 7, 13: .uint32
      case 8: .bool
      case 9: .string
      case 12: .bytes
      case 14: .enumeration(typeName)
      default: .message(typeName)
      }
  }
}

extension ProtoEnum {
  fileprivate init(
    lifting pointer: UnsafeMutablePointer<Google__Protobuf__EnumDescriptorProto>, scope: String,
    path: [Int32], comments: Comments
  ) {
    let declaration = unsafe pointer.pointee
    name = unsafe text(declaration.name)
    fullName = scope.isEmpty ? name : "\(scope).\(name)"
    comment = comments(path)
    values = unsafe list(declaration.value, declaration.n_value).enumerated().map {
      unsafe Value(
        name: text($1.pointee.name), number: $1.pointee.number,
        comment: comments(path + [2, Int32($0)]))
    }
  }
}

extension ProtoService {
  fileprivate init(
    lifting pointer: UnsafeMutablePointer<Google__Protobuf__ServiceDescriptorProto>, scope: String,
    path: [Int32], comments: Comments
  ) {
    let service = unsafe pointer.pointee
    name = unsafe text(service.name)
    fullName = scope.isEmpty ? name : "\(scope).\(name)"
    comment = comments(path)
    methods = unsafe list(service.method, service.n_method).enumerated().map {
      let method = unsafe $1.pointee
      return unsafe ProtoMethod(
        name: text(method.name), comment: comments(path + [2, Int32($0)]),
        input: String(text(method.input_type).drop { $0 == "." }),
        output: String(text(method.output_type).drop { $0 == "." }),
        streamsRequests: method.client_streaming != 0,
        streamsResponses: method.server_streaming != 0)
    }
  }
}
