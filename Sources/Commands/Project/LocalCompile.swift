internal import Diagnostics
internal import FunctionHost
internal import Language
internal import ProjectFiles
internal import Resources
internal import Threads

#if canImport(Glibc)
  internal import Glibc
#endif

/// Compiles a project in this process, without any service.
enum LocalCompile {
  /// Compiles, or only parses, on a thread of its own.
  ///
  /// - Throws: `CommandError` with the environment's status if the project cannot be read.
  static func run(
    _ path: String, parseOnly: Bool = false, python: String? = nil,
    limits: CompilerLimits = CompilerLimits(), tracing target: TracedAttribute? = nil
  ) async throws -> CompileResult {
    let compiler = try compiler(path, python: python, limits: limits) { $0 }
    return await WorkThread.run {
      parseOnly ? compiler.parse() : compiler.compile(tracing: target)
    }
  }

  /// Reads what the modules of a project define; with a module, that one instead of the main file.
  ///
  /// - Throws: `CommandError` with the environment's status if the project cannot be read.
  static func reference(
    _ path: String, module: String?, python: String?
  ) async throws -> (ModelReference?, [Diagnostic], SourceMap) {
    let compiler = try compiler(path, python: python, limits: CompilerLimits()) { project in
      guard let module else { return project }
      return ImportingSource(project: project, module: module)
    }
    return await WorkThread.run {
      let found = compiler.reference()
      return (found.reference, found.diagnostics, found.sources)
    }
  }

  private static func compiler(
    _ path: String, python: String?, limits: CompilerLimits,
    source: (Project) -> any ModuleSource
  ) throws -> Compiler {
    let variables = ProcessEnvironment.variables()
    let interpreter =
      python ?? variables["SOUTHBOUND_PYTHON"] ?? FunctionHostOptions.interpreterDefault
    let project: Project
    do {
      project = try Project.open(
        path,
        packageFolders: PackageFolders.near(
          interpreter: interpreter, searchPath: variables["PATH"] ?? ""))
      _ = try project.mainFile()
    } catch {
      let lines = [error.title] + error.notes + error.help.map { "  help: \($0)" }
      throw CommandError(lines.joined(separator: "\n"), ExitStatus.environment)
    }
    var limits = limits
    limits.relationPrecedence = project.settings?.relationPrecedence ?? []
    let functions = FunctionHost(
      FunctionHostOptions(
        interpreter: interpreter,
        kitFolder: FunctionHostOptions.kitFolder(near: "/proc/self/exe"),
        projectFolder: project.folder, modules: { project.codeFolders() }))
    return Compiler(
      files: source(project), limits: limits, environment: variables, functions: functions)
  }

  /// Prints diagnostics on stderr.
  static func show(_ diagnostics: [Diagnostic], _ sources: SourceMap) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(map: sources, usesColor: Console.isErrorTerminal)
    Console.error(renderer.render(diagnostics))
  }

  static func json(_ diagnostics: [Diagnostic], _ sources: SourceMap) -> Value {
    .list(
      diagnostics.map { diagnostic in
        let record = DiagnosticRecord(diagnostic, in: sources)
        return [
          "id": .string(record.id), "severity": .string(record.severity),
          "message": .string(record.message), "file": .string(record.file),
          "line": .int(Int64(record.line)), "column": .int(Int64(record.column)),
          "endLine": .int(Int64(record.endLine)), "endColumn": .int(Int64(record.endColumn)),
        ]
      })
  }
}

/// A project whose main file does nothing but import a module.
private struct ImportingSource: ModuleSource {
  let project: Project
  let module: String

  func mainFile() throws(Diagnostic) -> ModelFile {
    ModelFile(path: "--module \(module)", bytes: Array("import \(module)\n".utf8))
  }

  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    try project.modelFile(of: namespace)
  }

  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? {
    try project.content(kind, path: path, module: module)
  }

  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? {
    try project.listFiles(path: path, module: module)
  }

  func moduleNames() -> [String] { project.moduleNames() }
}

/// The environment variables of this process.
public enum ProcessEnvironment {
  /// Returns them by name; what is not UTF-8 is repaired.
  public static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      unsafe next += 1
    }
    return variables
  }
}
