internal import Glibc
internal import Subprocess
internal import SystemPackage

extension Command {
  /// Runs the program to its end. Standard input is empty.
  ///
  /// The program leads a process group of its own. When its time is over, or the calling task is
  /// cancelled, the group gets SIGTERM, and after ``terminationGrace`` SIGKILL.
  ///
  /// - Returns: How it ended and what it wrote.
  /// - Throws: ``ProcessError``; `CancellationError` if the calling task was cancelled.
  public func run() async throws -> ProcessResult {
    guard let timeout else { return try await runUnlimited() }
    let result = try await withThrowingTaskGroup(of: ProcessResult?.self) { group in
      group.addTask { try await runUnlimited() }
      group.addTask {
        try await Task.sleep(for: timeout)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    guard let result else {
      throw ProcessError(code: .timedOut, description: "`\(program)` took longer than \(timeout)")
    }
    return result
  }

  private func runUnlimited() async throws -> ProcessResult {
    let limit = outputBytesMax
    do {
      let result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .sequence
      ) { execution in
        async let output = Capture.read(execution.standardOutput, limit: limit)
        async let errors = Capture.read(execution.standardError, limit: limit)
        return try await (output, errors, execution.processIdentifier.value)
      }
      let (output, errors, process) = result.closureResult
      try endGroupIfCancelled(process)
      return ProcessResult(
        end: ProcessEnd(result.terminationStatus), output: output.kept, errorOutput: errors.kept,
        droppedBytes: output.dropped + errors.dropped)
    } catch let error as SubprocessError {
      if Task.isCancelled { throw CancellationError() }
      throw ProcessError(error, program: program)
    }
  }

  /// What the program started itself dies with it.
  private func endGroupIfCancelled(_ process: pid_t) throws {
    guard Task.isCancelled else { return }
    _ = Glibc.kill(-process, SIGKILL)
    throw CancellationError()
  }

  var configuration: Configuration {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(
        toProcessGroup: true, allowedDurationToNextStep: Command.terminationGrace)
    ]
    var variables: [Environment.Key: String?] = [:]
    for (name, value) in environment {
      if let key = Environment.Key(rawValue: name) { variables[key] = value }
    }
    return Configuration(
      executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
      arguments: Arguments(arguments),
      environment: .inherit.updating(variables),
      workingDirectory: workingDirectory.map { FilePath($0) }, platformOptions: options)
  }
}

extension ProcessEnd {
  fileprivate init(_ status: TerminationStatus) {
    switch status {
    case .exited(let code): self = .exited(code)
    case .signaled(let number): self = .signalled(number)
    }
  }
}

extension ProcessError {
  init(_ error: SubprocessError, program: String) {
    switch error.code {
    case .executableNotFound:
      self.init(code: .notFound, description: "there is no program `\(program)`")
    case .spawnFailed, .failedToChangeWorkingDirectory:
      self.init(code: .spawnFailed, description: "`\(program)` cannot be started: \(error)")
    default:
      self.init(code: .inputOutput, description: "`\(program)`: \(error)")
    }
  }
}
