public import ArgumentParser
internal import GRPCSchema
internal import RPCCore
internal import Resources
internal import Settings

/// Asks services whether they can be called.
public struct HealthCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Ask services whether they can be called.",
    discussion: """
      Without ADDRESS it asks server, compiler, exporter and agent, where the settings say that they
      are. Exits with 0 if all can be called, with 3 if one cannot be reached or does not answer in
      time, with 1 if one says that it cannot be called.

      Examples:
        southbound health
        southbound health tcp://127.0.0.1:7400 --service southbound.versions.v1.Versions --json
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: "Address of a service, as tcp://host:port or unix:///path. Repeatable.")
  var addresses: [String] = []

  @Option(help: "Full name of the RPC service that is meant; all of a process if left out.")
  var service = ""

  @Option(help: "Seconds that a service has to answer.")
  var timeout = 3.0

  @Option(help: "Address of the server.") var server: String?
  @Option(help: "Address of the compiler.") var compiler: String?
  @Option(help: "Address of the exporter.") var exporter: String?
  @Option(help: "Address of the agent.") var agentAddress: String?
  @OptionGroup var connection: ConnectionOptions

  /// Makes the command.
  public init() {}

  /// Refuses a time that is none.
  public func validate() throws {
    guard timeout > 0, timeout <= 3_600 else {
      throw ValidationError("--timeout is \(timeout), not between 0 and 3600 seconds")
    }
  }

  /// Asks all of them at once.
  public func run() async throws {
    var checks: [HealthCheck] = []
    for (name, address) in try await targets() {
      checks.append(
        HealthCheck(
          name: name, address: address, service: service, limit: .seconds(timeout),
          channel: try await connection.channel(to: address)))
    }
    let rows = await withTaskGroup(of: (Int, HealthRow).self) { group in
      for (index, check) in checks.enumerated() {
        group.addTask { (index, await check.run()) }
      }
      var rows: [(Int, HealthRow)] = []
      for await row in group { rows.append(row) }
      return rows.sorted { $0.0 < $1.0 }.map(\.1)
    }
    output.show(rows)
    if rows.contains(where: \.isOutOfReach) { throw ExitStatus.environment }
    if !rows.allSatisfy(\.isServing) { throw ExitStatus.failed }
  }

  private func targets() async throws -> [(name: String, address: String)] {
    guard addresses.isEmpty else { return addresses.map { ("", $0) } }
    let settings = try await connection.settings()
    return [
      ("server", "client.server", server, 7400), ("compiler", "client.compiler", compiler, 7401),
      ("exporter", "client.exporter", exporter, 7402),
      ("agent", "client.agent", agentAddress, 7410),
    ].map { name, key, flag, port in
      (name, settings.string(key, flag: flag, default: "tcp://127.0.0.1:\(port)"))
    }
  }
}

/// One question to one process.
private struct HealthCheck: Sendable {
  var name: String
  var address: String
  var service: String
  var limit: Duration
  var channel: any RPCChannel

  func run() async -> HealthRow {
    let clock = ContinuousClock()
    let begin = clock.now
    var row = HealthRow(service: name, address: address)
    do {
      let response = try await GRPCHealthV1.HealthClient(channel).check(
        GRPCHealthV1.HealthCheckRequest(service: service),
        options: CallOptions(timeout: limit, waitForReady: false))
      row.status = response.status.name
      row.isServing = response.status == .serving
    } catch {
      let error = RPCError(translating: error)
      row.status = "error"
      row.message = "\(error)"
      row.isOutOfReach = error.code == .unavailable || error.code == .deadlineExceeded
    }
    row.milliseconds = (clock.now - begin) / .milliseconds(1)
    return row
  }
}

struct HealthRow: Listing {
  var service: String
  var address: String
  var status = ""
  var message = ""
  var milliseconds = 0.0
  var isServing = false
  var isOutOfReach = false

  static let columns = ["SERVICE", "ADDRESS", "STATUS", "MS", "MESSAGE"]

  var name: String { service.isEmpty ? address : service }

  var cells: [String] {
    let tenths = Int((milliseconds * 10).rounded())
    return [service, address, status, "\(tenths / 10).\(tenths % 10)", message]
  }

  var json: Value {
    [
      "service": .string(service), "address": .string(address), "status": .string(status),
      "serving": .bool(isServing), "milliseconds": .double(milliseconds),
      "message": .string(message),
    ]
  }
}

extension GRPCHealthV1.HealthCheckResponse.ServingStatus: NamedOnWire {}
