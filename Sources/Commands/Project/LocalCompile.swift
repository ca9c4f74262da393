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
    _ path: String, parseOnly: Bool = false, python: String? = nil
  ) async throws -> CompileResult {
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
    var limits = CompilerLimits()
    limits.relationPrecedence = project.settings?.relationPrecedence ?? []
    let functions = FunctionHost(
      FunctionHostOptions(
        interpreter: interpreter,
        kitFolder: FunctionHostOptions.kitFolder(near: "/proc/self/exe"),
        projectFolder: project.folder, modules: { project.codeFolders() }))
    let compiler = Compiler(
      files: project, limits: limits, environment: variables, functions: functions)
    return await WorkThread.run { parseOnly ? compiler.parse() : compiler.compile() }
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
