import ArgumentParser
import Launching
import ServerService
import Settings
import StoreSQLite

@main
struct ServerMain {
  static func main() async { await Launcher.main(ServerCommand.self) }
}

struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "southbound-server",
    abstract: "Keeps versions of resources and hands them to agents.",
    discussion: """
      Example:
        southbound-server --listen tcp://127.0.0.1:7400 --data /var/lib/southbound
      """)

  @Option(help: "Where to listen, as tcp://host:port or unix:///path. Repeatable.")
  var listen: [String] = []
  @Option(help: "Folder for what it keeps on disk.") var data: String?
  @Option(help: "Settings file (YAML).") var config: String?
  @Option(help: "Lowest level of its own messages.") var logLevel: String?
  @OptionGroup(title: "TLS") var tls: TLSFlags

  func run() async throws {
    let settings = try await Settings(file: config)
    let logger = try Launcher.logger(
      "southbound-server",
      level: settings.string("log.level", flag: logLevel, default: "info"))
    let folder = settings.string("server.data", flag: data, default: "southbound-data/server")
    try DataFolder.make(folder)
    let store = try SQLiteStore(path: folder + "/southbound.sqlite")
    let service = ServerService(store: store, logger: logger)
    try await service.prepare()
    let security = try TransportSecurity(tls.files(settings))
    let host = try ServiceHost(
      name: "southbound-server",
      addresses: settings.list("server.listen", flags: listen, default: ["tcp://127.0.0.1:7400"]),
      services: service.rpcServices, security: security, logger: logger)
    try await host.start()
    try await host.run { try await service.run() }
  }
}
