internal import AgentStore
internal import Deployment
internal import Digest
internal import HandlerHost
public import RPCCore
internal import Resources
public import SouthboundKit

/// An agent: enforces the desired state of the names that it serves, with the handlers of the
/// integrations that it is made with.
///
/// ```swift
/// let agent = try await Agent(
///   configuration: configuration, integrations: [standardIntegration, myIntegration],
///   server: channel)
/// // serve agent.rpcServices, then:
/// try await agent.run(announcing: "tcp://127.0.0.1:7410")
/// ```
public struct Agent: Sendable {
  /// What the agent offers itself: its log, its cache and its control.
  public let rpcServices: [any RPCService]
  let core: AgentCore

  /// Opens the data folder and resumes with what is in it; nothing runs yet.
  ///
  /// - Parameters:
  ///   - configuration: What it is told.
  ///   - integrations: Its handlers.
  ///   - server: Leads to the server. It need not be there.
  ///   - clock: The time; only tests use another one.
  ///   - disk: How what handlers changed gets to the disk; only tests use another one.
  /// - Throws: `AgentStoreError` if the data folder cannot be used, `InvalidIntegration` if two
  ///   integrations handle one type.
  public init(
    configuration: AgentConfiguration, integrations: [Integration], server: any RPCChannel,
    clock: AgentClock = .system, disk: AgentDisk = .system
  ) async throws {
    let registry = try IntegrationRegistry(integrations)
    let store = try AgentStore(
      folder: configuration.dataFolder,
      limits: AgentStore.Limits(spoolBytesMax: configuration.limits.spoolBytesMax),
      digest: { SHA256.digest(of: $0) })
    let fetcher = ContentFetcher(
      store: store, channel: server, limits: configuration.limits)
    let cache = HandlerCache()
    let host = HandlerHost(
      registry: registry, cache: cache, minimumLevel: configuration.minimumLevel,
      now: { clock.now().wall }, contents: { try await fetcher.contents(of: $0) })
    let core = AgentCore(
      configuration: configuration, store: store, host: host, cache: cache, fetcher: fetcher,
      server: server, clock: clock, disk: disk)
    try await core.load()
    self.core = core
    rpcServices = [
      AgentLogsAdapter(core: core), AgentCacheAdapter(cache: cache),
      AgentControlAdapter(core: core),
    ]
  }

  /// Works until the task is cancelled: enforces what is on disk at once, and what the server sends
  /// as soon as it is there. Then ends its runs, reports them, gives its names back to the server, so
  /// that another agent may serve them at once, and closes the data folder.
  ///
  /// - Parameters:
  ///   - address: Where ``rpcServices`` are served, as a URI; told to the server.
  ///   - noting: Told once, each time, what somebody should know: that the server does not let the
  ///     agent in, for example because another one serves its names, or that the disk is full.
  public func run(
    announcing address: String = "", noting: @escaping @Sendable (AgentNotice) -> Void = { _ in }
  ) async {
    await core.run(announcing: address, noting: noting)
  }
}
