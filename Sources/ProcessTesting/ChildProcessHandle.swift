import Glibc
import Synchronization

/// One child process: started at once, reaped by ``exit()`` or ``end(grace:)``.
public final class ChildProcess: Sendable {
  /// How a process ended.
  public enum Exit: Equatable, Sendable {
    /// It ended itself with this status.
    case status(Int32)
    /// This signal ended it.
    case signal(Int32)
  }

  /// Where the output of a process goes.
  public struct Output: Sendable {
    /// File that takes standard output; nil for that of this process.
    public var standardOutput: String?
    /// File that takes standard error; nil for that of this process.
    public var standardError: String?

    /// Makes a choice; files are made, or appended to.
    public init(standardOutput: String? = nil, standardError: String? = nil) {
      self.standardOutput = standardOutput
      self.standardError = standardError
    }
  }

  /// Identifier of the process.
  public let processID: Int32

  private let ended = Mutex<Exit?>(nil)

  /// Starts a program.
  ///
  /// Standard input is empty, and no other file is handed down. Throws ``ProcessError`` if the program
  /// cannot be started.
  public init(
    program: String, arguments: [String], environment: [String: String], output: Output
  ) throws(ProcessError) {
    processID = try Self.spawn(
      program: program, arguments: arguments, environment: environment, output: output)
  }

  private static func spawn(
    program: String, arguments: [String], environment: [String: String], output: Output
  ) throws(ProcessError) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let append = O_WRONLY | O_CREAT | O_APPEND
    if let path = output.standardOutput {
      unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, append, 0o644)
    }
    if let path = output.standardError {
      unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, path, append, 0o644)
    }
    // Threads of a pool block signals, and a child inherits the mask: it would not hear SIGTERM.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // A server that inherited a listening socket of another one would keep its port open.
    for descriptor in Int32(3)..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    let argumentPointers = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let variablePointers = unsafe variables.map { unsafe strdup($0) } + [nil]
    defer {
      unsafe argumentPointers.forEach { unsafe free($0) }
      unsafe variablePointers.forEach { unsafe free($0) }
    }
    var processID: pid_t = 0
    let failure = unsafe posix_spawnp(
      &processID, program, &actions, &attributes, argumentPointers, variablePointers)
    guard failure == 0 else {
      throw ProcessError(
        "\(program) cannot be started: \(unsafe String(cString: strerror(failure)))")
    }
    return processID
  }

  /// How it ended, or nil while it runs.
  public var exitNow: Exit? {
    ended.withLock { ended in
      if let ended { return ended }
      var status: Int32 = 0
      guard unsafe waitpid(processID, &status, WNOHANG) == processID else { return nil }
      let signal = status & 0x7f
      ended = signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
      return ended
    }
  }

  /// Waits until it has ended.
  ///
  /// Throws ``ProcessError`` if it still runs after `limit`; it is not ended then.
  public func exit(within limit: Duration = .seconds(60)) async throws -> Exit {
    let deadline = ContinuousClock.now + limit
    while true {
      if let exit = exitNow { return exit }
      guard ContinuousClock.now < deadline else {
        throw ProcessError("process \(processID) still runs after \(limit)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Sends a signal, unless the process has ended.
  public func signal(_ number: Int32) {
    guard exitNow == nil else { return }
    kill(processID, number)
  }

  /// Asks it to end, and kills it if it has not after `grace`.
  @discardableResult
  public func end(grace: Duration = .seconds(10)) async -> Exit? {
    signal(SIGTERM)
    if let exit = try? await exit(within: grace) { return exit }
    signal(SIGKILL)
    return try? await exit(within: .seconds(10))
  }
}
