internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import SouthboundKit

/// `southbound.agent.v1.AgentCache` over the handlers' cache.
struct AgentCacheAdapter: AgentV1.AgentCacheService {
  let cache: HandlerCache

  func list(
    _ request: AgentV1.ListCacheRequest, context: ServerContext
  ) async throws -> AgentV1.ListCacheResponse {
    let after = try place(request.after)
    let found = cache.entries(try filter(request.filter)).drop { $0.number <= after }
    let page = found.prefix(PageLimits.count(request.limit), bytesMax: PageLimits.bytesMax) {
      $0.key.utf8.count + $0.arguments.wireBytes + 100
    }
    let entries = page.map { entry in
      AgentV1.CacheEntry(
        key: entry.key, handlerID: entry.handlerID, function: entry.function,
        arguments: entry.arguments.mapValues { ValueV1.Value($0.redacted) },
        version: entry.version?.rawValue ?? 0, ageSeconds: seconds(entry.age),
        remainingSeconds: entry.remaining.map(seconds) ?? -1, hits: entry.hits,
        hasFinaliser: entry.hasFinaliser, computing: entry.isComputing, agent: entry.agent)
    }
    return AgentV1.ListCacheResponse(
      entries: entries,
      nextAfter: page.count < found.count ? page.last.map { String($0.number) } ?? "" : "")
  }

  private func place(_ text: String) throws(RPCError) -> UInt64 {
    if text.isEmpty { return 0 }
    guard let number = UInt64(text) else {
      throw RPCError(.invalidArgument, "after: `\(text.prefix(80))` is no `next_after` of a list")
    }
    return number
  }

  func getStatistics(
    _ request: AgentV1.GetCacheStatisticsRequest, context: ServerContext
  ) async throws -> AgentV1.CacheStatistics {
    let counts = cache.statistics
    return AgentV1.CacheStatistics(
      entries: UInt64(counts.entries), hits: counts.hits, misses: counts.misses,
      joined: counts.joined, failures: counts.failures, expired: counts.expired,
      versionDropped: counts.versionDropped, invalidated: counts.invalidated,
      finalised: counts.finalised, finaliserFailures: counts.finaliserFailures)
  }

  func invalidate(
    _ request: AgentV1.InvalidateCacheRequest, context: ServerContext
  ) async throws -> AgentV1.InvalidateCacheResponse {
    let filter = try filter(request.filter)
    guard request.all != !filter.isEmpty else {
      throw RPCError(
        .invalidArgument,
        request.all
          ? "`all` and a filter exclude each other"
          : "the filter is empty; set `all` to drop every entry")
    }
    let done = await cache.invalidate(filter)
    return AgentV1.InvalidateCacheResponse(
      invalidated: UInt64(done.count), failedFinalisers: done.failedFinalisers)
  }

  private func filter(_ message: AgentV1.CacheFilter?) throws -> CacheFilter {
    guard let message else { return CacheFilter() }
    let age = message.minimumAgeSeconds
    guard age.isFinite, age >= 0, age < 1e9 else {
      throw RPCError(.invalidArgument, "filter.minimum_age_seconds: \(age) is no age")
    }
    func part(_ text: String) -> String? { text.isEmpty ? nil : text }
    return CacheFilter(
      key: part(message.key), handlerID: part(message.handlerID),
      version: VersionNumber(message.version), minimumAge: age > 0 ? .seconds(age) : nil,
      agent: part(message.agent))
  }

  private func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
