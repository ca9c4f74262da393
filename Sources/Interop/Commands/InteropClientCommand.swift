public import ArgumentParser
internal import RPCCore
internal import RPCHTTP2

extension InteropCase: ExpressibleByArgument {}

/// Runs one case of the interop suite against a server.
public struct InteropClientCommand: AsyncParsableCommand {
  /// Name and help.
  public static let configuration = CommandConfiguration(
    commandName: "rpc-interop-client",
    abstract: "Runs one case of gRPC's interop tests against a server.",
    discussion: """
      Exits with 0 if the case passes, 1 if it fails, 2 for a wrong command line.

      Example:
        rpc-interop-client --server_host localhost --server_port 10000 --test_case large_unary
      """)

  @Option(name: .customLong("server_host"), help: "Host of the server.")
  var serverHost = "localhost"
  @Option(name: .customLong("server_port"), help: "TCP port of the server.")
  var serverPort: Int?
  @Option(name: .customLong("server_host_override"), help: "Name that its certificate has.")
  var serverHostOverride: String?
  @Option(help: "Unix socket of the server, instead of host and port.") var unix: String?
  @Option(name: .customLong("test_case"), help: "The case.") var testCase: InteropCase
  @OptionGroup var tls: TLSOptions
  @OptionGroup var soak: SoakFlags

  /// Creates the command for the parser.
  public init() {}

  /// Checks the address.
  public mutating func validate() throws {
    guard (serverPort == nil) != (unix == nil) else {
      throw ValidationError("give either --server_port or --unix")
    }
    guard serverPort.map({ 1...65_535 ~= $0 }) ?? true else {
      throw ValidationError("--server_port is a number from 1 to 65535")
    }
  }

  /// Runs the case.
  public mutating func run() async throws {
    let address: ServiceAddress =
      if let unix { .unix(path: unix) } else { .tcp(host: serverHost, port: serverPort ?? 0) }
    var options = HTTP2ChannelOptions()
    options.tls = try tls.clientContext()
    options.tlsServerName = serverHostOverride
    let client = InteropClient(soak: soak.options) { [options] in
      try HTTP2Channel(target: address, options: options)
    }
    do {
      try await client.run(testCase)
    } catch {
      throw CaseFailure(testCase: testCase, reason: "\(error)")
    }
    SystemHandle.out("\(testCase.rawValue): passed")
  }
}

/// A case that did not pass, as the command says it.
private struct CaseFailure: Error, CustomStringConvertible {
  let testCase: InteropCase
  let reason: String

  var description: String { "\(testCase.rawValue) failed: \(reason)" }
}
