public import Diagnostics
public import Resources

/// What became of a model: resources, the contents that they name, and what is wrong.
public struct ExportResult: Sendable {
  /// The resources, in order of their ids.
  public var resources: [Resource] = []
  /// Which handler cares for each type, in order of the types.
  public var handlerBindings: [HandlerBinding] = []
  /// Contents that mappings uploaded, by their digest.
  public var contents: [ContentDigest: [UInt8]] = [:]
  /// What is wrong or remarkable, in order of the instances. With an error among them the resources
  /// must not be stored.
  public var findings: [ExportFinding] = []
  /// Number of instances of registered types that were left out: unmanaged, or ignored by a mapping.
  public var ignoredCount = 0

  /// Whether there is an error among the findings.
  public var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

/// Something wrong or remarkable about one instance, at the model line that made it.
public struct ExportFinding: Sendable, Hashable {
  /// Stable name of the kind of finding.
  public var id: Diagnostic.ID
  /// Error or warning.
  public var severity: Diagnostic.Severity
  /// What is wrong: one line, lower case, no final stop.
  public var title: String
  /// Place of the constructor that made the instance.
  public var location: SourceLocation?
  /// Facts that help to understand.
  public var notes: [String]
  /// What to do.
  public var help: [String]

  /// Makes a finding.
  public init(
    _ id: Diagnostic.ID, _ severity: Diagnostic.Severity = .error, _ title: String,
    at location: SourceLocation?, notes: [String] = [], help: [String] = []
  ) {
    self.id = id
    self.severity = severity
    self.title = title
    self.location = location
    self.notes = notes
    self.help = help
  }
}
