import ArgumentParser
import Commands
import Launching
import RPCCore

@main
struct Main {
  static func main() async {
    Interrupt.install()
    Connector.use { address, files in
      try TransportSecurity(files).channel(to: address.description)
    }
    Launcher.exit(await Launcher.run(Southbound.self, report: ExitStatus.report))
  }
}

struct Southbound: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "southbound",
    abstract: "Compiles models of platforms and makes the world match them.",
    discussion: """
      Example:
        southbound dev --data /tmp/southbound &
        southbound deploy Sources/Examples/website

      Exit codes: 0 done, 1 failed, 2 usage, 3 environment, 130 interrupted.
      """,
    version: Launcher.softwareVersion,
    groupedSubcommands: [
      CommandGroup(
        name: "Projects:",
        subcommands: [
          CompileCommand.self, ExportCommand.self, DeployCommand.self, FormatCommand.self,
          DocsCommand.self, ExplainCommand.self, LanguageServerCommand.self,
        ]),
      CommandGroup(
        name: "Resources:",
        subcommands: [
          ResourcesCommand.self, PlanCommand.self, CheckCommand.self, ActionsCommand.self,
          FactsCommand.self, LogsCommand.self,
        ]),
      CommandGroup(
        name: "Orchestrator:",
        subcommands: [
          VersionsCommand.self, EnvironmentsCommand.self, AgentsCommand.self, CacheCommand.self,
          HealthCommand.self, DevCommand.self,
        ]),
    ])
}
