public import ArgumentParser
internal import Diagnostics
internal import Language
internal import Model
internal import Resources

/// Compiles a project without any service.
public struct CompileCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compile a project here, without any service.",
    discussion: """
      Prints what the model prints on stdout, and diagnostics on stderr. Exits with 0, with 1 if the
      model has errors, with 3 if the project cannot be read.

      Examples:
        southbound compile Sources/Examples/website
        southbound compile --json main.cf
        southbound compile --trace-value web::Host.address main.cf
        southbound compile --limit instances=2000000 main.cf
      """)

  @ArgumentParser.Argument(help: "Folder with project.yml and main.cf, or a single .cf file.")
  var project: String

  @Flag(help: "Print one JSON document with diagnostics, printed text, instances and variables.")
  var json = false

  @Flag(help: "Stop after parsing.")
  var parseOnly = false

  @Option(
    help: """
      Python interpreter that runs the functions of modules; else $SOUTHBOUND_PYTHON, or python3.
      """)
  var python: String?

  @Option(
    help: ArgumentHelp(
      "Print where the values of an attribute came from, assignment by assignment.",
      valueName: "ENTITY.attr"))
  var traceValue: String?

  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "Set a bound of the compile: \(CompilerLimits.names.joined(separator: ", ")).",
      valueName: "NAME=VALUE"))
  var limitSettings: [String] = []

  @Flag(
    name: .customLong("no-std"),
    help: "Import `std` only where a file says so; else every file imports it by itself.")
  var withoutStandardLibrary = false

  /// Makes the command.
  public init() {}

  /// Refuses an attribute or a bound that is written wrongly.
  public func validate() throws {
    if let traceValue, TracedAttribute(traceValue) == nil {
      throw ValidationError(
        "`--trace-value` takes an entity and an attribute as `ns::Entity.attr`, not "
          + "`\(Console.printable(traceValue))`")
    }
    if traceValue != nil, parseOnly {
      throw ValidationError("`--trace-value` needs a whole compile, not `--parse-only`")
    }
    _ = try limits()
  }

  private func limits() throws -> CompilerLimits {
    var limits = CompilerLimits()
    limits.importsStandardLibrary = !withoutStandardLibrary
    for setting in limitSettings {
      do {
        try limits.set(setting)
      } catch {
        throw ValidationError(Console.printable(error.description))
      }
    }
    return limits
  }

  /// Compiles and prints.
  public func run() async throws {
    let result = try await LocalCompile.run(
      project, parseOnly: parseOnly, python: python, limits: limits(),
      tracing: traceValue.flatMap { TracedAttribute($0) })
    ProcessLifetime.keep(result)
    if json {
      Console.out(document(result))
    } else {
      Console.raw(result.printed)
      if let trace = result.trace {
        Console.raw(TraceOutput(trace: trace, sources: result.sources).text)
      }
      LocalCompile.show(result.diagnostics, result.sources)
    }
    guard result.succeeded else { throw ExitStatus.failed }
  }

  /// The document of `--json`. An instance counts for its entity and for all that this extends.
  private func document(_ result: CompileResult) -> String {
    var counts: [String: Int64] = [:]
    for instance in result.model.instances {
      let type = result.model.entityType(of: instance)
      for name in [type.name] + type.ancestors { counts[name, default: 0] += 1 }
    }
    var text = "{\"diagnostics\":"
    LocalCompile.json(result.diagnostics, result.sources).appendJSON(to: &text)
    text += ",\"instances\":"
    Value.map(counts.mapValues { .int($0) }).appendJSON(to: &text)
    text += ",\"printed\":"
    Value.appendJSONString(result.printed, to: &text)
    text += ",\"variables\":{"
    for (index, variable) in result.variables.enumerated() {
      if index > 0 { text += "," }
      Value.appendJSONString(variable.name, to: &text)
      text += ":"
      variable.value.appendJSON(to: &text)
    }
    text += "}"
    if let trace = result.trace {
      text += ",\"trace\":"
      TraceOutput(trace: trace, sources: result.sources).json.appendJSON(to: &text)
    }
    return text + "}"
  }
}

extension CompileResult.VariableValue {
  /// Appends the value as JSON; an instance is `{"entity":"ns::Entity"}`, and an integer beyond 64
  /// bits stands as it is.
  func appendJSON(to text: inout String) {
    switch self {
    case .value(let value): value.appendJSON(to: &text)
    case .instance(_, let entity):
      text += "{\"entity\":"
      Value.appendJSONString(entity, to: &text)
      text += "}"
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.appendJSON(to: &text)
      }
      text += "]"
    case .dictionary(let entries):
      text += "{"
      for (index, key) in entries.keys.sorted(by: Value.keyOrder).enumerated() {
        if index > 0 { text += "," }
        Value.appendJSONString(key, to: &text)
        text += ":"
        entries[key]?.appendJSON(to: &text)
      }
      text += "}"
    case .bigInteger(let digits): text += digits
    }
  }
}
