/// A service with its methods, and the schema that server reflection answers with.
public struct ServiceDescriptor: Sendable, Hashable {
  /// The full name, for example `southbound.versions.v1.Versions`.
  public let fullName: String
  /// The methods, in the order of the schema.
  public let methods: [MethodDescriptor]
  /// The file that declares the service and every file that it imports, directly or not.
  public let fileDescriptors: [FileDescriptorBlob]

  /// Creates a descriptor.
  ///
  /// - Parameters:
  ///   - fullName: The full name of the service.
  ///   - methods: The methods, in the order of the schema.
  ///   - fileDescriptors: The declaring file and everything that it imports.
  public init(
    fullName: String,
    methods: [MethodDescriptor],
    fileDescriptors: [FileDescriptorBlob] = []
  ) {
    self.fullName = fullName
    self.methods = methods
    self.fileDescriptors = fileDescriptors
  }
}

/// One schema file in the form that server reflection sends.
public struct FileDescriptorBlob: Sendable, Hashable {
  /// The name by which other files import it, for example `southbound/versions/v1/versions.proto`.
  public let name: String
  /// A serialized `google.protobuf.FileDescriptorProto`.
  public let serialized: [UInt8]
  /// The names of the files that it imports directly.
  public let dependencies: [String]
  /// The full names of the messages, enums, services, methods and extensions that it declares.
  public let symbols: [String]

  /// Creates a file description.
  ///
  /// - Parameters:
  ///   - name: The name by which other files import it.
  ///   - serialized: A serialized `google.protobuf.FileDescriptorProto`.
  ///   - dependencies: The names of the files that it imports directly.
  ///   - symbols: The full names of everything that it declares.
  public init(name: String, serialized: [UInt8], dependencies: [String], symbols: [String] = []) {
    self.name = name
    self.serialized = serialized
    self.dependencies = dependencies
    self.symbols = symbols
  }
}
