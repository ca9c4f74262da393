internal import ArgumentParser
public import RPCCore
internal import Settings

/// Opens channels for commands. The app chooses the transport.
public enum Connector {
  /// Makes a channel to an address; its connection is opened by the first call.
  @TaskLocal public static var connect: @Sendable (ServiceAddress) throws -> any RPCChannel = {
    address in throw CommandError("no transport for \(address)", ExitStatus.environment)
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
