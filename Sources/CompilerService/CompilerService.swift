internal import FunctionHost
public import Logging
internal import ProjectFiles
public import RPCCore

/// The compiler as a service: takes the files of a project, and passes the model on.
public struct CompilerService: Sendable {
  /// The RPC services that it offers, without health and reflection.
  public let rpcServices: [any RPCService]

  /// Makes the service.
  ///
  /// - Parameters:
  ///   - exporter: Channel to the exporter service.
  ///   - environment: Environment variables that models may read.
  ///   - functions: How functions of modules in Python are run; nil runs none.
  ///   - logger: Where its own messages go.
  public init(
    exporter: any RPCChannel, environment: [String: String] = [:],
    functions: FunctionSettings? = nil, logger: Logger
  ) {
    rpcServices = [
      CompilerRPC(
        exporter: exporter, environment: environment, functions: functions, logger: logger)
    ]
  }
}

/// How the compiler runs functions that are written in Python.
public struct FunctionSettings: Sendable {
  /// The interpreter: a path, or a name to look for in the search path.
  public let interpreter: String
  /// Where modules are installed for it.
  public let packageFolders: [String]

  /// Finds out what belongs to an interpreter.
  ///
  /// - Parameters:
  ///   - interpreter: The interpreter; nil for `SOUTHBOUND_PYTHON` of the environment, or `python3`.
  ///   - environment: Environment variables of this process.
  public init(interpreter: String?, environment: [String: String]) {
    self.interpreter =
      interpreter ?? environment["SOUTHBOUND_PYTHON"] ?? FunctionHostOptions.interpreterDefault
    packageFolders = PackageFolders.near(
      interpreter: self.interpreter, searchPath: environment["PATH"] ?? "")
  }
}
