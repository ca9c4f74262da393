import ArgumentParser
import Commands
import FunctionHost
import LanguageServer
import Launching

/// Serves editors.
struct LanguageServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Serve an editor: the language server of models, on stdin and stdout.",
    discussion: """
      Speaks the Language Server Protocol: diagnostics as you type, definition, references, hover,
      completion, symbols, rename, formatting. Editors start it. A saved
      project is evaluated too, with the functions of its modules, unless --no-evaluate is given.
      Exits with 0 after `shutdown` and `exit`, else with 1.

      Example:
        southbound lsp --python .venv/bin/python
      """)

  @Option(
    help: "The Python interpreter whose installed modules are found, and that runs functions.")
  var python: String?

  @Flag(inversion: .prefixedNo, help: "Evaluate a project when it is saved.")
  var evaluate = true

  func run() async throws {
    let environment = ProcessEnvironment.variables()
    var options = LanguageServer.Options(
      environment: environment,
      interpreter: python ?? environment["SOUTHBOUND_PYTHON"]
        ?? FunctionHostOptions.interpreterDefault,
      version: Launcher.softwareVersion)
    options.evaluates = evaluate
    let status = await LanguageServer.run(input: 0, output: 1, options: options)
    if status != 0 { throw ExitCode(status) }
  }
}
