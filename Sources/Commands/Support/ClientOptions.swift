internal import ArgumentParser
public import RPCCore
public import Settings
internal import Synchronization

/// Opens channels for commands. The app chooses the transport, once, before it parses.
public enum Connector {
  /// Makes a channel to an address, secured with files; its connection is opened by the first call.
  public typealias Connect = @Sendable (ServiceAddress, TLSFiles) throws -> any RPCChannel

  private static let transport = Mutex<Connect?>(nil)

  /// Chooses the transport.
  ///
  /// - Parameter connect: Makes a channel to an address, secured with files.
  public static func use(_ connect: @escaping Connect) { transport.withLock { $0 = connect } }

  static func connect(
    _ address: ServiceAddress, _ files: TLSFiles
  ) throws -> any RPCChannel {
    guard let connect = transport.withLock({ $0 }) else {
      throw CommandError("no transport for \(address)", ExitStatus.environment)
    }
    return try connect(address, files)
  }
}

/// How connections are made.
struct ConnectionOptions: ParsableArguments {
  @Option(help: "Settings file (YAML).")
  var config: String?

  @OptionGroup(title: "TLS") var tls: TLSFlags

  func settings() async throws -> Settings { try await Settings(file: config) }

  func channel(to text: String) async throws -> any RPCChannel {
    let address: ServiceAddress
    do {
      address = try ServiceAddress(parsing: text)
    } catch {
      throw CommandError(error.message, ExitStatus.usage)
    }
    do {
      return try Connector.connect(address, tls.files(try await settings()))
    } catch let error as SettingsError {
      throw CommandError(error.description, ExitStatus.usage)
    }
  }
}

/// Where the services are.
struct ClientOptions: ParsableArguments {
  @Option(help: "Address of the server, as tcp://host:port or unix:///path.")
  var server: String?

  @Option(name: [.customShort("e"), .long], help: "Name of the environment.")
  var environment: String?

  @OptionGroup var connection: ConnectionOptions

  func settings() async throws -> Settings { try await connection.settings() }

  func environmentName() async throws -> String {
    try await settings().string(
      "client.environment", flag: environment, default: "default")
  }

  func serverChannel() async throws -> any RPCChannel {
    try await channel("client.server", flag: server, default: "tcp://127.0.0.1:7400")
  }

  func channel(
    _ key: String, flag: String?, default fallback: String
  ) async throws -> any RPCChannel {
    try await connection.channel(
      to: try await settings().string(key, flag: flag, default: fallback))
  }
}
