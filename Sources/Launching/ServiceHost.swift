public import Logging
public import RPCCore
internal import RPCHTTP2
internal import RPCServices
internal import ServiceLifecycle
internal import UnixSignals

/// Serves RPCs, does background work, and stops both gracefully on a signal.
public struct ServiceHost: Sendable {
  private let name: String
  private let server: HTTP2Server
  private let health: HealthReporter
  private let security: TransportSecurity
  private let logger: Logger

  /// Largest message that is accepted, in bytes: a model holds the contents of files.
  public static let messageBytesMax = 64 << 20

  /// Prepares a server; it listens from ``start()`` on.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - addresses: Where to listen, as `tcp://host:port` or `unix:///path`.
  ///   - services: What answers; health and reflection come on top.
  ///   - security: What connections are secured with; read again at SIGHUP.
  ///   - logger: Where the host's own messages go.
  /// - Throws: `RPCError` with what is wrong with an address.
  public init(
    name: String, addresses: [String], services: [any RPCService],
    security: TransportSecurity = .none, logger: Logger
  ) throws(RPCError) {
    self.name = name
    self.security = security
    self.logger = logger
    var parsed: [ServiceAddress] = []
    for text in addresses { parsed.append(try ServiceAddress(parsing: text)) }
    health = HealthReporter(services: services.map { type(of: $0).descriptor.fullName })
    var options = HTTP2ServerOptions()
    options.messageBytesMax = Self.messageBytesMax
    options.tls = security.server
    server = try HTTP2Server(
      addresses: parsed, router: RPCRouter.standard(services: services, health: health),
      options: options)
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
    try await Self.run([self], logger: logger, background: background)
  }

  /// Lets several hosts answer until SIGTERM or SIGINT; see ``run(background:)``.
  ///
  /// - Parameters:
  ///   - hosts: Hosts that have been started; the last one stops first.
  ///   - logger: Where messages about stopping go.
  ///   - background: Work beside the calls.
  /// - Throws: What the background work threw.
  public static func run(
    _ hosts: [ServiceHost], logger: Logger, background: @escaping @Sendable () async throws -> Void
  ) async throws {
    let listeners = hosts.map { host in
      ServiceGroupConfiguration.ServiceConfiguration(
        service: Listener(server: host.server, health: host.health))
    }
    let work = ServiceGroupConfiguration.ServiceConfiguration(
      service: BackgroundWork(body: background), successTerminationBehavior: .ignore,
      failureTerminationBehavior: .gracefullyShutdownGroup)
    let reloads = hosts.map { host in
      ServiceGroupConfiguration.ServiceConfiguration(
        service: Reloader(security: host.security, logger: logger),
        successTerminationBehavior: .ignore)
    }
    // Stopped in reverse order: first the work, so that it can still say goodbye over the wire.
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: listeners + reloads + [work], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger))
    try await group.run()
    logger.info("stopped")
  }

  private struct Listener: Service {
    let server: HTTP2Server
    let health: HealthReporter

    func run() async throws {
      try await withGracefulShutdownHandler {
        try await server.run()
      } onGracefulShutdown: {
        // Ends by itself when the calls have ended or the grace is over; `run` waits for it.
        Task {
          await health.setAllNotServing()
          await server.shutdown()
        }
      }
    }
  }

  /// Reads certificates and keys again at SIGHUP.
  private struct Reloader: Service {
    let security: TransportSecurity
    let logger: Logger

    func run() async throws {
      guard security.isSecure else { return }
      for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
        do {
          try security.reload()
          logger.info("read certificates and keys again")
        } catch {
          logger.error("goes on with the certificates and keys of before: \(error)")
        }
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
