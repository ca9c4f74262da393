public import RPCCore
public import GRPCSchema

/// `grpc.reflection.v1.ServerReflection`: describes the services of a server to
/// tools such as grpcurl.
public struct ReflectionService: GRPCReflectionV1.ServerReflectionService {
  private let index: ReflectionIndex

  /// Creates the service.
  ///
  /// - Parameter services: The services to describe, this one among them.
  public init(describing services: [ServiceDescriptor]) {
    index = ReflectionIndex(services)
  }

  /// Answers each question in turn; what is not here is NOT_FOUND inside the answer.
  public func serverReflectionInfo(
    _ requests: RequestStream<GRPCReflectionV1.ServerReflectionRequest>,
    responses: ResponseWriter<GRPCReflectionV1.ServerReflectionResponse>,
    context: ServerContext
  ) async throws {
    for try await request in requests {
      try await responses.write(
        GRPCReflectionV1.ServerReflectionResponse(
          validHost: request.host, originalRequest: request, messageResponse: answer(request)))
    }
  }

  private func answer(
    _ request: GRPCReflectionV1.ServerReflectionRequest
  ) -> GRPCReflectionV1.ServerReflectionResponse.OneOf_MessageResponse {
    switch request.messageRequest {
    case .fileByFilename(let name): files(index.file(named: name), "file \(name)")
    case .fileContainingSymbol(let symbol):
      files(index.file(declaring: symbol), "symbol \(symbol)")
    case .listServices:
      .listServicesResponse(
        GRPCReflectionV1.ListServiceResponse(
          service: index.services.map { GRPCReflectionV1.ServiceResponse(name: $0) }))
    case .fileContainingExtension(let request):
      // proto3 has no extensions, and options of others are not part of the schema.
      error(.notFound, "no extension \(request.extensionNumber) of \(request.containingType)")
    case .allExtensionNumbersOfType(let type): error(.notFound, "no extensions of \(type)")
    case nil: error(.invalidArgument, "the request asks nothing")
    }
  }

  private func files(
    _ found: [[UInt8]]?,
    _ what: String
  ) -> GRPCReflectionV1.ServerReflectionResponse.OneOf_MessageResponse {
    guard let found else { return error(.notFound, "no \(what) here") }
    return .fileDescriptorResponse(
      GRPCReflectionV1.FileDescriptorResponse(fileDescriptorProto: found))
  }

  private func error(
    _ code: StatusCode,
    _ message: String
  ) -> GRPCReflectionV1.ServerReflectionResponse.OneOf_MessageResponse {
    .errorResponse(
      GRPCReflectionV1.ErrorResponse(errorCode: Int32(code.rawValue), errorMessage: message))
  }
}
