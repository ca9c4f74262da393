public import RPCCore
internal import GRPCSchema

extension RPCRouter {
  /// Creates the router of a process: its services, health, and reflection in both versions.
  ///
  /// - Parameters:
  ///   - services: The services of the process.
  ///   - health: Answers for the health of the process.
  ///   - interceptors: Code around every call; the first is the outermost.
  /// - Returns: The router.
  public static func standard(
    services: [any RPCService],
    health: HealthReporter,
    interceptors: [any ServerInterceptor] = []
  ) -> RPCRouter {
    var described = services.map { type(of: $0).descriptor }
    described += [
      HealthReporter.descriptor, ReflectionService.descriptor, ReflectionServiceV1alpha.descriptor,
    ]
    return RPCRouter(
      services: services + [
        health, ReflectionService(describing: described),
        ReflectionServiceV1alpha(describing: described),
      ], interceptors: interceptors)
  }
}
