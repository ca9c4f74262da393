internal import ArgumentParser
public import RPCCore
internal import Settings
internal import Synchronization

/// Opens channels for commands. The app chooses the transport, once, before it parses.
public enum Connector {
  /// Makes a channel to an address; its connection is opened by the first call.
  public typealias Connect = @Sendable (ServiceAddress) throws -> any RPCChannel

  private static let transport = Mutex<Connect?>(nil)

  /// Chooses the transport.
  ///
  /// - Parameter connect: Makes a channel to an address.
  public static func use(_ connect: @escaping Connect) { transport.withLock { $0 = connect } }

  static func connect(_ address: ServiceAddress) throws -> any RPCChannel {
    guard let connect = transport.withLock({ $0 }) else {
      throw CommandError("no transport for \(address)", ExitStatus.environment)
    }
    return try connect(address)
  }
}

/// Where the services are.
struct ClientOptions: ParsableArguments {
  @Option(help: "Address of the server, as tcp://host:port or unix:///path.")
  var server: String?

  @Option(name: [.customShort("e"), .long], help: "Name of the environment.")
  var environment: String?

  @Option(help: "Settings file (YAML).")
  var config: String?

  func settings() async throws -> Settings { try await Settings(file: config) }

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
    let text = try await settings().string(key, flag: flag, default: fallback)
    return try ClientOptions.channel(to: text)
  }

  static func channel(to text: String) throws -> any RPCChannel {
    let address: ServiceAddress
    do {
      address = try ServiceAddress(parsing: text)
    } catch {
      throw CommandError(error.message, ExitStatus.usage)
    }
    return try Connector.connect(address)
  }
}
