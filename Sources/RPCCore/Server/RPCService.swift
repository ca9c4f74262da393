/// A service that a server can offer. Generated protocols refine it and register their methods.
public protocol RPCService: Sendable {
  /// The service with its methods and schema.
  static var descriptor: ServiceDescriptor { get }

  /// Adds every method of the service to a router.
  ///
  /// - Parameter router: The router that will answer calls.
  func registerMethods(in router: inout RPCRouter)
}
