public import Logging
public import RPCCore
internal import RPCHTTP2
internal import ServiceLifecycle

/// Serves RPCs, does background work, and stops both gracefully on a signal.
public struct ServiceHost: Sendable {
  private let name: String
  private let server: HTTP2Server
  private let logger: Logger

  /// Prepares a server; it listens from ``start()`` on.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - addresses: Where to listen, as `tcp://host:port` or `unix:///path`.
  ///   - router: What answers.
  ///   - logger: Where the host's own messages go.
  /// - Throws: `RPCError` with what is wrong with an address.
  public init(
    name: String, addresses: [String], router: RPCRouter, logger: Logger
  ) throws(RPCError) {
    self.name = name
    self.logger = logger
    var parsed: [ServiceAddress] = []
    for text in addresses { parsed.append(try ServiceAddress(parsing: text)) }
    server = try HTTP2Server(addresses: parsed, router: router)
  }

  /// Starts to listen, and says so on stdout.
  ///
  /// - Returns: The addresses, with the ports that the kernel chose.
  /// - Throws: `RPCError` that names the address, for example when it is in use.
  @discardableResult
  public func start() async throws(RPCError) -> [ServiceAddress] {
    let bound = try await server.start()
    for address in bound { Terminal.out("\(name) listening at \(address)") }
    return bound
  }

  /// Answers until SIGTERM or SIGINT, then lets the running calls end.
  ///
  /// - Parameter background: Work beside the calls; it is cancelled when the host stops. If it
  ///   throws, the host stops and throws the same.
  /// - Throws: What the background work threw.
  public func run(background: @escaping @Sendable () async throws -> Void = {}) async throws {
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(
            service: BackgroundWork(body: background), successTerminationBehavior: .ignore,
            failureTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: Listener(server: server)),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    logger.info("stopped")
  }

  private struct Listener: Service {
    let server: HTTP2Server

    func run() async throws {
      try await withGracefulShutdownHandler {
        try await server.run()
      } onGracefulShutdown: {
        // Ends by itself when the calls have ended or the grace is over; `run` waits for it.
        Task { await server.shutdown() }
      }
    }
  }

  private struct BackgroundWork: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
      do {
        try await cancelWhenGracefulShutdown { try await body() }
      } catch is CancellationError {
        return
      }
    }
  }
}
