internal import Diagnostics

enum EnvironmentFunctions {
  static let all: [NativeFunction] =
    [
      NativeFunction(
        name: "std::get_env",
        parameters: [.init("name", .string), .init("default_value", .nullable(.string), or: .null)]
      ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
        let name = engine.string(arguments[0])
        if let value = engine.environment.processEnvironment[name] { return engine.datum(value) }
        return engine.missingVariable(name, arguments)
      },
      NativeFunction(
        name: "std::get_env_int",
        parameters: [.init("name", .string), .init("default_value", .nullable(.int), or: .null)],
        replacement: "`int(std::get_env(...))`"
      ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
        let name = engine.string(arguments[0])
        guard let text = engine.environment.processEnvironment[name] else {
          return engine.missingVariable(name, arguments)
        }
        guard let value = PythonText.integer(PythonText.trimmed(text)) else {
          throw engine.failure(
            "environment variable `\(name)` is not an integer", at: arguments.place)
        }
        return engine.program.heap.integer(value)
      },
      NativeFunction(
        name: "std::getfact",
        parameters: [
          .init("resource"), .init("fact_name", .string), .init("default_value", .any, or: .null),
        ]
      ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
        arguments[2] == .null ? engine.program.heap.unknown() : arguments[2]
      },
    ]
    + [
      "environment", "environment_name", "environment_server", "server_ca", "server_ssl",
      "server_port", "server_token", "generate_password", "password", "unique_file", "timestamp",
      "create_fact_reference",
    ].map { name in
      NativeFunction(
        name: "std::\(name)", parameters: [], takesMore: true, takesKeywords: true
      ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
        throw engine.failure(
          "`std::\(name)` is not available: a compile has no server and keeps no state",
          at: arguments.place)
      }
    }
}

extension Engine {
  fileprivate mutating func missingVariable(
    _ name: String, _ arguments: BoundArguments
  ) -> Datum {
    if arguments[1] != .null { return arguments[1] }
    warnings.append(
      Diagnostic(
        DiagnosticCode.unknownEnvironmentVariable.id, .warning,
        title: "environment variable `\(name)` is not set: its value is unknown",
        at: arguments.place.isPresent ? program.places[arguments.place] : nil))
    return program.heap.unknown()
  }
}
