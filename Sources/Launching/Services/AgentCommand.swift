internal import AgentService
internal import ArgumentParser
internal import Logging
public import RPCCore
internal import Resources
internal import Settings

#if canImport(Glibc)
  internal import Glibc
#endif

/// The command line of an agent executable.
struct AgentCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: IntegrationLauncher.name,
      abstract: "Enforces the desired state of the agent names that it serves.",
      discussion: """
        Example:
          \(IntegrationLauncher.name) --server tcp://127.0.0.1:7400 --name 'web*' --data /var/lib/agent
        """)
  }

  @Option(help: "Where to listen, as tcp://host:port or unix:///path. Repeatable.")
  var listen: [String] = []
  @Option(help: "Address that the server gives to clients; the bound one if left out.")
  var announce: String?
  @Option(help: "Address of the server.") var server: String?
  @Option(help: "Name of the environment.") var environment: String?
  @Option(help: "Agent name that it serves; `*` stands for any characters. Repeatable.")
  var name: [String] = []
  @Option(help: "Folder for what it keeps on disk.") var data: String?
  @Option(help: "Handler runs at the same time, at most.") var parallelism: Int?
  @Option(help: "Settings file (YAML).") var config: String?
  @Option(help: "Lowest level of its own messages.") var logLevel: String?
  @OptionGroup(title: "TLS") var tls: TLSFlags

  func run() async throws {
    let settings = try await Settings(file: config)
    let executable = IntegrationLauncher.name
    let logger = try Launcher.logger(
      executable, level: settings.string("log.level", flag: logLevel, default: "info"))
    let security = try TransportSecurity(tls.files(settings))
    let channel = try security.channel(
      to: settings.string("agent.server", flag: server, default: "tcp://127.0.0.1:7400"))
    let agent = try await Agent(
      configuration: try configuration(settings), integrations: IntegrationLauncher.integrations,
      server: channel)
    let host = try ServiceHost(
      name: executable,
      addresses: settings.list("agent.listen", flags: listen, default: ["tcp://127.0.0.1:7410"]),
      services: agent.rpcServices, security: security, logger: logger)
    let bound = try await host.start()
    let address = settings.string(
      "agent.announce", flag: announce, default: bound.first?.description ?? "")
    try await host.run {
      await agent.run(announcing: address) { notice in
        logger.log(level: notice.isTrouble ? .error : .notice, "\(notice)")
      }
    }
  }

  private func configuration(_ settings: Settings) throws -> AgentConfiguration {
    let environmentName = settings.string(
      "agent.environment", flag: environment, default: "default")
    guard let environment = EnvironmentName(environmentName) else {
      throw SettingsError("setting agent.environment is `\(environmentName)`, not a name")
    }
    let folder = settings.string("agent.data", flag: data, default: "southbound-data/agent")
    try DataFolder.make(folder)
    return AgentConfiguration(
      environment: environment,
      namePatterns: settings.list("agent.names", flags: name, default: ["*"]),
      dataFolder: folder, softwareVersion: Launcher.softwareVersion,
      parallelism: try settings.int(
        "agent.parallelism", flag: parallelism, in: 1...1_000, default: 8))
  }
}

/// Folders that services keep their data in.
public enum DataFolder {
  /// A folder that the system does not make: the surroundings are wrong, not the command line.
  public struct Refused: RPCErrorConvertible, CustomStringConvertible {
    /// The folder and the reason.
    public let description: String
    /// The same, as UNAVAILABLE.
    public var rpcError: RPCError { RPCError(.unavailable, description) }
  }

  /// Makes a folder, with those above it, readable for its owner only; no effect if it is there.
  ///
  /// - Parameter path: Its path.
  /// - Throws: ``Refused`` naming the path and the reason.
  public static func make(_ path: String) throws(Refused) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      if unsafe mkdir(made, 0o700) != 0, errno != EEXIST {
        throw Refused(
          description:
            "cannot make the data folder \(made): \(unsafe String(cString: strerror(errno)))")
      }
    }
  }
}
