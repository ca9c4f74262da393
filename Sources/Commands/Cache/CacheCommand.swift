public import ArgumentParser
internal import Resources
internal import Schema

/// Looks into the cache of an agent and drops entries.
public struct CacheCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Look into the cache that handlers keep over invocations; drop entries.",
    discussion: """
      Examples:
        southbound cache list web1
        southbound cache stats web1
        southbound cache invalidate web1 --handler lb.pool
      """,
    subcommands: [List.self, Stats.self, Invalidate.self])

  /// Makes the command.
  public init() {}

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the entries, oldest first. Example: southbound cache list web1 --json")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress
    @OptionGroup var filter: CacheFilterOptions

    func run() async throws {
      let cache = AgentV1.AgentCacheClient(try await target.channel(client))
      let entries = try await pages { after in
        let page = try await cache.list(
          AgentV1.ListCacheRequest(filter: filter.message, after: after))
        return (page.entries, page.nextAfter)
      }
      output.show(entries.map(CacheRow.init))
    }
  }

  struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show counts since the agent started. Example: southbound cache stats web1")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress

    func run() async throws {
      let cache = AgentV1.AgentCacheClient(try await target.channel(client))
      output.show(one: CacheStatisticsRow(counts: try await cache.getStatistics(.init())))
    }
  }

  struct Invalidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Drop entries and run their finalisers.",
      discussion: "Example:\n  southbound cache invalidate web1 --older-than 60")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress
    @OptionGroup var filter: CacheFilterOptions
    @Flag(help: "Drop every entry.") var all = false

    func validate() throws {
      guard all || filter.isSet else {
        throw ValidationError(
          "say which entries (--key, --handler, --bound-to, --older-than) or --all")
      }
    }

    func run() async throws {
      let cache = AgentV1.AgentCacheClient(try await target.channel(client))
      let response = try await cache.invalidate(
        AgentV1.InvalidateCacheRequest(filter: filter.message, all: all))
      if output.json {
        let failed = response.failedFinalisers.map { Value.string($0) }
        Console.out(
          Value.map([
            "invalidated": .int(Int64(clamping: response.invalidated)),
            "failed_finalisers": .list(failed),
          ]).json)
      } else if !output.quiet {
        Console.out("\(response.invalidated) entries dropped")
        for key in response.failedFinalisers { Console.error("finaliser failed: \(key)") }
      }
    }
  }
}

struct CacheFilterOptions: ParsableArguments {
  @Option(help: "Exact key.") var key: String?
  @Option(help: "Handler that made the entry.") var handler: String?
  @Option(help: "Version that the entry is bound to.") var boundTo: UInt64?
  @Option(help: "At least so many seconds old.") var olderThan: Double?

  var isSet: Bool { key != nil || handler != nil || boundTo != nil || olderThan != nil }

  var message: AgentV1.CacheFilter {
    AgentV1.CacheFilter(
      key: key ?? "", handlerID: handler ?? "", version: boundTo ?? 0,
      minimumAgeSeconds: olderThan ?? 0)
  }
}

struct CacheRow: Listing {
  var entry: AgentV1.CacheEntry

  static let columns = ["KEY", "HANDLER", "VERSION", "AGE S", "LEFT S", "HITS", "FINALISER"]

  var name: String { entry.key }

  var cells: [String] {
    [
      entry.key, entry.handlerID, entry.version == 0 ? "" : String(entry.version),
      CacheRow.tenths(entry.ageSeconds),
      entry.remainingSeconds < 0 ? "" : CacheRow.tenths(entry.remainingSeconds),
      String(entry.hits), entry.hasFinaliser ? "yes" : "",
    ]
  }

  var json: Value {
    [
      "key": .string(entry.key), "handler_id": .string(entry.handlerID),
      "function": .string(entry.function), "arguments": WireValue.map(entry.arguments),
      "version": .int(Int64(clamping: entry.version)), "age_seconds": .double(entry.ageSeconds),
      "remaining_seconds": .double(entry.remainingSeconds),
      "hits": .int(Int64(clamping: entry.hits)), "has_finaliser": .bool(entry.hasFinaliser),
      "computing": .bool(entry.computing), "agent": .string(entry.agent),
    ]
  }

  private static func tenths(_ seconds: Double) -> String {
    let rounded = Int64((seconds * 10).rounded())
    return "\(rounded / 10).\(rounded % 10)"
  }
}

struct CacheStatisticsRow: Listing {
  var counts: AgentV1.CacheStatistics

  static let columns = [
    "ENTRIES", "HITS", "MISSES", "JOINED", "FAILURES", "EXPIRED", "VERSION DROPPED", "INVALIDATED",
    "FINALISED", "FINALISER FAILURES",
  ]

  var name: String { String(counts.entries) }

  private var numbers: [UInt64] {
    [
      counts.entries, counts.hits, counts.misses, counts.joined, counts.failures, counts.expired,
      counts.versionDropped, counts.invalidated, counts.finalised, counts.finaliserFailures,
    ]
  }

  var cells: [String] { numbers.map { String($0) } }

  var json: Value {
    let keys = CacheStatisticsRow.columns.map { $0.lowercased().replacing(" ", with: "_") }
    return .map(
      Dictionary(uniqueKeysWithValues: zip(keys, numbers.map { .int(Int64(clamping: $0)) })))
  }
}
