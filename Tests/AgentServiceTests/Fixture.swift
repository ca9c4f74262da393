import Digest
import Foundation
import GRDB
import Logging
import RPCCore
import RPCInProcess
import Resources
import Schema
import SchemaMapping
import ServerService
import SouthboundKit
import Store
import Synchronization
import Testing

@testable import AgentService
@testable import AgentStore

/// The managed world of the tests.
final class World: Sendable {
  struct State {
    var things: [String: String] = [:]
    var runs: [String] = []
    var failing: Set<String> = []
    /// Names of things whose handlers tell more than fits into a message, and fail.
    var talkative: Set<String> = []
    var reloads: [String] = []
    /// Names of things that were written and that the disk has not got yet.
    var unsynced: Set<String> = []
    /// Names that were brought to the disk, in order.
    var persisted: [String] = []
    /// Names that the disk refuses.
    var refused: Set<String> = []
    /// Names of things whose handlers wait after their first words.
    var held: Set<String> = []
  }
  let state = Mutex(State())
  var things: [String: String] { state.withLock { $0.things } }
  var runs: [String] { state.withLock { $0.runs } }
  var persisted: [String] { state.withLock { $0.persisted } }

  /// The disk of this world.
  var disk: AgentDisk {
    AgentDisk { paths in
      self.state.withLock { state in
        var refused: [String: String] = [:]
        for path in paths {
          let name = String(path.dropFirst("/things/".count))
          state.persisted.append(name)
          if state.refused.contains(name) {
            refused[path] = "the platter is dusty"
          } else {
            state.unsynced.remove(name)
          }
        }
        return refused
      }
    }
  }
}

/// Keeps texts in the world under names. Logs, states a fact, uses contents and the cache.
struct ThingHandler: CRUDHandler {
  let world: World

  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let name = context.resource.id.value
    try context.persist("/things/\(name)")
    context.info("reading {name}", ["name": .string(name), "password": context.desired["secret"]])
    while world.state.withLock({ $0.held.contains(name) }) {
      try await Task.sleep(for: .milliseconds(2))
    }
    let text = world.state.withLock { state in
      state.runs.append(name)
      return state.things[name]
    }
    guard let text else { throw ResourcePurged() }
    current["text"] = .string(text)
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    try await write(context, desired)
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws { try await write(context, desired) }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    world.state.withLock { $0.things[context.resource.id.value] = nil }
  }

  func canReload(_ context: HandlerContext) -> Bool { true }

  func doReload(_ context: HandlerContext) async throws {
    world.state.withLock { $0.reloads.append(context.resource.id.value) }
  }

  private func write(_ context: HandlerContext, _ desired: Fields) async throws {
    let name = context.resource.id.value
    guard !world.state.withLock({ $0.failing.contains(name) }) else {
      throw HandlerFailure("the world refuses {name}", ["name": .string(name)])
    }
    if world.state.withLock({ $0.talkative.contains(name) }) {
      let flood = String(repeating: "x", count: 5 << 20)
      context.setFact("flood", .string(flood))
      throw Flood(text: flood)
    }
    var text = try desired.string("text")
    if let digest = desired["file"].contentDigest {
      text += String(decoding: try await context.contents(of: digest), as: UTF8.self)
    }
    context.setFact("length", .int(Int64(text.utf8.count)))
    world.state.withLock { state in
      state.things[name] = text
      state.unsynced.insert(name)
    }
  }
}

/// An error with a very long text.
struct Flood: Error, CustomStringConvertible {
  var text: String
  var description: String { "too much: \(text)" }
}

/// Leads to the server, or nowhere.
final class Gate: RPCChannel {
  private struct State {
    var isOpen = true
    var calls: [any ClientCallStream] = []
  }
  private let inner: any RPCChannel
  private let state = Mutex(State())

  init(_ inner: any RPCChannel) { self.inner = inner }

