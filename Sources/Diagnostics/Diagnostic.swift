/// One finding about what an author wrote: what is wrong, where, and what to do.
///
/// Diagnostics are values: they are collected, never thrown one by one, and rendered last.
public struct Diagnostic: Hashable, Sendable, Error {
  /// The stable name of a kind of finding, such as `unknown-attribute`. Tools and tests may rely on it.
  public struct ID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
  {
    /// The name: lower case words with hyphens.
    public let rawValue: String

    /// Makes an id from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// Makes an id from a literal.
    public init(stringLiteral value: String) {
      rawValue = value
    }

    /// The name.
    public var description: String { rawValue }
  }

  /// How bad a finding is.
  public enum Severity: String, Hashable, Sendable {
    /// The work stops at the end of the phase.
    case error
    /// The work goes on.
    case warning
  }

  /// A further place that belongs to a finding.
  public struct Label: Hashable, Sendable {
    /// The place.
    public var span: SourceSpan
    /// What is there, in a few words.
    public var text: String

    /// Makes a label.
    public init(span: SourceSpan, text: String) {
      self.span = span
      self.text = text
    }
  }

  /// The kind of finding.
  public var id: ID
  /// How bad it is.
  public var severity: Severity
  /// What is wrong: one line, lower case, no final stop.
  public var title: String
  /// The place; nil when the finding has none in any source (a missing project file, for example).
  public var span: SourceSpan?
  /// What is wrong at that place, in a few words; may be empty.
  public var label: String
  /// Other places involved.
  public var labels: [Label]
  /// Facts that help to understand.
  public var notes: [String]
  /// What to do.
  public var help: [String]

  /// Makes a diagnostic.
  public init(
    _ id: ID,
    _ severity: Severity = .error,
    title: String,
    at span: SourceSpan?,
    label: String = "",
    labels: [Label] = [],
    notes: [String] = [],
    help: [String] = []
  ) {
    self.id = id
    self.severity = severity
    self.title = title
    self.span = span
    self.label = label
    self.labels = labels
    self.notes = notes
    self.help = help
  }
}
