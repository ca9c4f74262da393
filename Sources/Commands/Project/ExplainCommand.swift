public import ArgumentParser
internal import Language

/// Explains a kind of diagnostic.
public struct ExplainCommand: ParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain an error of a model by its id.",
    discussion: """
      Prints what the id in brackets of a diagnostic means, and what to do; without an id, all ids.
      Exits with 2 if there is no such id.

      Examples:
        southbound explain double-set
        southbound explain
      """)

  @ArgumentParser.Argument(help: "The id, as diagnostics show it in brackets.")
  var id: String?

  /// Makes the command.
  public init() {}

  /// Prints the entry.
  public func run() throws {
    guard let id else {
      for entry in ErrorCatalog.entries { Console.out("\(entry.id): \(entry.summary)") }
      return
    }
    if let entry = ErrorCatalog.entry(id) {
      Console.raw(entry.markdown)
      return
    }
    Console.error("error: there is no diagnostic `\(Console.printable(id))`")
    if let closest = ErrorCatalog.closestID(to: id) {
      Console.error("did you mean `\(closest)`?")
    }
    throw ExitStatus.usage
  }
}
