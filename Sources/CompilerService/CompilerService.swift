public import Logging
public import RPCCore

/// The compiler as a service: takes the files of a project, and passes the model on.
public struct CompilerService: Sendable {
  /// The RPC services that it offers, without health and reflection.
  public let rpcServices: [any RPCService]

  /// Makes the service.
  ///
  /// - Parameters:
  ///   - exporter: Channel to the exporter service.
  ///   - environment: Environment variables that models may read.
  ///   - logger: Where its own messages go.
  public init(
    exporter: any RPCChannel, environment: [String: String] = [:], logger: Logger
  ) {
    rpcServices = [CompilerRPC(exporter: exporter, environment: environment, logger: logger)]
  }
}
