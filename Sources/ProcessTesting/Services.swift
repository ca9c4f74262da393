import Foundation
import Synchronization

/// The four services as real processes, with their data in one folder, on free ports.
///
/// Ports stay the same over restarts. Whoever makes one ends it with ``stopAll()``.
public final class Services: Sendable {
  /// One of the four.
  public enum Service: String, CaseIterable, Sendable {
    /// Keeps versions and states.
    case server
    /// Makes resources.
    case exporter
    /// Compiles models.
    case compiler
    /// Makes the world match.
    case agent

    /// Name of its program.
    public var program: String { "southbound-\(rawValue)" }
  }

  /// What a run of the command line gave.
  public struct CommandResult: Sendable {
    /// Exit status; 128 plus the signal if one ended it.
    public let status: Int32
    /// Standard output.
    public let output: String
    /// Standard error.
    public let errors: String
  }

  /// Folder with data, logs and output.
  public let folder: String
  /// Folder that holds the programs.
  public let programs: String
  /// Environment variables of all processes.
  public let environment: [String: String]
  /// Names that the agent serves.
  public let agentNames: [String]

  /// Programs that stand in for the usual ones, for example with more integrations.
  private let programNames: [Service: String]
  private let ports: [Service: Int]
  private let running = Mutex<[Service: ChildProcess]>([:])
  private let commandCount = Mutex(0)

  /// Takes ports and makes the folder; starts nothing.
  ///
  /// `programs` is by default the folder of the running program, where the package manager puts all.
  public init(
    folder: String, programs: String? = nil, environment: [String: String] = [:],
    agentNames: [String] = ["*"], programNames: [Service: String] = [:]
  ) throws {
    self.programNames = programNames
    self.folder = folder
    self.programs = programs ?? Self.ownFolder
    self.agentNames = agentNames
    self.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("SOUTHBOUND_") }
      .merging(environment) { _, new in new }
    let free = try Loopback.freePorts(Service.allCases.count)
    ports = Dictionary(uniqueKeysWithValues: zip(Service.allCases, free))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private static var ownFolder: String {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }

  /// TCP port of a service.
  public func port(of service: Service) -> Int {
    ports[service] ?? 0
  }

  /// Address of a service, as a URI.
  public func address(of service: Service) -> String {
    "tcp://127.0.0.1:\(port(of: service))"
  }

  /// File that takes what a service prints.
  public func logFile(of service: Service) -> String {
    "\(folder)/\(service.rawValue).log"
  }

  /// Folder of the data of a service.
  public func dataFolder(of service: Service) -> String {
    "\(folder)/\(service.rawValue)-data"
  }

  /// Flags that a service is started with.
  public func arguments(of service: Service) -> [String] {
    var arguments = ["--listen", address(of: service)]
    switch service {
    case .server: arguments += ["--data", dataFolder(of: service)]
    case .exporter: arguments += ["--server", address(of: .server)]
    case .compiler: arguments += ["--exporter", address(of: .exporter)]
    case .agent:
      arguments += [
        "--server", address(of: .server), "--environment", "default",
        "--data", dataFolder(of: service),
      ]
      arguments += agentNames.flatMap { ["--name", $0] }
    }
    return arguments
  }

  /// Starts a service and waits until it accepts connections.
  ///
  /// With a `wrapper` that program is started, with the service and its flags as arguments; it must
  /// become the service. Throws ``ProcessError`` with the end of its log if it ends, or does not
  /// listen within 20 s.
  @discardableResult
  public func start(
    _ service: Service, through wrapper: String? = nil, environment extra: [String: String] = [:]
  ) async throws -> ChildProcess {
    let log = logFile(of: service)
    let program = "\(programs)/\(programNames[service] ?? service.program)"
    let words = [wrapper, program].compactMap { $0 } + arguments(of: service)
    let child = try ChildProcess(
      program: words[0], arguments: Array(words.dropFirst()),
      environment: environment.merging(extra) { _, new in new },
      output: .init(standardOutput: log, standardError: log))
    running.withLock { $0[service] = child }
    let deadline = ContinuousClock.now + .seconds(20)
    while !Loopback.accepts(port: port(of: service)) {
      guard child.exitNow == nil, ContinuousClock.now < deadline else {
        throw ProcessError("\(service.program) does not listen\n\(logEnd(of: service))")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return child
  }

  /// Starts all that do not run.
  public func startAll() async throws {
    for service in Service.allCases
    where process(of: service)?.exitNow != nil
      || process(of: service) == nil
    {
      try await start(service)
    }
  }

  /// The process of a service that was started last.
  public func process(of service: Service) -> ChildProcess? {
    running.withLock { $0[service] }
  }

  /// Kills a service as a loss of power would, and waits until it is gone.
  public func kill(_ service: Service) async throws {
    guard let child = process(of: service) else { return }
    child.signal(9)
    _ = try await child.exit(within: .seconds(10))
  }

  /// Asks a service to end, and waits until it has.
  @discardableResult
  public func stop(_ service: Service) async -> ChildProcess.Exit? {
    await process(of: service)?.end()
  }

  /// Ends all that run, those first that need others.
  public func stopAll() async {
    for service in Service.allCases.reversed() { await stop(service) }
  }

  /// The last lines that a service printed.
  public func logEnd(of service: Service) -> String {
    let text = (try? String(contentsOfFile: logFile(of: service), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(20).joined(separator: "\n")
  }

  /// Runs the command line against these services.
  ///
  /// With `shown` its output goes to that of this process, and the result has none.
  public func southbound(
    _ arguments: [String], shown: Bool = false, within limit: Duration = .seconds(120)
  ) async throws -> CommandResult {
    let number = commandCount.withLock { count in
      count += 1
      return count
    }
    let output = "\(folder)/command-\(number).out"
    let errors = "\(folder)/command-\(number).err"
    let child = try startSouthbound(
      arguments,
      output: shown ? .init() : .init(standardOutput: output, standardError: errors))
    let exit: ChildProcess.Exit
    do {
      exit = try await child.exit(within: limit)
    } catch {
      await child.end(grace: .seconds(2))
      throw ProcessError("southbound \(arguments.joined(separator: " ")): no end within \(limit)")
    }
    let status: Int32 =
      switch exit {
      case .status(let status): status
      case .signal(let signal): 128 + signal
      }
    return CommandResult(
      status: status,
      output: (try? String(contentsOfFile: output, encoding: .utf8)) ?? "",
      errors: (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")
  }

  /// Starts the command line against these services, and does not wait.
  public func startSouthbound(
    _ arguments: [String], output: ChildProcess.Output
  ) throws -> ChildProcess {
    let addresses = [
      "SOUTHBOUND_CLIENT_SERVER": address(of: .server),
      "SOUTHBOUND_CLIENT_COMPILER": address(of: .compiler),
    ]
    return try ChildProcess(
      program: "\(programs)/southbound", arguments: arguments,
      environment: environment.merging(addresses) { _, new in new }, output: output)
  }
}
