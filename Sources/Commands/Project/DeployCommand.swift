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
      Exits with 0 if every resource is as desired at the end, with 1 if not.

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
    help: "Seconds for which the server may be away while the deployment is followed; 0 to give up."
  )
  var awayLimit = 60.0

  @Flag(help: "Print one JSON document a line.")
  var json = false

  /// Makes the command.
  public init() {}

  /// Refuses a time that is none.
  public func validate() throws {
    guard awayLimit >= 0, awayLimit <= 86_400 else {
      throw ValidationError("--away-limit is \(awayLimit), not between 0 and 86400 seconds")
    }
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
    var wish: ResourcesV1.DeployRequest?
    if repair || project == nil {
      let request = ResourcesV1.DeployRequest(
        environment: environment, mode: repair ? .repair : .deploy)
      let asked = try await ResourcesV1.ResourcesClient(server).deploy(request)
      report.asked(asked, mode: request.mode.name)
      wish = request
    }
    let follower = DeploymentFollower(
      server: server, environment: environment, version: version, wish: wish,
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
    let summary = try await CompileCall(channel: channel).run(start, files: files, report: report)
    guard summary.succeeded else { throw ExitStatus.failed }
    return summary.version
  }
}

/// A call of the compiler, repeated with the same idempotency key while a service is away.
struct CompileCall {
  var channel: any RPCChannel

  /// Most attempts while a service is UNAVAILABLE.
  static let attemptsMax = 5
  /// Pause after the first attempt; it doubles with each one.
  static let pauseInitial = Duration.milliseconds(200)
  /// Bytes of a file in one message.
  static let pieceBytesMax = 1 << 20

  func run(
    _ start: CompilerV1.CompileStart, files: ProjectUpload, report: DeploymentReport
  ) async throws -> CompilerV1.CompileSummary {
    var pause = CompileCall.pauseInitial
    for attempt in 1... {
      do {
        return try await once(start, files: files, report: report)
      } catch let error as RPCError
        where error.code == .unavailable && attempt < CompileCall.attemptsMax
      {
        report.retrying(error)
        try await Task.sleep(for: pause)
        pause *= 2
      }
    }
    preconditionFailure("the loop ends by returning or throwing")
  }

  private func once(
    _ start: CompilerV1.CompileStart, files: ProjectUpload, report: DeploymentReport
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
        report.show(response)
      }
      guard let summary else {
        throw CommandError("the compiler ended the call without a summary")
      }
      return summary
    }
  }
}
