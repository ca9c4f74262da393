internal import Logging
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// The `AgentSessions` service: the stream of one agent, in both directions.
struct AgentSessionsRPC: SessionsV1.AgentSessionsService {
  let store: any Store
  let hubs: ServerHub
  let clock: ServerClock
  let logger: Logger

  func list(
    _ request: SessionsV1.ListRequest, context: ServerContext
  ) async throws -> SessionsV1.ListResponse {
    let hub = try await hubs.hub(of: try Requests.environment(request.environment))
    let agents = try await hub.agents()
    let start = try AgentPlace(parsing: request.after)?.index(in: agents) ?? 0
    let found = agents[start...]
    let page = found.prefix(
      Requests.limit(
        request.limit, default: ResourceReads.listDefault, max: ResourceReads.listMax),
      bytesMax: ServerLimits.batchBytes
    ) { $0.serialized().count }
    return .init(
      agents: Array(page),
      nextAfter: page.count < found.count ? AgentPlace(after: page.endIndex, in: agents).text : "")
  }

  func connect(
    _ requests: RequestStream<SessionsV1.AgentMessage>,
    responses: ResponseWriter<SessionsV1.ServerMessage>, context: ServerContext
  ) async throws {
    guard case .hello(let message)? = try await requests.next()?.kind else {
      throw RPCError(.invalidArgument, "the first message of a session is `hello`")
    }
    let hello = try Self.hello(message)
    let hub = try await hubs.hub(of: try Requests.environment(message.environment))
    let session = try await hub.open(hello)
    logger.info(
      "agent connected",
      metadata: [
        "agent.names": "\(hello.namePatterns)", "agent.address": "\(hello.address)",
        "environment": "\(hub.name)",
      ])
    var isGraceful = false
    do {
      let settings = session.environment
      try await responses.write(
        .init(
          kind: .welcome(
            .init(
              leaseSeconds: ServerLimits.leaseSeconds, acknowledged: session.acknowledged,
              deployIntervalSeconds: settings.settings.deployIntervalSeconds,
              repairIntervalSeconds: settings.settings.repairIntervalSeconds,
              halted: settings.isHalted))))
      let sender = SessionSender(
        store: store, hub: hub, session: session, clock: clock,
        takesChanges: message.takesChanges, responses: responses)
      try await exchange(requests, sender, session, hub)
      isGraceful = true
    } catch {
      await hub.close(session, isGraceful: false)
      throw error
    }
    await hub.close(session, isGraceful: isGraceful)
  }

  /// Reads and writes until the agent says good-bye, which ends the call, or something fails.
  private func exchange(
    _ requests: RequestStream<SessionsV1.AgentMessage>,
    _ sender: SessionSender, _ session: OpenSession, _ hub: EnvironmentHub
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while let message = try await requests.next() {
          try await receive(message, session, hub)
        }
      }
      group.addTask {
        var sender = sender
        try await sender.run()
      }
      // The first of the two that ends, ends the other.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func receive(
    _ message: SessionsV1.AgentMessage, _ session: OpenSession, _ hub: EnvironmentHub
  ) async throws {
    switch message.kind {
    case .hello: throw RPCError(.invalidArgument, "`hello` came twice")
    case .report(let report):
      try await hub.receive(try Self.report(report, session), from: session)
    case .liveEntries(let live):
      try await hub.show(try live.entries.map { try LogEntry($0) }, from: session)
    case .planAnswer(let answer):
      try await hub.receive(answer, from: session)
    case .triggerAnswer(let answer):
      try await hub.receive(answer, from: session)
    case .condition(let condition):
      try await hub.receive(condition, from: session)
    case .desiredStateStored(let stored):
      try await hub.desiredStateStored(try Requests.version(stored.version), by: session)
    case .heartbeat, nil:
      // A kind that this version does not know is a sign of life as well.
      try await hub.heard(session)
    }
  }

  private static func report(
    _ message: SessionsV1.Report, _ session: OpenSession
  ) throws -> AgentReport {
    guard message.number > 0 else {
      throw RPCError(.invalidArgument, "reports are counted from 1, not 0")
    }
    return AgentReport(
      instance: session.key, number: message.number,
      states: try message.states.map { try ResourceState($0) },
      actions: try message.actions.map { try ResourceAction($0) },
      facts: try message.facts.map { try Fact($0) },
      entries: try message.entries.map { try LogEntry($0) })
  }

  private static func hello(_ message: SessionsV1.Hello) throws(RPCError) -> AgentHello {
    guard (1...ServerLimits.instanceIDBytesMax).contains(message.instanceID.count) else {
      throw RPCError(
        .invalidArgument,
        "the instance id has \(message.instanceID.count) bytes, it must have 1 to "
          + "\(ServerLimits.instanceIDBytesMax)")
    }
    guard (1...ServerLimits.namePatternsMax).contains(message.namePatterns.count) else {
      throw RPCError(
        .invalidArgument,
        "an agent serves 1 to \(ServerLimits.namePatternsMax) name patterns, "
          + "not \(message.namePatterns.count)")
    }
    let texts = message.namePatterns + [message.address, message.softwareVersion]
    for text in texts where text.utf8.count > ServerLimits.agentTextBytesMax {
      throw RPCError(
        .invalidArgument,
        "`\(text.prefix(80))…` has more than \(ServerLimits.agentTextBytesMax) bytes")
    }
    guard !message.namePatterns.contains("") else {
      throw RPCError(.invalidArgument, "a name pattern of the agent is empty")
    }
    return AgentHello(
      instanceID: message.instanceID, namePatterns: message.namePatterns,
      address: message.address, softwareVersion: message.softwareVersion,
      acknowledged: message.acknowledged, version: VersionNumber(message.version))
  }
}
