public import ArgumentParser
public import Logging
internal import RPCCore
internal import Settings

#if canImport(Glibc)
  internal import Glibc
#endif

/// Runs the command of an executable and turns errors into exit codes.
public enum Launcher {
  /// Parses the command line, runs the command, and exits with what ``run(_:report:)`` returns.
  ///
  /// - Parameters:
  ///   - command: The command.
  ///   - report: Says an error on stderr and returns the exit code for it.
  public static func main(
    _ command: (some ParsableCommand).Type,
    report: (any Error) -> ExitCode = Launcher.report
  ) async -> Never {
    exit(await run(command, report: report))
  }

  /// Ends the process.
  ///
  /// - Parameter code: Its exit code.
  public static func exit(_ code: ExitCode) -> Never { Glibc.exit(code.rawValue) }

  /// Parses the command line and runs the command.
  ///
  /// 0 when it is done, 1 when it failed, 2 when the command line or a setting is wrong,
  /// 3 when the surroundings are, for example a port in use.
  ///
  /// - Parameters:
  ///   - command: The command.
  ///   - report: Says an error on stderr and returns the exit code for it.
  /// - Returns: The code to exit with.
  public static func run(
    _ command: (some ParsableCommand).Type,
    report: (any Error) -> ExitCode = Launcher.report
  ) async -> ExitCode {
    do {
      var parsed = try command.parseAsRoot()
      do {
        if var asynchronous = parsed as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try parsed.run()
        }
      } catch let error where command.exitCode(for: error).rawValue == 1 && !(error is ExitCode) {
        return report(error)
      }
      return ExitCode(0)
    } catch {
      return code(for: error, of: command)
    }
  }

  /// Says what swift-argument-parser has to say: help, usage errors, exit codes.
  private static func code(
    for error: any Error, of command: any ParsableCommand.Type
  ) -> ExitCode {
    let message = command.fullMessage(for: error)
    let code = command.exitCode(for: error).rawValue
    if !message.isEmpty {
      if code == 0 { Terminal.out(message) } else { Terminal.error(message) }
    }
    // swift-argument-parser says 64 (EX_USAGE); the exit codes of Southbound say 2.
    return ExitCode(code == 64 ? 2 : code)
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
    case is any RPCErrorConvertible: return ExitCode(3)
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

extension Launcher {
  /// Version of this software.
  public static let softwareVersion = "0.1.0"
}
