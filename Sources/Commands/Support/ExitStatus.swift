public import ArgumentParser
internal import RPCCore
internal import Settings

/// How a command ends.
public enum ExitStatus {
  /// The work is done, but something in it failed: a model with errors, a resource that failed.
  public static let failed = ExitCode(1)
  /// The command line is wrong.
  public static let usage = ExitCode(2)
  /// The surroundings are wrong: an unreadable project, a server that cannot be reached.
  public static let environment = ExitCode(3)
  /// Interrupted by the user.
  public static let interrupted = ExitCode(130)

  /// Says an error on stderr and returns the exit code for it.
  ///
  /// - Parameter error: What a command threw.
  /// - Returns: The code to exit with.
  public static func report(_ error: any Error) -> ExitCode {
    switch error {
    case let code as ExitCode: return code
    case let error as RPCError:
      Console.error("error: \(explanation(of: error))")
      switch error.code {
      case .unavailable, .deadlineExceeded: return environment
      // What the command line asks for cannot be: a malformed id, a setting out of its range.
      case .invalidArgument: return usage
      // An address that is in use here, not a name that is taken there.
      case .alreadyExists where error.origin == .local: return environment
      case .cancelled: return interrupted
      default: return failed
      }
    case let error as CommandError:
      Console.error("error: \(error.message)")
      return error.status
    case let error as SettingsError:
      Console.error("error: \(error)")
      return usage
    case let error as any RPCErrorConvertible:
      Console.error("error: \(error)")
      switch error.rpcError.code {
      case .unavailable, .resourceExhausted, .dataLoss: return environment
      default: return failed
      }
    case is CancellationError:
      return interrupted
    default:
      Console.error("error: \(error)")
      return failed
    }
  }

  private static func explanation(of error: RPCError) -> String {
    guard error.code == .unavailable else { return error.description }
    return "\(error)\n  help: is the service running there? `southbound dev` starts all of them"
  }
}

/// Something that a command cannot do, in words for the user.
struct CommandError: Error {
  var message: String
  var status: ExitCode

  init(_ message: String, _ status: ExitCode = ExitStatus.failed) {
    self.message = message
    self.status = status
  }
}
