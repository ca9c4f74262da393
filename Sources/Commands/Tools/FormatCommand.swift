public import ArgumentParser
internal import Diagnostics
internal import LanguageTools
internal import ProjectFiles
internal import Threads

/// Gives model files the common form.
public struct FormatCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Give model files the common form.",
    discussion: """
      Changes white space, and commas before closing brackets; comments stay, and the text parses to
      the same tree. Prints the names of the files that changed. Files with syntax errors are left
      alone. Exits with 1 if a file has errors, or if --check finds a file that would change.

      Examples:
        southbound fmt Sources/Examples/website
        southbound fmt --check main.cf libs
        southbound fmt --stdin < main.cf
      """)

  @ArgumentParser.Argument(help: "Files, and folders whose .cf files are formatted.")
  var paths: [String] = []

  @Flag(help: "Change nothing; print the names of the files that would change.")
  var check = false

  @Flag(help: "Format stdin to stdout.")
  var stdin = false

  /// Makes the command.
  public init() {}

  /// Checks that there is something to format.
  public func validate() throws {
    guard stdin == paths.isEmpty else {
      throw ValidationError(stdin ? "--stdin takes no paths" : "name a file or a folder")
    }
  }

  /// Formats.
  public func run() async throws {
    var isClean = true
    do {
      if stdin {
        isClean = await format("<stdin>", Self.readInput())
      } else {
        for path in try paths.flatMap({ try ModelFiles.paths(at: $0) }) {
          let isDone = await format(path, try ModelFiles.contents(of: path))
          isClean = isClean && isDone
        }
      }
    } catch let problem as Diagnostic {
      throw CommandError(problem.title, ExitStatus.environment)
    }
    guard isClean else { throw ExitStatus.failed }
  }

  /// Formats one file. Returns false if it has errors, or would change under `--check`.
  private func format(_ path: String, _ bytes: [UInt8]) async -> Bool {
    var map = SourceMap()
    let source = map.add(path: path, bytes: bytes)
    let outcome = await WorkThread.run {
      Result { () throws(Formatter.Failure) in try Formatter.format(source) }
    }
    switch outcome {
    case .failure(.syntax(let diagnostics)):
      LocalCompile.show(diagnostics, map)
      return false
    case .failure(.changesMeaning):
      Console.error("error: \(path) is left alone: formatting would have changed its meaning")
      return false
    case .success(let text): return deliver(text, path, isChanged: Array(text.utf8) != bytes)
    }
  }

  private func deliver(_ text: String, _ path: String, isChanged: Bool) -> Bool {
    if stdin, !check {
      Console.raw(text)
      return true
    }
    guard isChanged else { return true }
    Console.out(Console.printable(path))
    guard !check else { return false }
    do {
      try ModelFiles.replace(path, with: Array(text.utf8))
      return true
    } catch {
      Console.error("error: \(error.title)")
      return false
    }
  }

  private static func readInput() -> [UInt8] {
    var bytes: [UInt8] = []
    while let line = readLine(strippingNewline: false) { bytes += Array(line.utf8) }
    return bytes
  }
}
