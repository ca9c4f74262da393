/// A program to run, and the limits within which it runs.
public struct Command: Sendable, Hashable {
  /// Program: a path if it contains a slash, else looked for in `PATH` (of ``environment``, if it
  /// has one).
  public var program: String
  /// Arguments, without the program.
  public var arguments: [String]
  /// Variables that are set in addition to those of this process.
  public var environment: [String: String]
  /// Folder to run in; that of this process if nil.
  public var workingDirectory: String?
  /// Longest time; then the program is ended. Nil for no limit of its own.
  public var timeout: Duration?
  /// How much of standard output, and of standard error, is kept; the rest is read and counted.
  public var outputBytesMax: Int

  /// How much output is kept unless said otherwise: 64 KiB.
  public static let outputBytesMaxDefault = 65_536
  /// Time between asking a program to end (SIGTERM) and killing it (SIGKILL): 2 seconds.
  public static let terminationGrace: Duration = .seconds(2)

  /// Describes a run of a program.
  ///
  /// - Parameters:
  ///   - program: Path, or name to look for in `PATH`.
  ///   - arguments: Arguments, without the program.
  ///   - environment: Variables to set beside those of this process.
  ///   - workingDirectory: Folder to run in.
  ///   - timeout: Longest time.
  ///   - outputBytesMax: How much of each output is kept.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    workingDirectory: String? = nil, timeout: Duration? = nil,
    outputBytesMax: Int = Command.outputBytesMaxDefault
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.timeout = timeout
    self.outputBytesMax = outputBytesMax
  }
}

/// How a program ended.
public enum ProcessEnd: Sendable, Hashable, CustomStringConvertible {
  /// It exited with a code.
  case exited(Int32)
  /// A signal ended it.
  case signalled(Int32)

  /// One line for people.
  public var description: String {
    switch self {
    case .exited(let code): "exited with code \(code)"
    case .signalled(let number): "was ended by signal \(number)"
    }
  }
}

/// What a program left behind.
public struct ProcessResult: Sendable, Hashable {
  /// How it ended.
  public var end: ProcessEnd
  /// Kept part of what it wrote to standard output.
  public var output: [UInt8]
  /// Kept part of what it wrote to standard error.
  public var errorOutput: [UInt8]
  /// Bytes that it wrote beyond what was kept.
  public var droppedBytes: Int

  /// Standard output as text; bytes that are not UTF-8 are replaced.
  public var outputText: String { String(decoding: output, as: UTF8.self) }
  /// Standard error as text; bytes that are not UTF-8 are replaced.
  public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

/// Why a program did not run to its end.
public struct ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kind of problem.
  public enum Code: Sendable, Hashable {
    /// There is no such program.
    case notFound
    /// It could not be started.
    case spawnFailed
    /// It took too long, and was ended.
    case timedOut
    /// Its output could not be read.
    case inputOutput
  }

  /// Kind of problem.
  public let code: Code
  /// One line for people.
  public let description: String
}
