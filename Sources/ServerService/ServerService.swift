public import Logging
public import RPCCore
internal import Resources
public import Store

/// The server: all its services over one store.
///
/// ```swift
/// let server = ServerService(store: try SQLiteStore(path: path), logger: logger)
/// try await server.prepare()
/// // serve server.rpcServices, and run server.run() beside it
/// ```
public struct ServerService: Sendable {
  private let store: any Store
  private let clock: ServerClock
  private let logger: Logger
  private let hubs: ServerHub

  /// Name of the environment that is made when the store has none.
  public static let defaultEnvironment = "default"

  /// Makes a server over a store.
  ///
  /// - Parameters:
  ///   - store: Keeps everything.
  ///   - clock: The time; that of the machine unless a test brings its own.
  ///   - logger: Where the server says what it does.
  public init(store: any Store, clock: ServerClock = .system, logger: Logger) {
    self.store = store
    self.clock = clock
    self.logger = logger
    hubs = ServerHub(store: store, clock: clock, logger: logger)
  }

  /// The services, to be registered with a router.
  public var rpcServices: [any RPCService] {
    let reads = ResourceReads(store: store, now: clock.now)
    return [
      EnvironmentsRPC(store: store, observer: hubs, now: clock.now),
      VersionsRPC(store: store, observer: hubs, now: clock.now),
      FilesRPC(store: store, now: clock.now),
      ResourcesRPC(store: store, hubs: hubs, reads: reads),
      LogsRPC(store: store, hubs: hubs),
      AgentSessionsRPC(store: store, hubs: hubs, clock: clock, logger: logger),
    ]
  }

  /// Makes the environment `default` if the store has no environment at all. Call it before serving.
  ///
  /// - Throws: `StoreError` if the store cannot be used.
  public func prepare() async throws {
    guard try await store.environments().isEmpty,
      let name = EnvironmentName(Self.defaultEnvironment)
    else { return }
    try await store.createEnvironment(
      EnvironmentRecord(name: name, description: "made at the first start", created: clock.now()))
  }

  /// Looks after leases, heartbeats, watches and retention until the task is cancelled; then ends
  /// the streams of agents and clients, which come back when a server answers again.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  public func run() async throws {
    var nextRetention = clock.elapsed()
    do {
      while true {
        await hubs.tick()
        if clock.elapsed() >= nextRetention {
          nextRetention = clock.elapsed() + .seconds(ServerLimits.retentionSeconds)
          await removeExpired()
        }
        try await clock.sleep(.seconds(ServerLimits.tickSeconds))
      }
    } catch {
      await hubs.close()
      throw error
    }
  }

  /// Looks after leases, heartbeats and watches once, as ``run()`` does every second.
  func tick() async { await hubs.tick() }

  private func removeExpired() async {
    do {
      let removed = try await store.removeExpired(at: clock.now())
      logger.debug(
        "retention",
        metadata: [
          "versions": "\(removed.versions)", "actions": "\(removed.actions)",
          "facts": "\(removed.facts)", "files": "\(removed.files)",
        ])
    } catch {
      logger.error("retention failed", metadata: ["error": "\(error)"])
    }
  }
}
