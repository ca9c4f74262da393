/// What a kind of finding means: an entry of the page of errors and of `southbound explain`.
public struct ErrorEntry: Sendable, Hashable {
  /// Which part of the work finds it.
  public enum Group: String, CaseIterable, Sendable {
    /// Reading text.
    case syntax = "Syntax"
    /// Modules, names and definitions.
    case definitions = "Definitions"
    /// Values, types and calls while a model runs.
    case values = "Values"
    /// Which value comes when.
    case flow = "Data flow"
    /// Bounds of a compile.
    case limits = "Limits"
  }

  /// The stable name.
  public var id: String
  /// Which part of the work finds it.
  public var group: Group
  /// What it is, in one line.
  public var summary: String
  /// Why it is an error.
  public var explanation: String
  /// What to do.
  public var remedy: String
  /// A model that has this error first; nil when it takes more than one file to show it.
  public var example: String?

  /// The entry as Markdown, headed by its id.
  public var markdown: String {
    var text = "### \(id)\n\n\(summary). \(explanation)\n\n**What to do:** \(remedy)\n"
    if let example { text += "\n```\n\(example)\n```\n" }
    return text
  }
}

/// All kinds of findings that reading and evaluating models make.
public enum ErrorCatalog {
  /// All entries, by group.
  public static let entries: [ErrorEntry] = syntax + definitions + values + flow + limits

  /// Returns the entry of an id; nil if there is none.
  public static func entry(_ id: String) -> ErrorEntry? {
    entries.first { $0.id == id }
  }

  /// Returns the id that is closest to a mistyped one; nil if none is close.
  public static func closestID(to id: String) -> String? {
    Suggestion.closest(to: id, among: entries.map(\.id))
  }

  /// The page of errors.
  public static var page: String {
    var text = """
      # Errors

      Every finding about a model has an id that does not change. `southbound explain ID` prints the
      entry of one. This page is made from the table in `Errors`; the golden files of the tests show
      what each example prints.

      """
    for group in ErrorEntry.Group.allCases {
      text += "\n## \(group.rawValue)\n"
      for entry in entries where entry.group == group { text += "\n" + entry.markdown }
    }
    return text
  }

  static func makeUntyped(
    _ group: ErrorEntry.Group, _ id: String, _ summary: String, _ explanation: String,
    fix remedy: String, _ example: String? = nil
  ) -> ErrorEntry {
    ErrorEntry(
      id: id, group: group, summary: summary, explanation: explanation, remedy: remedy,
      example: example)
  }

  static func make(
    _ group: ErrorEntry.Group, _ code: DiagnosticCode, _ summary: String, _ explanation: String,
    fix remedy: String, _ example: String? = nil
  ) -> ErrorEntry {
    makeUntyped(group, code.rawValue, summary, explanation, fix: remedy, example)
  }
}
