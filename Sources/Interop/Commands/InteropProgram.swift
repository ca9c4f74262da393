public import ArgumentParser

/// Runs a command of the suite and ends the process.
public enum InteropProgram {
  /// Parses the command line, runs the command, and exits: 0 when it is done, 1 when it failed, 2 when
  /// the command line is wrong.
  ///
  /// - Parameter command: The command.
  public static func main(_ command: (some AsyncParsableCommand).Type) async -> Never {
    do {
      guard
        var parsed = try command.parseAsRoot(normalized(Array(CommandLine.arguments.dropFirst())))
          as? any AsyncParsableCommand
      else { SystemHandle.exit(2) }
      try await parsed.run()
      SystemHandle.exit(0)
    } catch {
      let name = command.configuration.commandName ?? "interop"
      let code = command.exitCode(for: error).rawValue
      guard code == 1 else {
        let text = command.fullMessage(for: error)
        if code == 0 { SystemHandle.out(text) } else { SystemHandle.error(text) }
        SystemHandle.exit(code == 0 ? 0 : 2)
      }
      SystemHandle.error("\(name): \(error)")
      SystemHandle.exit(1)
    }
  }

  /// Gives flags that may come without a value the value `true`.
  ///
  /// - Parameter arguments: The command line without the program.
  /// - Returns: The command line with `--use_tls=true` for a bare `--use_tls`.
  public static func normalized(_ arguments: [String]) -> [String] {
    arguments.indices.map { index in
      guard arguments[index] == "--use_tls" else { return arguments[index] }
      let next = index + 1 < arguments.count ? arguments[index + 1] : "--"
      return next.hasPrefix("--") ? "--use_tls=true" : "--use_tls"
    }
  }
}
