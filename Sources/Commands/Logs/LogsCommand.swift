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

  @Flag(help: "Print one JSON document a line.")
  var json = false

  /// Makes the command.
  public init() {}

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
    let request = LogsV1.StreamRequest(
      environment: try await client.environmentName(), filter: try filter.message(),
      history: history, skipHistory: history == 0, follow: follow)
    let printer = LogPrinter(asJSON: json)
    try await logs.stream(request) { responses in
      for try await response in responses {
        if let gap = response.gap { printer.show(gap) }
        for entry in response.entries { printer.show(entry) }
      }
    }
  }

  private func readAgent() async throws {
    let target = AgentAddress(name: agent, agentAddress: agentAddress)
    let logs = AgentV1.AgentLogsClient(try await target.channel(client))
    let request = AgentV1.StreamLogsRequest(
      filter: try filter.message(), history: history, historyOnly: !follow)
    let printer = LogPrinter(asJSON: json)
    try await logs.streamLogs(request) { responses in
      for try await response in responses {
        if let gap = response.gap { printer.show(gap) }
        for entry in response.entries { printer.show(entry) }
      }
    }
  }
}
