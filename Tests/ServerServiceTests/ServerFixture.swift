import Logging
import RPCCore
import RPCInProcess
import Resources
import Schema
import SchemaMapping
import Store
import Synchronization
import Testing

@testable import ServerService

/// A clock that moves when a test says so.
final class ManualClock: Sendable {
  private let seconds = Mutex<Int64>(1_000_000)

  func advance(seconds: Int64) { self.seconds.withLock { $0 += seconds } }

  var clock: ServerClock {
    ServerClock(
      now: { Timestamp(unixNanos: self.seconds.withLock { $0 } * 1_000_000_000) },
      elapsed: { .seconds(self.seconds.withLock { $0 }) },
      sleep: { _ in throw CancellationError() })
  }
}

/// A server over the in-memory store, called through the in-process transport.
struct ServerFixture: Sendable {
  let clock = ManualClock()
  /// The only thing that a restart leaves.
  let store: InMemoryStore
  let server: ServerService
  let channel: InProcessChannel

  init(
    messageBytesMax: Int = CallLimits.messageBytesMax, restarting earlier: ServerFixture? = nil
  ) async throws {
    store = earlier?.store ?? InMemoryStore()
    server = ServerService(
      store: store, clock: clock.clock,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await server.prepare()
    channel = InProcessChannel(
      RPCRouter(services: server.rpcServices), messageBytesMax: messageBytesMax)
  }

  var environments: EnvironmentsV1.EnvironmentsClient { .init(channel) }
  var versions: VersionsV1.VersionsClient { .init(channel) }
  var resources: ResourcesV1.ResourcesClient { .init(channel) }
  var logs: LogsV1.LogsClient { .init(channel) }
  var files: FilesV1.FilesClient { .init(channel) }
  var sessions: SessionsV1.AgentSessionsClient { .init(channel) }

  /// Puts and releases a version over the wire, a resource in each message.
  func put(_ resources: [Resource]) async throws {
    _ = try await versions.put { writer in
      try await writer.write(.init(kind: .start(.init(environment: "default", release: true))))
      for resource in resources {
        try await writer.write(.init(kind: .batch(.init(resources: [.init(resource)]))))
      }
      try await writer.write(.init(kind: .end(.init(resources: UInt64(resources.count)))))
    }
  }

  /// Puts and releases a version over the wire.
  @discardableResult
  func deploy(_ resources: [Resource]) async throws -> UInt64 {
    try await versions.put { writer in
      try await writer.write(
        .init(kind: .start(.init(environment: "default", release: true))))
      for batch in resources.batchesBySize() {
        try await writer.write(.init(kind: .batch(.init(resources: batch.map { .init($0) }))))
      }
      try await writer.write(.init(kind: .end(.init(resources: UInt64(resources.count)))))
    }.version?.number ?? 0
  }

  /// Runs a body as an agent; the session ends with it, gracefully.
  func withAgent<Result>(
    _ names: [String], id: UInt8 = 1, version: UInt64 = 0, acknowledged: UInt64 = 0,
    _ body: (TestAgent) async throws -> Result
  ) async throws -> Result {
    try await sessions.connect { writer, responses in
      try await writer.write(
        .init(
          kind: .hello(
            .init(
              environment: "default", instanceID: [id], namePatterns: names,
              address: "tcp://127.0.0.1:\(7000 + Int(id))", version: version,
              acknowledged: acknowledged))))
      let agent = TestAgent(writer: writer, responses: responses)
      let welcome = try await agent.receive { message in
        if case .welcome(let welcome) = message { welcome } else { nil }
      }
      #expect(welcome.leaseSeconds == 30)
      let result = try await body(agent)
      writer.finish()
      // The server ends the call when it has seen the end of the requests.
      while try await responses.next() != nil {}
      return result
    }
  }

  /// Asks again until something holds.
  func eventually(
    _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for _ in 0..<20_000 {
      if try await condition() { return }
      await Task.yield()
    }
    Issue.record("it never came true", sourceLocation: sourceLocation)
  }

  func agent(_ name: String) async throws -> SessionsV1.Agent? {
    try await sessions.list(.init(environment: "default")).agents.first { $0.name == name }
  }
}

/// The agent's end of a session.
struct TestAgent: Sendable {
  let writer: RequestWriter<SessionsV1.AgentMessage>
  let responses: ResponseStream<SessionsV1.ServerMessage>

