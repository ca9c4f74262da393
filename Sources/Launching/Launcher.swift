public import ArgumentParser
public import Logging
internal import RPCCore
internal import Settings

#if canImport(Glibc)
  internal import Glibc
#endif

/// Runs the command of an executable and turns errors into exit codes.
public enum Launcher {
  /// Parses the command line, runs the command, and exits.
  ///
  /// Exits with 0 when it is done, 1 when it failed, 2 when the command line or a setting is wrong,
  /// 3 when the surroundings are, for example a port in use.
  ///
  /// - Parameters:
  ///   - command: The command.
  ///   - report: Says an error on stderr and returns the exit code for it.
  public static func main(
    _ command: (some ParsableCommand).Type,
    report: (any Error) -> ExitCode = Launcher.report
  ) async -> Never {
    do {
      var parsed = try command.parseAsRoot()
      do {
        if var asynchronous = parsed as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try parsed.run()
        }
      } catch let error where command.exitCode(for: error).rawValue == 1 && !(error is ExitCode) {
        Glibc.exit(report(error).rawValue)
      }
      Glibc.exit(0)
    } catch {
      exit(for: error, of: command)
    }
  }

  /// Ends for what swift-argument-parser says: help, usage errors, exit codes.
  private static func exit(for error: any Error, of command: any ParsableCommand.Type) -> Never {
    let message = command.fullMessage(for: error)
    let code = command.exitCode(for: error).rawValue
    if !message.isEmpty {
      if code == 0 { Terminal.out(message) } else { Terminal.error(message) }
    }
    // swift-argument-parser says 64 (EX_USAGE); the exit codes of Southbound say 2.
    Glibc.exit(code == 64 ? 2 : code)
  }

  /// Says an error of a service on stderr.
  ///
  /// - Parameter error: The error.
  /// - Returns: The code to exit with.
  public static func report(_ error: any Error) -> ExitCode {
    if error is CancellationError { return ExitCode(0) }
    Terminal.error("error: \(error)")
    switch error {
    case is SettingsError: return ExitCode(2)
    case let error as RPCError: return ExitCode(error.code == .invalidArgument ? 2 : 3)
    default: return ExitCode(1)
    }
  }

  /// Makes the log of an executable: text lines on stderr.
  ///
  /// - Parameters:
  ///   - label: Name of the executable.
  ///   - level: trace, debug, info, notice, warning, error or critical.
  /// - Returns: The log.
  /// - Throws: `SettingsError` if there is no such level.
  public static func logger(_ label: String, level: String) throws -> Logger {
    guard let parsed = Logger.Level(rawValue: level) else {
      throw SettingsError("setting log.level is `\(level)`, not a log level")
    }
    var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = parsed
    return logger
  }
}
