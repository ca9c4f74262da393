import AgentService
import ArgumentParser
import Commands
import CompilerService
import ExporterService
import Launching
import Logging
import RPCCore
import RPCHTTP2
import Resources
import ServerService
import StandardHandlers
import StoreSQLite

/// All four services in one process: wiring only.
struct DevCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev",
    abstract: "Run server, compiler, exporter and agent in this process, on the embedded store.",
    discussion: """
      With --base-port N the server listens at N, the compiler at N+1, the exporter at N+2 and the
      agent at N+10, all on 127.0.0.1. Stops on Ctrl-C, with 0. Exits with 3 if a port is in use.

      Example:
        southbound dev --data /tmp/southbound
      """)

  @Option(help: "Port of the server.") var basePort = 7400
  @Option(help: "Folder for what the services keep on disk.") var data = "southbound-data"
  @Option(help: "Name of the environment that the agent works for.") var environment = "default"
  @Option(help: "Agent name that it serves; `*` stands for any characters. Repeatable.")
  var name: [String] = ["*"]
  @Option(help: "Lowest level of the services' own messages.") var logLevel = "warning"

  func validate() throws {
    guard (1...65_525).contains(basePort) else {
      throw ValidationError("--base-port is \(basePort), not between 1 and 65525")
    }
    guard EnvironmentName(environment) != nil else {
      throw ValidationError("`\(environment)` is not the name of an environment")
    }
  }

  private func address(_ offset: Int) -> String { "tcp://127.0.0.1:\(basePort + offset)" }

  func run() async throws {
    let logger = try Launcher.logger("southbound-dev", level: logLevel)
    try DataFolder.make(data + "/server")
    try DataFolder.make(data + "/agent")
    let server = ServerService(
      store: try SQLiteStore(path: data + "/server/southbound.sqlite"), logger: logger)
    try await server.prepare()
    let exporter = try ExporterService(
      integrations: [.standard], server: try HTTP2Channel(target: address(0), options: .nearby),
      logger: logger)
    let compiler = CompilerService(
      exporter: try HTTP2Channel(target: address(2), options: .nearby),
      environment: ProcessEnvironment.variables(),
      functions: FunctionSettings(
        interpreter: nil, environment: ProcessEnvironment.variables()), logger: logger)
    let agent = try await makeAgent()
    let listeners = [
      (0, "server", server.rpcServices), (1, "compiler", compiler.rpcServices),
      (2, "exporter", exporter.rpcServices), (10, "agent", agent.rpcServices),
    ]
    var hosts: [ServiceHost] = []
    for (offset, name, services) in listeners {
      let host = try ServiceHost(
        name: name, addresses: [address(offset)], services: services, logger: logger)
      try await host.start()
      hosts.append(host)
    }
    let agentAddress = address(10)
    Interrupt.leaveToCommand()
    try await ServiceHost.run(hosts, logger: logger) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask {
          await agent.run(announcing: agentAddress) { notice in
            logger.log(level: notice.isTrouble ? .error : .warning, "agent: \(notice)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  private func makeAgent() async throws -> Agent {
    guard let environment = EnvironmentName(environment) else {
      throw ValidationError("`\(environment)` is not the name of an environment")
    }
    let configuration = AgentConfiguration(
      environment: environment, namePatterns: name, dataFolder: data + "/agent",
      softwareVersion: Launcher.softwareVersion)
    return try await Agent(
      configuration: configuration, integrations: [.standard],
      server: try HTTP2Channel(target: address(0), options: .nearby))
  }
}
