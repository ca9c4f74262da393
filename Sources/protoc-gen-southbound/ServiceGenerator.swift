/// Writes the server protocol, the client and the descriptor of a service.
struct ServiceGenerator {
  let types: TypeIndex
  let file: ProtoFile
  /// The file and everything it imports, dependencies first.
  let closure: [ProtoFile]

  func service(_ service: ProtoService, to writer: inout SourceWriter) {
    let namespace = Names.namespace(package: file.package)
    writer.block("extension \(namespace)") { writer in
      descriptor(service, to: &writer)
      writer.line()
      serverProtocol(service, to: &writer)
      writer.line()
      client(service, to: &writer)
    }
    writer.line()
    registration(service, namespace: namespace, to: &writer)
  }

  private static func constant(_ service: ProtoService) -> String {
    service.name + "Methods"
  }

  private func descriptor(_ service: ProtoService, to writer: inout SourceWriter) {
    writer.line("/// The methods of `\(service.fullName)`.")
    writer.block("public enum \(Self.constant(service))") { writer in
      for method in service.methods {
        let kind =
          switch (method.streamsRequests, method.streamsResponses) {
          case (false, false): "unary"
          case (true, false): "clientStreaming"
          case (false, true): "serverStreaming"
          case (true, true): "bidirectional"
          }
        writer.line("/// Method `\(method.name)`.")
        writer.line("public static let \(Names.method(method.name)) = MethodDescriptor(")
        writer.line(
          "  service: \"\(service.fullName)\", name: \"\(method.name)\", kind: .\(kind))")
      }
      writer.line()
      writer.line("/// The service with its methods, and its schema for server reflection.")
      writer.line("public static let service = ServiceDescriptor(")
      writer.indented { writer in
        writer.line("fullName: \"\(service.fullName)\",")
        let methods = service.methods.map { Names.method($0.name) }
        writer.line("methods: [\(methods.joined(separator: ", "))],")
        writer.line("fileDescriptors: [")
        for file in closure {
          writer.line("  FileDescriptors.\(Names.fileConstant(file.name)),")
        }
        writer.line("])")
      }
    }
  }

  private func serverProtocol(_ service: ProtoService, to writer: inout SourceWriter) {
    writer.documentation(service.comment, fallback: "Service `\(service.fullName)`.")
    writer.block("public protocol \(service.name)Service: RPCService") { writer in
      for (index, method) in service.methods.enumerated() {
        if index > 0 { writer.line() }
        let input = types.swiftName(method.input)
        let output = types.swiftName(method.output)
        writer.documentation(method.comment, fallback: "Method `\(method.name)`.")
        writer.line("func \(Names.method(method.name))(")
        writer.indented { writer in
          writer.line(
            method.streamsRequests
              ? "_ requests: RequestStream<\(input)>," : "_ request: \(input),")
          if method.streamsResponses { writer.line("responses: ResponseWriter<\(output)>,") }
          writer.line("context: ServerContext")
        }
        writer.line(
          ") async throws" + (method.streamsResponses ? "" : " -> \(output)"))
      }
    }
  }

  private func registration(
    _ service: ProtoService, namespace: String, to writer: inout SourceWriter
  ) {
    let constant = Self.constant(service)
    writer.block("extension \(namespace).\(service.name)Service") { writer in
      writer.line("/// The service with its methods, and its schema for server reflection.")
      writer.line(
        "public static var descriptor: ServiceDescriptor { \(namespace).\(constant).service }")
      writer.line()
      writer.line("/// Lets `router` answer every method of the service with this value.")
      writer.block("public func registerMethods(in router: inout RPCRouter)") { writer in
        for method in service.methods {
          let name = Names.method(method.name)
          let path = "\(namespace).\(constant).\(name)"
          switch (method.streamsRequests, method.streamsResponses) {
          case (false, false):
            writer.line("router.unary(\(path)) { try await self.\(name)($0, context: $1) }")
          case (true, false):
            writer.line(
              "router.clientStreaming(\(path)) { try await self.\(name)($0, context: $1) }")
          case (false, true):
            writer.line("router.serverStreaming(\(path)) {")
            writer.line("  try await self.\(name)($0, responses: $1, context: $2)")
            writer.line("}")
          case (true, true):
            writer.line("router.bidirectional(\(path)) {")
            writer.line("  try await self.\(name)($0, responses: $1, context: $2)")
            writer.line("}")
          }
        }
      }
    }
  }

  private func client(_ service: ProtoService, to writer: inout SourceWriter) {
    writer.line("/// Calls `\(service.fullName)` over a channel.")
    writer.block("public struct \(service.name)Client: Sendable") { writer in
      writer.line("private let channel: any RPCChannel")
      writer.line()
      writer.line("/// Creates a client; the channel stays the caller's to close.")
      writer.block("public init(_ channel: any RPCChannel)") { writer in
        writer.line("self.channel = channel")
      }
      for method in service.methods {
        writer.line()
        clientMethod(method, of: service, to: &writer)
      }
    }
  }

  private func clientMethod(
    _ method: ProtoMethod, of service: ProtoService, to writer: inout SourceWriter
  ) {
    let input = types.swiftName(method.input)
    let output = types.swiftName(method.output)
    let constant = "\(Self.constant(service)).\(Names.method(method.name))"
    let name = Names.method(method.name)
    writer.documentation(method.comment, fallback: "Method `\(method.name)`.")
    let generic = method.streamsResponses ? "<Result>" : ""
    writer.line("public func \(name)\(generic)(")
    let body =
      switch (method.streamsRequests, method.streamsResponses) {
      case (false, false): ""
      case (true, false): "(RequestWriter<\(input)>) async throws -> Void"
      case (false, true): "(ResponseStream<\(output)>) async throws -> Result"
      case (true, true):
        "(RequestWriter<\(input)>, ResponseStream<\(output)>) async throws -> Result"
      }
    writer.indented { writer in
      if !method.streamsRequests { writer.line("_ request: \(input),") }
      writer.line("options: CallOptions = CallOptions()" + (body.isEmpty ? "" : ","))
      if !body.isEmpty { writer.line("_ body: \(body)") }
    }
    let failure = body.isEmpty ? "throws(RPCError)" : "throws"
    let result = method.streamsResponses ? "Result" : output
    writer.block(") async \(failure) -> \(result)") { writer in
      switch (method.streamsRequests, method.streamsResponses) {
      case (false, false):
        writer.line("try await channel.unary(request, \(constant), options: options)")
      case (true, false):
        writer.line("try await channel.clientStreaming(\(constant), options: options, body)")
      case (false, true):
        writer.line(
          "try await channel.serverStreaming(request, \(constant), options: options, body)")
      case (true, true):
        writer.line("try await channel.bidirectional(\(constant), options: options, body)")
      }
    }
  }
}
