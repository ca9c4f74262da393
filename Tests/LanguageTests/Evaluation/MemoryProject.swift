import Diagnostics
import Language
import Model
import Resources
import Testing

/// A project in memory: a main file, and the files of modules by namespace.
struct MemoryProject: ModuleSource {
  var main: String
  var modules: [String: String] = [:]
  var templates: [String: String] = [:]

  func mainFile() throws(Diagnostic) -> ModelFile {
    ModelFile(path: "main.cf", bytes: Array(main.utf8))
  }

  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    let name = namespace.joined(separator: "::")
    return modules[name].map { ModelFile(path: name + ".cf", bytes: Array($0.utf8)) }
  }

  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? {
    templates["\(module ?? "")/\(path)"].map { ModelFile(path: path, bytes: Array($0.utf8)) }
  }

  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? { nil }

  func moduleNames() -> [String] { modules.keys.sorted() }
}

/// What a model is expected to do.
enum Outcome: Equatable, CustomStringConvertible {
  /// It compiles and prints this.
  case prints(String)
  /// The first error has this id, on this line of the main file.
  case fails(String, line: Int)

  static let compiles = Outcome.prints("")

  var description: String {
    switch self {
    case .prints(let text): "prints \(text.debugDescription)"
    case .fails(let id, let line): "fails with \(id) at line \(line)"
    }
  }
}

/// A model and its expected outcome; `name` says why the row is there.
struct ModelRow: CustomTestStringConvertible, Sendable {
  var name: String
  var model: String
  var outcome: Outcome
  var modules: [String: String] = [:]

  init(
    _ name: String, _ model: String, _ outcome: Outcome, modules: [String: String] = [:]
  ) {
    self.name = name
    self.model = model
    self.outcome = outcome
    self.modules = modules
  }

  var testDescription: String { name }

  /// What the compiler does with the model.
  var actual: Outcome {
    compile(model, modules: modules).outcome
  }
}

func compile(
  _ main: String, modules: [String: String] = [:], templates: [String: String] = [:],
  limits: CompilerLimits = CompilerLimits(), environment: [String: String] = [:]
) -> CompileResult {
  Compiler(
    files: MemoryProject(main: main, modules: modules, templates: templates), limits: limits,
    environment: environment
  ).compile()
}

extension CompileResult {
  var outcome: Outcome {
    guard let error = diagnostics.first(where: { $0.severity == .error }) else {
      return .prints(printed)
    }
    return .fails(error.id.rawValue, line: error.span.map { sources.line(of: $0) } ?? 0)
  }

  /// The value of a variable of the main file; nil if it has none.
  subscript(name: String) -> VariableValue? { variables.first { $0.name == name }?.value }
}