  struct Ended: Error {}

  /// The next message of a kind; others are skipped.
  func receive<Wanted>(
    _ pick: (SessionsV1.ServerMessage.OneOf_Kind) -> Wanted?
  ) async throws -> Wanted {
    while let message = try await responses.next() {
      if let kind = message.kind, let wanted = pick(kind) { return wanted }
    }
    throw Ended()
  }

  /// The next desired state with all its parts, put together.
  func desiredState() async throws -> SessionsV1.DesiredState {
    var whole = SessionsV1.DesiredState()
    while true {
      let part = try await receive { message in
        if case .desiredState(let part) = message { part } else { nil }
      }
      if part.first { whole = SessionsV1.DesiredState() }
      whole.version = part.version
      whole.resources += part.resources
      whole.handlerBindings += part.handlerBindings
      whole.states += part.states
      whole.remoteStates += part.remoteStates
      if part.last { return whole }
    }
  }

  /// Takes the desired state and says that it is on disk.
  @discardableResult
  func acceptDesiredState() async throws -> SessionsV1.DesiredState {
    let state = try await desiredState()
    try await writer.write(
      .init(kind: .desiredStateStored(.init(version: state.version))))
    return state
  }

  /// Sends a report and waits for its acknowledgement.
  func report(
    _ number: UInt64, states: [ResourceState] = [], actions: [ResourceAction] = [],
    entries: [LogEntry] = [], facts: [Fact] = []
  ) async throws {
    try await writer.write(
      .init(
        kind: .report(
          .init(
            number: number, states: states.map { .init($0) },
            actions: actions.map { .init($0) }, facts: facts.map { .init($0) },
            entries: entries.map { .init($0) }))))
    _ = try await receive { message in
      if case .acknowledgement(let up) = message, up.number >= number { up } else { nil }
    }
  }
}

func fileID(_ path: String, on agent: String = "web1") throws -> ResourceID {
  try ResourceID(type: "std::File", agent: agent, attribute: "path", value: path)
}

func digest(_ byte: UInt8) throws -> ContentDigest {
  try #require(ContentDigest(bytes: Array(repeating: byte, count: 32)))
}

func file(
  _ path: String, on agent: String = "web1", hash: UInt8 = 1, requires: [ResourceID] = [],
  unknown: [String] = [], receivesEvents: Bool = false
) throws -> Resource {
  Resource(
    id: try fileID(path, on: agent), fields: ["mode": 420], requires: requires,
    attributeHash: try digest(hash), sendsEvents: true, receivesEvents: receivesEvents,
    unknownFields: unknown)
}

func state(
  _ id: ResourceID, _ compliance: Compliance = .compliant,
  _ result: HandlerResult = .successful, version: UInt64 = 1, hash: UInt8 = 1,
  isDeploying: Bool = false, change: Change = .none, time: Int64 = 1,
  blocked: Blocked = .notBlocked
) throws -> ResourceState {
  ResourceState(
    id: id, compliance: compliance, handlerResult: result, blocked: blocked,
    isDeploying: isDeploying, version: VersionNumber(version), attributeHash: try digest(hash),
    change: change, time: Timestamp(unixNanos: time))
}

func logEntry(_ sequence: UInt64, _ text: String, level: LogLevel = .info) -> LogEntry {
  LogEntry(
    sequence: sequence, time: Timestamp(unixNanos: 5), level: level, template: text, text: text,
    agent: "web1")
}

/// The code that a call ended with; nil if it succeeded.
func code(_ body: () async throws -> Void) async -> StatusCode? {
  do {
    try await body()
    return nil
  } catch {
    return RPCError(translating: error).code
  }
}
