internal import Logging
internal import RPCCore
internal import Resources
internal import Store

/// Finds the hub of an environment, and makes it on first use.
actor ServerHub: EnvironmentObserver {
  private let store: any Store
  private let clock: ServerClock
  private let logger: Logger
  private var hubs: [EnvironmentName: EnvironmentHub] = [:]

  init(store: any Store, clock: ServerClock, logger: Logger) {
    self.store = store
    self.clock = clock
    self.logger = logger
  }

  /// Returns the hub of an environment. NOT_FOUND if there is no such environment.
  func hub(of name: EnvironmentName) async throws -> EnvironmentHub {
    if let hub = hubs[name] { return hub }
    let hub = EnvironmentHub(name: name, store: store, clock: clock, logger: logger)
    try await hub.reload()
    // Somebody else may have made it while this one was loading.
    if let earlier = hubs[name] { return earlier }
    hubs[name] = hub
    // A release may have come after loading and before anybody could tell this hub.
    try await hub.reload()
    return hub
  }

  func released(_ version: VersionNumber, in environment: EnvironmentName) async {
    await hubs[environment]?.releaseChanged()
  }

  func settingsChanged(_ environment: EnvironmentRecord) async {
    await hubs[environment.name]?.settingsChanged(environment)
  }

  func removed(_ environment: EnvironmentName) async {
    await hubs.removeValue(forKey: environment)?
      .close(RPCError(.notFound, "environment \(environment) was deleted"))
  }

  /// Looks after leases, heartbeats and watches. Called about once a second.
  func tick() async {
    for hub in hubs.values { await hub.tick() }
  }

  /// Ends every stream, because the server stops.
  func close() async {
    for hub in hubs.values { await hub.close(RPCError(.unavailable, "the server is stopping")) }
  }
}
