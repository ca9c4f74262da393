public import ArgumentParser
internal import Diagnostics
internal import Exporting
internal import Language
internal import Resources
internal import SouthboundKit
internal import StandardHandlers

/// Exports a project without any service.
public struct ExportCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Compile a project here and print its resources; store nothing.",
    discussion: """
      The output is sorted and the same, byte for byte, from run to run.

      Example:
        southbound export Sources/Examples/website --json
      """)

  @ArgumentParser.Argument(help: "Folder with project.yml and main.cf, or a single .cf file.")
  var project: String

  @Flag(help: "Print the whole resources as one JSON document.")
  var json = false

  /// Makes the command.
  public init() {}

  /// Exports and prints.
  public func run() async throws {
    let compiled = try await LocalCompile.run(project)
    ProcessLifetime.keep(compiled)
    if !json { Console.raw(compiled.printed) }
    LocalCompile.show(compiled.diagnostics, compiled.sources)
    guard compiled.succeeded else { throw ExitStatus.failed }
    let registry = try IntegrationRegistry([.standard])
    let result = ModelExport.run(compiled.model, with: registry)
    ProcessLifetime.keep(result)
    LocalCompile.show(
      result.findings.map { $0.diagnostic(in: compiled.sources) }, compiled.sources)
    guard !result.hasErrors else { throw ExitStatus.failed }
    if json {
      Console.out(Value.list(result.resources.map(ExportCommand.json)).json)
    } else {
      for resource in result.resources { Console.out(Console.printable(resource.id.description)) }
    }
  }

  private static func json(_ resource: Resource) -> Value {
    [
      "id": .string(resource.id.description), "fields": .map(resource.fields.mapValues(\.redacted)),
      "requires": .list(resource.requires.map { .string($0.description) }),
      "attribute_hash": .string(resource.attributeHash.hex),
      "unknown_fields": .list(resource.unknownFields.map { .string($0) }),
      "origin": resource.origin.map { .string("\($0.file):\($0.line)") } ?? .null,
    ]
  }
}

extension ExportFinding {
  /// The finding as a diagnostic about a file of the compile.
  func diagnostic(in sources: SourceMap) -> Diagnostic {
    Diagnostic(
      id, severity, title: title, at: location.flatMap { sources.span(at: $0) }, notes: notes,
      help: help)
  }
}
