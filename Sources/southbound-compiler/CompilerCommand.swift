import ArgumentParser
import Commands
import CompilerService
import Launching
import Settings

@main
struct CompilerMain {
  static func main() async { await Launcher.main(CompilerServiceCommand.self) }
}

struct CompilerServiceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "southbound-compiler",
    abstract: "Compiles projects and passes the models to the exporter.",
    discussion: """
      Example:
        southbound-compiler --listen tcp://127.0.0.1:7401 --exporter tcp://127.0.0.1:7402
      """)

  @Option(help: "Where to listen, as tcp://host:port or unix:///path. Repeatable.")
  var listen: [String] = []
  @Option(help: "Address of the exporter.") var exporter: String?
  @Option(
    help: """
      Python interpreter that runs the functions of modules; else $SOUTHBOUND_PYTHON, or python3.
      `none` runs no functions.
      """)
  var python: String?
  @Option(help: "Settings file (YAML).") var config: String?
  @Option(help: "Lowest level of its own messages.") var logLevel: String?
  @OptionGroup(title: "TLS") var tls: TLSFlags

  func run() async throws {
    let settings = try await Settings(file: config)
    let logger = try Launcher.logger(
      "southbound-compiler",
      level: settings.string("log.level", flag: logLevel, default: "info"))
    let exporterAddress = settings.string(
      "compiler.exporter", flag: exporter, default: "tcp://127.0.0.1:7402")
    let security = try TransportSecurity(tls.files(settings))
    let channel = try security.channel(to: exporterAddress)
    let variables = ProcessEnvironment.variables()
    let interpreter = settings.string("compiler.python", flag: python)
    let service = CompilerService(
      exporter: channel, environment: variables,
      functions: interpreter == "none"
        ? nil : FunctionSettings(interpreter: interpreter, environment: variables),
      logger: logger)
    let host = try ServiceHost(
      name: "southbound-compiler",
      addresses: settings.list(
        "compiler.listen", flags: listen, default: ["tcp://127.0.0.1:7401"]),
      services: service.rpcServices, security: security, logger: logger)
    try await host.start()
    try await host.run()
  }
}
