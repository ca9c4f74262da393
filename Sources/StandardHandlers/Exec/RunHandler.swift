internal import Processes
internal import Resources
internal import SouthboundKit

/// `exec::Run`: runs a command unless a condition says that there is nothing to do, and again, or
/// its `reload` command, when something that it requires was changed.
struct RunHandler: Handler {
  /// How much of a command's output goes into the log.
  static let loggedBytesMax = 4_096

  func apply(_ context: HandlerContext) async throws {
    let run = try Run(context.desired)
    guard !run.reloadOnly else { return }
    if !run.creates.isEmpty, Syscalls.exists(run.creates) {
      context.debug("{creates} exists: nothing to do", ["creates": .string(run.creates)])
      return
    }
    if !run.unless.isEmpty, try await succeeds(run.unless, run, context) {
      context.debug("{unless} succeeded: nothing to do", ["unless": .string(run.unless)])
      return
    }
    if !run.onlyIf.isEmpty, try await !succeeds(run.onlyIf, run, context) {
      context.debug("{onlyif} failed: nothing to do", ["onlyif": .string(run.onlyIf)])
      return
    }
    context.addChange("executed", current: false, desired: true)
    guard !context.isDryRun else { return }
    try await execute(run.command, run, context)
    if run.creates.hasPrefix("/") { try context.persist(run.creates) }
    context.set("executed", true)
    context.updated()
  }

  func canReload(_ context: HandlerContext) -> Bool { true }

  func doReload(_ context: HandlerContext) async throws {
    let run = try Run(context.desired)
    // What changed did so before this run began: a command that ran just now has seen it.
    if context.get("executed", as: Bool.self) == true { return }
    context.addChange("reloaded", current: false, desired: true)
    try await execute(run.reload.isEmpty ? run.command : run.reload, run, context)
    context.updated()
  }

  func timeLimit(_ desired: Fields) -> Duration {
    let seconds = (try? desired.optionalInt("timeout")) ?? nil
    // Two conditions, the command and the reload, each with this limit.
    return .seconds(max(1, seconds ?? Run.timeoutSecondsDefault) * 4 + 10)
  }

  private func succeeds(
    _ command: String, _ run: Run, _ context: HandlerContext
  ) async throws -> Bool {
    let result = try await start(command, run)
    return result.end == .exited(0)
  }

  private func execute(_ command: String, _ run: Run, _ context: HandlerContext) async throws {
    context.debug("runs {command}", ["command": .string(command)])
    let result: ProcessResult
    do {
      result = try await start(command, run)
    } catch let error as ProcessError {
      if run.skipOnFail { throw SkipResource("{error}", ["error": .string(error.description)]) }
      throw HandlerFailure("{error}", ["error": .string(error.description)], cause: error)
    }
    let arguments: [String: Value] = [
      "command": .string(command), "end": .string(result.end.description),
      "output": .string(shown(result.output)), "errors": .string(shown(result.errorOutput)),
    ]
    if case .exited(let code) = result.end, run.returns.contains(Int64(code)) {
      context.info("{command} {end}", arguments)
      return
    }
    context.error("{command} {end}: {errors}", arguments)
    if run.skipOnFail { throw SkipResource("{command} {end}", arguments) }
    throw HandlerFailure("{command} {end}", arguments)
  }

  private func start(_ command: String, _ run: Run) async throws -> ProcessResult {
    let words = try CommandWords.split(command)
    return try await Command(
      words[0], Array(words.dropFirst()), environment: run.environment,
      workingDirectory: run.workingDirectory, timeout: run.timeout
    ).run()
  }

  private func shown(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.suffix(RunHandler.loggedBytesMax), as: UTF8.self)
    return bytes.count > RunHandler.loggedBytesMax ? "…" + text : text
  }
}

/// The fields of `exec::Run`, read and checked.
private struct Run {
  static let timeoutSecondsDefault: Int64 = 300

  let command: String
  let creates: String
  let workingDirectory: String?
  let environment: [String: String]
  let onlyIf: String
  let unless: String
  let reload: String
  let reloadOnly: Bool
  let returns: Set<Int64>
  let timeout: Duration
  let skipOnFail: Bool

  init(_ fields: Fields) throws {
    command = try fields.string("command")
    creates = try fields.optionalString("creates") ?? ""
    let folder = try fields.optionalString("cwd") ?? ""
    workingDirectory = folder.isEmpty ? nil : folder
    var environment: [String: String] = [:]
    for (name, value) in try fields.map("environment") {
      environment[name] = value.stringValue ?? value.json
    }
    let path = try fields.optionalString("path") ?? ""
    if !path.isEmpty { environment["PATH"] = path }
    self.environment = environment
    onlyIf = try fields.optionalString("onlyif") ?? ""
    unless = try fields.optionalString("unless") ?? ""
    reload = try fields.optionalString("reload") ?? ""
    reloadOnly = try fields.bool("reload_only")
    let codes = try fields.list("returns").compactMap(\.intValue)
    returns = codes.isEmpty ? [0] : Set(codes)
    timeout = .seconds(try fields.optionalInt("timeout") ?? Run.timeoutSecondsDefault)
    skipOnFail = try fields.bool("skip_on_fail")
  }
}