  func open(
    _ method: MethodDescriptor, options: CallOptions
  ) async throws(RPCError) -> any ClientCallStream {
    guard state.withLock({ $0.isOpen }) else { throw RPCError(.unavailable, "the gate is closed") }
    let call = try await inner.open(method, options: options)
    state.withLock { $0.calls.append(call) }
    return call
  }

  func close() {
    let calls = state.withLock { state in
      state.isOpen = false
      defer { state.calls = [] }
      return state.calls
    }
    for call in calls { call.cancel() }
  }

  func reopen() { state.withLock { $0.isOpen = true } }
}

/// A real server on a store in memory, the world, and data folders; agents come and go.
final class Fixture: Sendable {
  let world = World()
  let server: ServerService
  let channel: InProcessChannel
  let gate: Gate
  let folder: String

  init() async throws {
    server = ServerService(store: InMemoryStore(), logger: Logger(label: "test"))
    try await server.prepare()
    var router = RPCRouter()
    for service in server.rpcServices { service.registerMethods(in: &router) }
    channel = InProcessChannel(router)
    gate = Gate(channel)
    folder = NSTemporaryDirectory() + "agent-\(UInt64.random(in: 0 ... .max))"
  }

  /// Another machine with the same server.
  init(beside other: Fixture) async throws {
    server = other.server
    channel = other.channel
    gate = Gate(other.channel)
    folder = other.folder + "-beside"
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func configuration() throws -> AgentConfiguration {
    var limits = AgentConfiguration.Limits()
    limits.reconnectSecondsInitial = 0.01
    limits.reconnectSecondsMax = 0.05
    // Tests run beside many others.
    limits.farewellSeconds = 60
    return AgentConfiguration(
      environment: try #require(EnvironmentName("default")), namePatterns: ["a*"],
      dataFolder: folder, limits: limits)
  }

  /// Runs an agent, and ends it after the body.
  func withAgent<Result>(
    _ body: (AgentClients) async throws -> Result
  ) async throws -> Result {
    let world = world
    let integration = Integration(
      name: "test", handlers: [HandlerRegistration(for: "t::Thing") { ThingHandler(world: world) }])
    let agent = try await Agent(
      configuration: try configuration(), integrations: [integration], server: gate,
      disk: world.disk)
    var router = RPCRouter()
    for service in agent.rpcServices { service.registerMethods(in: &router) }
    let running = Task { await agent.run(announcing: "tcp://127.0.0.1:1") }
    let clients = AgentClients(channel: InProcessChannel(router), agent: agent)
    do {
      let result = try await body(clients)
      running.cancel()
      await running.value
      return result
    } catch {
      running.cancel()
      await running.value
      throw error
    }
  }

  // MARK: - The server's clients

  func resource(
    _ name: String, _ text: String, requires: [String] = [], extra: [String: Value] = [:]
  ) throws -> Resource {
    var fields: [String: Value] = ["text": .string(text), "purged": false]
    fields.merge(extra) { $1 }
    let id = try Fixture.id(name)
    let hashed = Value.map(fields).json
    return Resource(
      id: id, fields: fields, requires: try requires.map(Fixture.id).sorted(),
      attributeHash: SHA256.digest(of: Array("\(id)\(hashed)".utf8)), sendsEvents: true,
      receivesEvents: true)
  }

  static func id(_ name: String) throws -> ResourceID {
    try ResourceID(type: "t::Thing", agent: "a1", attribute: "name", value: name)
  }

  @discardableResult
  func release(_ resources: [Resource]) async throws -> UInt64 {
    let versions = VersionsV1.VersionsClient(channel)
    let number = try await versions.reserve(VersionsV1.ReserveRequest(environment: "default"))
      .version
    _ = try await versions.put { writer in
      try await writer.write(
        VersionsV1.PutRequest(
          kind: .start(
            VersionsV1.PutStart(environment: "default", version: number, release: true))))
      for resource in resources {
        try await writer.write(
          VersionsV1.PutRequest(
            kind: .batch(VersionsV1.PutBatch(resources: [ResourceV1.Resource(resource)]))))
      }
      try await writer.write(
        VersionsV1.PutRequest(
          kind: .end(VersionsV1.PutEnd(resources: UInt64(resources.count)))))
    }
    return number
  }

  /// Waits until nothing is left to do, and returns the states by name.
  @discardableResult
  func settle(_ version: UInt64) async throws -> [String: ResourceState] {
    try await ResourcesV1.ResourcesClient(channel).watch(
      ResourcesV1.WatchRequest(environment: "default", untilSettled: true, version: version),
      options: CallOptions(timeout: .seconds(60))
    ) { responses in
      var states: [String: ResourceState] = [:]
      while let response = try await responses.next() {
        for message in response.states {
          let state = try ResourceState(message)
          states[state.id.value] = state
        }
        if response.settled { break }
      }
      return states
    }
  }

  func agents() async throws -> [SessionsV1.Agent] {
    try await SessionsV1.AgentSessionsClient(channel).list(
      SessionsV1.ListRequest(environment: "default")
    ).agents
  }

  func actions(_ name: String = "") async throws -> [ResourceAction] {
    var actions: [ResourceAction] = []
    var after = ""
    repeat {
      let page = try await ResourcesV1.ResourcesClient(channel).listActions(
        ResourcesV1.ListActionsRequest(
          environment: "default", resourceID: name.isEmpty ? "" : try Fixture.id(name).description,
          withEntries: true, after: after))
      actions += try page.actions.map { try ResourceAction($0) }
      after = page.nextAfter
    } while !after.isEmpty
    return actions
  }
}

/// What an agent offers.
struct AgentClients {
  let channel: InProcessChannel
  let agent: Agent
  var control: AgentV1.AgentControlClient { AgentV1.AgentControlClient(channel) }
  var logs: AgentV1.AgentLogsClient { AgentV1.AgentLogsClient(channel) }
  var cache: AgentV1.AgentCacheClient { AgentV1.AgentCacheClient(channel) }

