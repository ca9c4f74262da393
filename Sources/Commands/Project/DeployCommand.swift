public import ArgumentParser
internal import ProjectFiles
internal import RPCCore
internal import Resources
internal import Schema

/// Compiles, exports and releases a project, and follows its deployment.
public struct DeployCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract:
      "Compile a project, store and release it as a new version, and follow the deployment.",
    discussion: """
      Without PROJECT the released version is deployed again: what is not as desired is tried now.
      Exits with 0 if every resource is as desired at the end, with 1 if not, for example because an
      agent is paused, and with 3 if a service stays away for longer than --away-limit.

      Examples:
        southbound deploy Sources/Examples/website
        southbound deploy --repair
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var model: ModelVariableOptions

  @Argument(help: "Folder with project.yml and main.cf, or a single .cf file.")
  var project: String?

  @Option(help: "Address of the compiler, as tcp://host:port or unix:///path.")
  var compiler: String?

  @Option(help: "What the version is for.")
  var message = ""

  @Flag(help: "Read every resource, and change what drifted.")
  var repair = false

  @Flag(help: "Store the version, but do not release it.")
  var noRelease = false

  @Flag(help: "Release the version, but do not follow the deployment.")
  var noFollow = false

  @Option(
    help:
      "Seconds for which the compiler, or later the server, may be away at a time; 0 to give up."
  )
  var awayLimit = 60.0

  @Flag(help: "Print one JSON document a line.")
  var json = false

  /// Makes the command.
  public init() {}

  /// Refuses a time that is none.
  public func validate() throws {
    try Absence.check(awayLimit)
  }

  /// Goes the whole way.
  public func run() async throws {
    let server = try await client.serverChannel()
    let environment = try await client.environmentName()
    let report = DeploymentReport(asJSON: json)
    var version: UInt64 = 0
    if let project {
      version = try await compile(project, environment: environment, report: report)
      if noRelease || noFollow { return }
    }
    if repair || project == nil {
      let request = ResourcesV1.DeployRequest(
        environment: environment, mode: repair ? .repair : .deploy)
      let asked = try await ResourcesV1.ResourcesClient(server).deploy(request)
      report.asked(asked, mode: request.mode.name)
    }
    let follower = DeploymentFollower(
      server: server, environment: environment, version: version,
      awayLimit: .seconds(awayLimit), report: report)
    guard try await follower.run() else { throw ExitStatus.failed }
  }

  private func compile(
    _ project: String, environment: String, report: DeploymentReport
  ) async throws -> UInt64 {
    let channel = try await client.channel(
      "client.compiler", flag: compiler, default: "tcp://127.0.0.1:7401")
    let files: ProjectUpload
    do {
      files = try ProjectUpload.collect(project)
    } catch {
      throw CommandError(error.description, ExitStatus.environment)
    }
    let start = CompilerV1.CompileStart(
      environment: environment, goal: noRelease ? .store : .release, mainFile: files.mainFile,
      idempotencyKey: ActionID.random().description, message: message,
      environmentVariables: try model.resolved())
    let call = CompileCall(channel: channel, awayLimit: .seconds(awayLimit))
    let summary = try await call.run(start, files: files, report: report)
    guard summary.succeeded else { throw ExitStatus.failed }
    return summary.version
  }
}

/// A call of the compiler, repeated with the same idempotency key while a service is away: the
/// compiler, or one behind it.
struct CompileCall {
  var channel: any RPCChannel
  /// For how long calls are repeated after the first one that found a service away.
  var awayLimit: Duration

  /// Bytes of a file in one message.
  static let pieceBytesMax = 1 << 20

  func run(
    _ start: CompilerV1.CompileStart, files: ProjectUpload, report: DeploymentReport
  ) async throws -> CompilerV1.CompileSummary {
    var absence = Absence(limit: awayLimit)
    var shown = ShownResponses()
    while true {
      do {
        return try await once(start, files: files) { response in
          if shown.isNew(response) { report.show(response) }
        }
      } catch let error as RPCError where error.code == .unavailable {
        try await absence.wait(after: error) { report.retrying(error, limit: awayLimit) }
      }
      shown.beginAgain()
    }
  }

  private func once(
    _ start: CompilerV1.CompileStart, files: ProjectUpload,
    show: (CompilerV1.CompileResponse) -> Void
  ) async throws -> CompilerV1.CompileSummary {
    let compiler = CompilerV1.CompilerClient(channel)
    return try await compiler.compile { requests, responses in
      try await requests.write(CompilerV1.CompileRequest(kind: .start(start)))
      for file in files.files {
        var rest = file.contents[...]
        repeat {
          let piece = Array(rest.prefix(CompileCall.pieceBytesMax))
          rest = rest.dropFirst(piece.count)
          try await requests.write(
            CompilerV1.CompileRequest(
              kind: .file(CompilerV1.ProjectFile(path: file.path, contents: piece))))
        } while !rest.isEmpty
      }
      requests.finish()
      var summary: CompilerV1.CompileSummary?
      for try await response in responses {
        if case .summary(let last) = response.kind { summary = last }
        show(response)
      }
      guard let summary else {
        throw CommandError("the compiler ended the call without a summary")
      }
      return summary
    }
  }
}

/// Tells what earlier attempts of a compile have shown: each says the same things of a kind in the
/// same order.
struct ShownResponses {
  private enum Kind: Hashable { case progress, diagnostic, printed, export, summary }

  private var shown: [Kind: Int] = [:]
  private var seen: [Kind: Int] = [:]

  /// Another attempt begins.
  mutating func beginAgain() { seen = [:] }

  /// Whether no earlier attempt has shown a response.
  mutating func isNew(_ response: CompilerV1.CompileResponse) -> Bool {
    let kind: Kind
    switch response.kind {
    case .progress: kind = .progress
    case .diagnostic: kind = .diagnostic
    case .printed: kind = .printed
    case .export: kind = .export
    case .summary: kind = .summary
    case nil: return false
    }
    seen[kind, default: 0] += 1
    guard seen[kind, default: 0] > shown[kind, default: 0] else { return false }
    shown[kind, default: 0] += 1
    return true
  }
}
