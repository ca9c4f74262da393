internal import CDescriptor
internal import Protobuf

/// The answer of a plugin: files, or an error in the protos.
struct GeneratorResponse {
  var files: [(name: String, content: String)] = []
  var error: String?

  /// `FEATURE_PROTO3_OPTIONAL` of plugin.proto.
  private static let supportedFeatures: UInt64 = 1

  func encoded() -> [UInt8] {
    typealias CResponse = Google__Protobuf__Compiler__CodeGeneratorResponse
    typealias CFile = Google__Protobuf__Compiler__CodeGeneratorResponse__File
    let arena = Arena(expectedBytes: files.reduce(4096) { $0 + $1.content.utf8.count })
    var response = unsafe CResponse()
    unsafe google__protobuf__compiler__code_generator_response__init(&response)
    unsafe response.has_supported_features = 1
    unsafe response.supported_features = Self.supportedFeatures
    if let error { unsafe response.error = unsafe cString(error, in: arena) }
    let list = unsafe arena.zeroed(files.count * MemoryLayout<UnsafeRawPointer>.stride)
      .bindMemory(to: UnsafeMutablePointer<CFile>?.self, capacity: files.count)
    for (index, file) in files.enumerated() {
      let memory = unsafe arena.zeroed(MemoryLayout<CFile>.size)
        .bindMemory(to: CFile.self, capacity: 1)
      unsafe google__protobuf__compiler__code_generator_response__file__init(memory)
      unsafe memory.pointee.name = unsafe cString(file.name, in: arena)
      unsafe memory.pointee.content = unsafe cString(file.content, in: arena)
      unsafe list[index] = unsafe memory
    }
    unsafe response.file = unsafe list
    unsafe response.n_file = files.count
    var output: [UInt8] = []
    unsafe withUnsafePointer(to: &response) { unsafe MessagePacker.pack($0, into: &output) }
    return output
  }

  private func cString(
    _ text: String, in arena: borrowing Arena
  ) -> UnsafeMutablePointer<CChar>? {
    var bytes = Array(text.utf8)
    bytes.append(0)
    return unsafe bytes.withUnsafeBytes { unsafe arena.copy($0) }?
      .assumingMemoryBound(to: CChar.self)
  }
}
