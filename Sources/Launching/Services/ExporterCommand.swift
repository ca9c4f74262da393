internal import ArgumentParser
internal import ExporterService
internal import RPCCore
internal import Settings

/// The command line of an exporter executable.
struct ExporterCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: IntegrationLauncher.name,
      abstract: "Turns models into resources and stores them in the server.",
      discussion: """
        Example:
          \(IntegrationLauncher.name) --listen tcp://127.0.0.1:7402 --server tcp://127.0.0.1:7400
        """)
  }

  @Option(help: "Where to listen, as tcp://host:port or unix:///path. Repeatable.")
  var listen: [String] = []
  @Option(help: "Address of the server.") var server: String?
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
      to: settings.string("exporter.server", flag: server, default: "tcp://127.0.0.1:7400"))
    let service = try ExporterService(
      integrations: IntegrationLauncher.integrations, server: channel, logger: logger)
    let host = try ServiceHost(
      name: executable,
      addresses: settings.list(
        "exporter.listen", flags: listen, default: ["tcp://127.0.0.1:7402"]),
      services: service.rpcServices, security: security, logger: logger)
    try await host.start()
    try await host.run()
  }
}
