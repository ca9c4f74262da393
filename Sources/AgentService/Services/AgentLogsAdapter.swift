internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping

/// `southbound.agent.v1.AgentLogs` over the agent's log.
struct AgentLogsAdapter: AgentV1.AgentLogsService {
  let core: AgentCore

  func streamLogs(
    _ request: AgentV1.StreamLogsRequest,
    responses: ResponseWriter<AgentV1.StreamLogsResponse>,
    context: ServerContext
  ) async throws {
    let filter = try request.filter.map { message throws(MappingError) in try LogFilter(message) }
    let subscription = LogSubscription(
      filter: filter ?? LogFilter(),
      entriesMax: core.configuration.limits.subscriberEntriesMax)
    let hub = core.hub
    guard let history = hub.subscribe(subscription, history: Int(request.history)) else {
      throw RPCError(
        .resourceExhausted,
        "the log has \(core.configuration.limits.subscribersMax) subscribers already")
    }
    defer { hub.unsubscribe(subscription) }
    try await send(history, responses)
    try await responses.write(AgentV1.StreamLogsResponse(isCurrent: true))
    guard !request.historyOnly else { return }
    while let batch = await subscription.next() {
      try await send(batch.entries, responses)
      if let gap = batch.gap {
        try await responses.write(
          AgentV1.StreamLogsResponse(isCurrent: true, gap: LogV1.LogGap(gap)))
      }
    }
  }

  private func send(
    _ entries: [LogEntry], _ responses: ResponseWriter<AgentV1.StreamLogsResponse>
  ) async throws {
    for part in entries.messageParts() {
      try await responses.write(
        AgentV1.StreamLogsResponse(entries: part.map { LogV1.LogEntry($0) }))
    }
  }
}
