public import ArgumentParser
internal import Diagnostics
internal import FunctionHost
internal import Language
internal import LanguageTools
internal import ProjectFiles
internal import Threads

/// Writes reference pages of modules.
public struct DocsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "docs",
    abstract: "Write reference pages of a project's modules as Markdown.",
    discussion: """
      A page for each namespace: entities with attributes, relations, indexes and what they use,
      types, implementations, and functions with their signatures. Without --module, the main file
      and all that it imports but std; without --output, one text on stdout. Exits with 1 if the
      definitions have errors, with 3 if the project cannot be read or a page cannot be written.

      Examples:
        southbound docs Sources/Examples/website
        southbound docs . --module std --output /tmp/pages
      """)

  @ArgumentParser.Argument(help: "Folder with project.yml and main.cf, or a single .cf file.")
  var project: String

  @Option(
    help: ArgumentHelp(
      "Describe this module and what is below, also if the main file does not import it.",
      valueName: "M"))
  var module: String?

  @Option(help: ArgumentHelp("Folder for a file a page; it must exist.", valueName: "DIR"))
  var output: String?

  @Option(
    help: """
      Python interpreter that loads the functions of modules; else $SOUTHBOUND_PYTHON, or python3.
      """)
  var python: String?

  /// Makes the command.
  public init() {}

  /// Refuses what cannot be the name of a module.
  public func validate() throws {
    guard let module else { return }
    let parts = module.split(separator: "::", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { $0 == 0x5F || $0.isLetterOrDigit }
    }
    guard isName, !parts.isEmpty else {
      throw ValidationError("`\(Console.printable(module))` is not the name of a module")
    }
  }

  /// Reads the project and writes the pages.
  public func run() async throws {
    let (reference, diagnostics, sources) = try await LocalCompile.reference(
      project, module: module, python: python)
    LocalCompile.show(diagnostics, sources)
    guard let reference else { throw ExitStatus.failed }
    let pages = reference.modules.filter { isWanted($0.name) }.map { ReferencePage($0) }
    for (index, page) in pages.enumerated() {
      guard let output else {
        Console.raw((index > 0 ? "\n" : "") + page.markdown)
        continue
      }
      let path = "\(output)/\(page.fileName)"
      do {
        try ModelFiles.replace(path, with: Array(page.markdown.utf8))
      } catch {
        throw CommandError(error.title, ExitStatus.environment)
      }
      Console.out(path)
    }
  }

  private func isWanted(_ name: String) -> Bool {
    guard let module else { return name != "std" && !name.hasPrefix("std::") }
    return name == module || name.hasPrefix("\(module)::")
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
  }
}
