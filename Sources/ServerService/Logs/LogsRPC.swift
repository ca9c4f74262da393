internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// The `Logs` service: history, then live, each entry once.
struct LogsRPC: LogsV1.LogsService {
  let store: any Store
  let hubs: ServerHub

  func stream(
    _ request: LogsV1.StreamRequest, responses: ResponseWriter<LogsV1.StreamResponse>,
    context: ServerContext
  ) async throws {
    let environment = try Requests.environment(request.environment)
    let filter = try request.filter.map { try LogFilter($0) } ?? LogFilter()
    let hub = try await hubs.hub(of: environment)
    var seen: [AgentInstanceKey: SequenceSet] = [:]
    // Collecting begins before history is read, so nothing falls between.
    let live = request.follow ? try await hub.subscribe(filter) : nil
    do {
      if !request.skipHistory {
        let limit = Requests.limit(
          request.history, default: ServerLimits.logHistoryDefault,
          max: ServerLimits.logHistoryMax)
        for batch in try await history(environment, filter, limit).batches(
          of: ServerLimits.batchEntries, bytesMax: ServerLimits.batchBytes, by: \.entry.wireBytes)
        {
          for stored in batch {
            _ = seen[stored.source, default: SequenceSet()].insert(stored.entry.sequence)
          }
          try await responses.write(.init(entries: batch.map { .init($0.entry) }))
        }
      }
      try await responses.write(.init(isCurrent: true))
      if let live { try await follow(live.mailbox, responses, &seen) }
    } catch {
      if let live { await hub.unsubscribe(live.id) }
      throw error
    }
    if let live { await hub.unsubscribe(live.id) }
  }

  /// The newest stored entries, oldest first.
  private func history(
    _ environment: EnvironmentName, _ filter: LogFilter, _ limit: Int
  ) async throws -> [StoredLogEntry] {
    var pages: [[StoredLogEntry]] = []
    var count = 0
    var before: Int64?
    repeat {
      let page = try await store.logEntries(
        in: environment, filter: filter, before: before, limit: limit - count)
      pages.append(page.entries)
      count += page.entries.count
      before = page.nextBefore
    } while before != nil && count < limit
    return pages.reversed().flatMap { $0 }
  }

  private func follow(
    _ mailbox: Mailbox<LogContents>, _ responses: ResponseWriter<LogsV1.StreamResponse>,
    _ seen: inout [AgentInstanceKey: SequenceSet]
  ) async throws {
    while true {
      let contents = try await mailbox.take()
      var fresh: [LogEntry] = []
      for sourced in contents.entries {
        // Sequence 0 is none: such entries cannot be told apart, and are all shown.
        let sequence = sourced.entry.sequence
        guard
          sequence == 0 || seen[sourced.source, default: SequenceSet()].insert(sequence)
        else { continue }
        fresh.append(sourced.entry)
      }
      let batches = fresh.batches(
        of: ServerLimits.batchEntries, bytesMax: ServerLimits.batchBytes, by: \.wireBytes)
      for batch in batches {
        try await responses.write(.init(entries: batch.map { .init($0) }))
      }
      if let gap = contents.gap { try await responses.write(.init(gap: .init(gap))) }
    }
  }
}
