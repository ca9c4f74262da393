public import Logging
public import RPCCore
public import SouthboundKit

/// The exporter as a service: takes a model, makes its resources, stores them as a version.
public struct ExporterService: Sendable {
  /// The RPC services that it offers, without health and reflection.
  public let rpcServices: [any RPCService]

  /// Makes the service.
  ///
  /// - Parameters:
  ///   - integrations: Where the resource definitions come from.
  ///   - server: Channel to the server.
  ///   - logger: Where its own messages go.
  /// - Throws: `InvalidIntegration` with everything that is wrong with the definitions.
  public init(
    integrations: [Integration], server: any RPCChannel, logger: Logger
  ) throws(InvalidIntegration) {
    let registry = try IntegrationRegistry(integrations)
    rpcServices = [
      ExporterRPC(registry: registry, store: VersionStore(server: server), logger: logger)
    ]
  }
}
