public import ArgumentParser
internal import RPCCore
internal import Resources
internal import Schema
internal import Settings

/// Lists and controls agents.
public struct AgentsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "agents",
    abstract: "List agents; pause and resume them.",
    discussion: """
      Examples:
        southbound agents
        southbound agents pause web1
      """,
    subcommands: [List.self, Status.self, Pause.self, Resume.self, Repair.self],
    defaultSubcommand: List.self)

  /// Makes the command.
  public init() {}

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the agents of the environment. Example: southbound agents list --json")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let agents = try await AgentAddress.agents(client)
      output.show(agents.map(AgentRow.init))
      AgentsCommand.warn(of: agents)
    }
  }

  /// Says which agents cannot work, and which processes would like to serve names that others serve.
  fileprivate static func warn(of agents: [SessionsV1.Agent]) {
    for agent in agents where agent.paused || !agent.diskError.isEmpty {
      Console.error("warning: \(AgentTalk.hindered(agent.name, agent.paused, agent.diskError))")
    }
    var seen: Set<[UInt8]> = []
    for refused in agents.flatMap(\.refused) where seen.insert(refused.instanceID).inserted {
      let time = Timestamp(unixNanos: refused.timeUnixNanos).iso8601
      Console.error(
        Console.printable(
          "warning: the agent process at `\(refused.address)` was refused at \(time): "
            + refused.message))
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what an agent does now. Example: southbound agents status web1")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress

    func run() async throws {
      let control = AgentV1.AgentControlClient(try await target.channel(client))
      output.show(one: AgentStatusRow(status: try await control.getStatus(.init())))
    }
  }

  struct Repair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Have an agent read all its resources and repair what drifted, also without a server.",
      discussion: """
        Returns at once; `southbound logs --agent` shows what happens.

        Example:
          southbound agents repair --agent-address tcp://127.0.0.1:7410
        """)

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress

    func run() async throws {
      let control = AgentV1.AgentControlClient(try await target.channel(client))
      let accepted = try await control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
      let count = Int64(clamping: accepted.resources)
      if output.json {
        Console.out(Value.map(["resources": .int(count)]).json)
      } else if !output.quiet {
        Console.out("\(count) resources are repaired")
      }
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop handler runs from starting. Example: southbound agents pause web1")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress

    func run() async throws {
      let control = AgentV1.AgentControlClient(try await target.channel(client))
      output.show(one: AgentStatusRow(status: try await control.pause(.init())))
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let handler runs start again. Example: southbound agents resume web1")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: AgentAddress

    func run() async throws {
      let control = AgentV1.AgentControlClient(try await target.channel(client))
      output.show(one: AgentStatusRow(status: try await control.resume(.init())))
    }
  }
}

/// Which agent a command talks to, without the server in between.
struct AgentAddress: ParsableArguments {
  @Argument(help: "Name of the agent; its address is what it announced to the server.")
  var name: String?

  @Option(help: "Address of the agent, as tcp://host:port or unix:///path.")
  var agentAddress: String?

  init() {}

  init(name: String?, agentAddress: String?) {
    self.name = name
    self.agentAddress = agentAddress
  }

  static func agents(_ client: ClientOptions) async throws -> [SessionsV1.Agent] {
    let sessions = SessionsV1.AgentSessionsClient(try await client.serverChannel())
    let environment = try await client.environmentName()
    return try await pages { after in
      let page = try await sessions.list(
        SessionsV1.ListRequest(environment: environment, after: after))
      return (page.agents, page.nextAfter)
    }
  }

  /// Finds the address and opens a channel to it.
  func channel(_ client: ClientOptions) async throws -> any RPCChannel {
    if let given = try await client.settings().string("client.agent", flag: agentAddress) {
      return try await client.connection.channel(to: given)
    }
    let agents = try await AgentAddress.agents(client)
    guard let name else {
      let addresses = Set(agents.filter(\.connected).map(\.address)).subtracting([""])
      guard let only = addresses.first, addresses.count == 1 else {
        throw CommandError(
          "\(addresses.count) agents are connected; name one, or give --agent-address",
          ExitStatus.usage)
      }
      return try await client.connection.channel(to: only)
    }
    guard let agent = agents.first(where: { $0.name == name }) else {
      throw CommandError("there is no agent `\(name)` in this environment")
    }
    guard !agent.address.isEmpty else {
      throw CommandError(
        "no process serves agent `\(name)`; start southbound-agent with --name '\(name)'",
        ExitStatus.environment)
    }
    return try await client.connection.channel(to: agent.address)
  }
}

struct AgentRow: Listing {
  var agent: SessionsV1.Agent

  static let columns = ["AGENT", "CONNECTED", "ADDRESS", "RESOURCES", "VERSION", "LAST SEEN"]

  var name: String { agent.name }

  var cells: [String] {
    let seen = agent.lastSeenUnixNanos
    return [
      name, agent.connected ? "yes" : "no", agent.address, String(agent.resources),
      String(agent.version), seen == 0 ? "never" : Timestamp(unixNanos: seen).iso8601,
    ]
  }

  var json: Value {
    [
      "name": .string(name), "connected": .bool(agent.connected),
      "name_patterns": .list(agent.namePatterns.map { .string($0) }),
      "address": .string(agent.address), "resources": .int(Int64(clamping: agent.resources)),
      "version": .int(Int64(clamping: agent.version)),
      "software_version": .string(agent.softwareVersion), "paused": .bool(agent.paused),
      "disk_error": .string(agent.diskError),
      "last_seen": WireValue.time(agent.lastSeenUnixNanos),
      "refused": .list(
        agent.refused.map { refused in
          [
            "instance_id": WireValue.hex(refused.instanceID), "address": .string(refused.address),
            "time": WireValue.time(refused.timeUnixNanos), "message": .string(refused.message),
          ]
        }),
    ]
  }
}

struct AgentStatusRow: Listing {
  var status: AgentV1.AgentStatus

  static let columns = [
    "ENVIRONMENT", "NAMES", "VERSION", "CONNECTED", "PAUSED", "HALTED", "RESOURCES", "PENDING",
    "RUNNING", "UNSENT REPORTS", "SESSION ERROR", "DISK ERROR",
  ]

  var name: String { status.instanceID.lowercaseHex }

  var cells: [String] {
    [
      status.environment, status.namePatterns.joined(separator: ","), String(status.version),
      String(status.connected), String(status.paused), String(status.halted),
      String(status.resources), String(status.pending), String(status.running),
      String(status.unsentReports), status.sessionError, status.diskError,
    ]
  }

  var json: Value {
    [
      "environment": .string(status.environment), "instance_id": .string(name),
      "name_patterns": .list(status.namePatterns.map { .string($0) }),
      "version": .int(Int64(clamping: status.version)), "connected": .bool(status.connected),
      "paused": .bool(status.paused), "halted": .bool(status.halted),
      "resources": .int(Int64(clamping: status.resources)),
      "pending": .int(Int64(clamping: status.pending)),
      "running": .int(Int64(clamping: status.running)),
      "unsent_reports": .int(Int64(clamping: status.unsentReports)),
      "session_error": .string(status.sessionError),
      "disk_error": .string(status.diskError),
    ]
  }
}