  /// Waits for a log entry that contains a text; those in memory count.
  func waitForLog(_ text: String) async throws {
    let filter = LogV1.LogFilter(contains: text)
    try await logs.streamLogs(
      AgentV1.StreamLogsRequest(filter: filter, history: 10_000),
      options: CallOptions(timeout: .seconds(60))
    ) { responses in
      while let response = try await responses.next() {
        if response.entries.contains(where: { $0.text.contains(text) }) { return }
      }
      Issue.record("the log ended without `\(text)`")
    }
  }

  /// The newest log entries in memory.
  func history() async throws -> [LogEntry] {
    try await logs.streamLogs(AgentV1.StreamLogsRequest(history: 1_000, historyOnly: true)) {
      responses in
      var entries: [LogEntry] = []
      while let response = try await responses.next() {
        entries += try response.entries.map { try LogEntry($0) }
      }
      return entries
    }
  }

  /// Waits until nothing runs and the server has everything.
  func waitUntilReported() async throws {
    for _ in 0..<2_000 {
      let status = try await control.getStatus(AgentV1.GetStatusRequest())
      if status.pending == 0, status.unsentReports == 0, status.connected { return }
      try await Task.sleep(nanoseconds: 5_000_000)
    }
    Issue.record("the agent did not come to rest")
  }

  /// Lets the agent's database grow to so many pages; nil for not at all.
  func limitPages(to pages: Int?) async throws {
    try await agent.core.store.queue.writeWithoutTransaction { db in
      let pages = try pages ?? Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      try db.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  func waitUntilIdle() async throws {
    for _ in 0..<2_000 {
      if try await control.getStatus(AgentV1.GetStatusRequest()).pending == 0 { return }
      try await Task.sleep(nanoseconds: 5_000_000)
    }
    Issue.record("the agent did not come to rest")
  }
}
