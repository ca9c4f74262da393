public import ArgumentParser
internal import RPCCore
internal import RPCHTTP2
internal import RPCServices

/// Serves the interop suite.
public struct InteropServerCommand: AsyncParsableCommand {
  /// Name and help.
  public static let configuration = CommandConfiguration(
    commandName: "rpc-interop-server",
    abstract: "Serves grpc.testing.TestService and prints its address.",
    discussion: """
      Example:
        rpc-interop-server --port 10000 --use_tls --tls_cert server.pem --tls_key server.key
      """)

  @Option(help: "TCP port; 0 lets the kernel choose.") var port: Int?
  @Option(help: "Address to listen at.") var host = "127.0.0.1"
  @Option(help: "Unix socket to listen at instead.") var unix: String?
  @OptionGroup var tls: TLSOptions

  /// Creates the command for the parser.
  public init() {}

  /// Checks the address.
  public mutating func validate() throws {
    guard (port == nil) != (unix == nil) else {
      throw ValidationError("give either --port or --unix")
    }
    guard port.map({ 0...65_535 ~= $0 }) ?? true else {
      throw ValidationError("--port is a number from 0 to 65535")
    }
  }

  /// Serves until the process ends.
  public mutating func run() async throws {
    let address: ServiceAddress =
      if let unix { .unix(path: unix) } else { .tcp(host: host, port: port ?? 0) }
    var options = HTTP2ServerOptions()
    options.tls = try tls.serverContext()
    let router = RPCRouter.standard(services: [InteropService()], health: HealthReporter())
    let server = try HTTP2Server(addresses: [address], router: router, options: options)
    let bound = try await server.start()
    SystemHandle.out(bound.map(\.description).joined(separator: " "))
    try await server.run()
  }
}
