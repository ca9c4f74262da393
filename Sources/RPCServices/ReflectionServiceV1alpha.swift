public import RPCCore
import GRPCSchema

/// `grpc.reflection.v1alpha.ServerReflection`, which older tools ask for. On the wire its messages
/// are those of v1, so v1 answers.
public struct ReflectionServiceV1alpha: RPCService {
  private let service: ReflectionService

  /// Creates the service.
  ///
  /// - Parameter services: The services to describe, this one among them.
  public init(describing services: [ServiceDescriptor]) {
    service = ReflectionService(describing: services)
  }

  /// The service's name and methods, as its proto has them.
  public static var descriptor: ServiceDescriptor {
    GRPCReflectionV1alpha.ServerReflectionMethods.service
  }

  /// Lets `router` answer every method of the service with this value.
  public func registerMethods(in router: inout RPCRouter) {
    router.bidirectional(GRPCReflectionV1alpha.ServerReflectionMethods.serverReflectionInfo) {
      try await service.serverReflectionInfo($0, responses: $1, context: $2)
    }
  }
}
