public import ArgumentParser
internal import RPCCore
internal import Schema

/// Shows log entries.
public struct LogsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Show what handlers logged; with --follow also what they log from now on.",
    discussion: """
      Reads the server, or, with --agent or --agent-address, one agent without the server between.
      When that one goes away, --follow waits for it, and then shows what was logged meanwhile.

      Examples:
        southbound logs --follow --level debug
        southbound logs --agent web1 --follow --resource 'std::File*'
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var filter: LogFilterOptions

  @Option(help: "Read this agent directly.")
  var agent: String?

  @Option(help: "Address of the agent, as tcp://host:port or unix:///path.")
  var agentAddress: String?

  @Flag(name: [.customShort("f"), .long], help: "Go on with new entries until interrupted.")
  var follow = false

  @Option(help: "At most so many of the stored entries, the newest.")
  var history: UInt32 = 1000

  @Option(help: "Seconds for which who is followed may be away at a time; 0 to give up.")
  var awayLimit = 60.0

  @Flag(help: "Print one JSON document a line.")
  var json = false

  /// Makes the command.
  public init() {}

  /// Checks the options.
  public func validate() throws {
    try Absence.check(awayLimit)
  }

  /// Prints entries as they come.
  public func run() async throws {
    if agent != nil || agentAddress != nil {
      try await readAgent()
    } else {
      try await readServer()
    }
  }

  private func readServer() async throws {
    let logs = LogsV1.LogsClient(try await client.serverChannel())
    let environment = try await client.environmentName()
    let filter = try filter.message()
    try await show("server") { history, take in
      let request = LogsV1.StreamRequest(
        environment: environment, filter: filter, history: history, skipHistory: history == 0,
        follow: follow)
      try await logs.stream(request) { responses in
        for try await response in responses {
          take(response.entries, response.gap, response.isCurrent)
        }
      }
    }
  }

  private func readAgent() async throws {
    let target = AgentAddress(name: agent, agentAddress: agentAddress)
    let logs = AgentV1.AgentLogsClient(try await target.channel(client))
    let filter = try filter.message()
    try await show("agent") { history, take in
      let request = AgentV1.StreamLogsRequest(
        filter: filter, history: history, historyOnly: !follow)
      try await logs.streamLogs(request) { responses in
        for try await response in responses {
          take(response.entries, response.gap, response.isCurrent)
        }
      }
    }
  }

  private typealias Take = ([LogV1.LogEntry], LogV1.LogGap?, _ isCurrent: Bool) -> Void

  /// Prints what streams bring, each entry once.
  ///
  /// - Parameters:
  ///   - sender: Who is asked.
  ///   - read: Reads one stream that begins with so many stored entries.
  /// - Throws: `RPCError`, UNAVAILABLE only before the first answer or when the time is up.
  private func show(
    _ sender: String, _ read: (_ history: UInt32, Take) async throws -> Void
  ) async throws {
    let printer = LogPrinter(asJSON: json)
    var memory = LogMemory(history: history)
    let limit = Duration.seconds(awayLimit)
    var absence = Absence(limit: limit)
    while true {
      do {
        try await read(follow ? max(history, LogMemory.storedMin) : history) {
          if absence.end() { Console.error("the \(sender) is back") }
          if let gap = $1 { printer.show(gap) }
          for entry in memory.take($0, isCurrent: $2) { printer.show(entry) }
        }
        return
      } catch let error as RPCError where error.code == .unavailable {
        guard follow, memory.isComplete else { throw error }
        try await absence.wait(after: error) {
          Console.error(
            "warning: \(error); waiting up to \(limit.components.seconds) s for the \(sender)")
        }
        memory.beginAgain()
      }
    }
  }
}
