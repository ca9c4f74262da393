public import ArgumentParser
internal import Resources
internal import Schema

/// Lists handler runs.
public struct ActionsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "actions",
    abstract: "List handler runs, newest first.",
    discussion: """
      Example:
        southbound actions 'std::File[web1,path=/etc/motd]' --entries
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Resource id; all resources if left out.")
  var resource: String?

  @Option(help: "At most so many.")
  var limit: UInt32 = 100

  @Flag(help: "Show the log entries of each run.")
  var entries = false

  /// Makes the command.
  public init() {}

  /// Lists them.
  public func run() async throws {
    let resources = ResourcesV1.ResourcesClient(try await client.serverChannel())
    let environment = try await client.environmentName()
    let actions = try await pages(limit: Int(limit)) { after, rest in
      let page = try await resources.listActions(
        ResourcesV1.ListActionsRequest(
          environment: environment, resourceID: resource ?? "", limit: UInt32(rest),
          withEntries: entries, after: after))
      return (page.actions, page.nextAfter)
    }
    if entries, !output.json, !output.quiet {
      for action in actions {
        Console.out(ActionRow(action: action).cells.joined(separator: "  "))
        for entry in action.entries { LogPrinter(asJSON: false, prefix: "  ").show(entry) }
      }
    } else {
      output.show(actions.map(ActionRow.init))
    }
  }
}

struct ActionRow: Listing {
  var action: ResourcesV1.ResourceAction

  static let columns = [
    "STARTED", "SECONDS", "RESOURCE", "VERSION", "KIND", "RESULT", "CHANGE", "MESSAGE",
  ]

  var name: String { action.actionID.lowercaseHex }

  var cells: [String] {
    let millis = (action.finishedUnixNanos - action.startedUnixNanos) / 1_000_000
    let fraction = String(1000 + abs(millis) % 1000).dropFirst()
    return [
      Timestamp(unixNanos: action.startedUnixNanos).iso8601, "\(millis / 1000).\(fraction)",
      action.resourceID, String(action.version), action.kind.name, action.result.name,
      action.change.name, action.message,
    ]
  }

  var json: Value {
    [
      "action_id": WireValue.hex(action.actionID), "resource_id": .string(action.resourceID),
      "version": .int(Int64(clamping: action.version)), "kind": .string(action.kind.name),
      "started": WireValue.time(action.startedUnixNanos),
      "finished": WireValue.time(action.finishedUnixNanos),
      "result": .string(action.result.name), "change": .string(action.change.name),
      "changes": WireValue.changes(action.changes), "message": .string(action.message),
      "agent": .string(action.agent), "entries": .list(action.entries.map(WireValue.entry)),
    ]
  }
}
