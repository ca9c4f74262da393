public import Resources
internal import Synchronization

/// One run of a handler: what it shall do, and where it says what it did.
///
/// Safe to use from several tasks of the run. No call on it but ``contents(of:)``, the cache and
/// ``checkCancellation()`` can fail.
public final class HandlerContext: Sendable {
  /// The resource as exported.
  public let resource: Resource
  /// Its desired state.
  public let desired: Fields
  /// Why the handler runs.
  public let kind: ActionKind
  /// Identifier of the run.
  public let actionID: ActionID
  /// Version whose desired state is applied.
  public let version: VersionNumber?
  /// Identifier of the handler.
  public let handlerID: String
  /// The cache, as this run sees it.
  public let cache: CacheScope

  private let environment: Environment
  private let journal = Mutex(Journal())
  private let secrets: [String]

  /// What a run needs from outside.
  public struct Environment: Sendable {
    /// The time for log entries.
    public var now: @Sendable () -> Timestamp
    /// Returns file contents by their digest.
    public var contents: @Sendable (ContentDigest) async throws -> [UInt8]
    /// Is told each log entry at once; must return quickly. `sequence` is 0 in them.
    public var onEntry: @Sendable (LogEntry) -> Void
    /// Entries below this level are not made.
    public var minimumLevel: LogLevel

    /// Makes an environment.
    public init(
      now: @escaping @Sendable () -> Timestamp,
      contents: @escaping @Sendable (ContentDigest) async throws -> [UInt8],
      onEntry: @escaping @Sendable (LogEntry) -> Void = { _ in },
      minimumLevel: LogLevel = .trace
    ) {
      self.now = now
      self.contents = contents
      self.onEntry = onEntry
      self.minimumLevel = minimumLevel
    }
  }

  /// What a run leaves behind.
  public struct Journal: Sendable {
    /// Log entries, in order.
    public var entries: [LogEntry] = []
    /// Attributes that differ.
    public var changes: [AttributeChange] = []
    /// What was changed, if the handler or the engine said so.
    public var change: Change?
    /// Facts.
    public var facts: [Fact] = []
    /// Paths that the resource lives in; see ``HandlerContext/persist(_:)``.
    public var paths: [String] = []
    var dropped = LogGap(dropped: 0, highestLevel: .trace, reason: "too many entries in one run")
    var scratch: [String: any Sendable] = [:]
  }

  /// Makes the context of one run.
  ///
  /// - Parameters:
  ///   - resource: The resource.
  ///   - kind: Why the handler runs.
  ///   - actionID: Identifier of the run.
  ///   - version: Version whose desired state is applied.
  ///   - handlerID: Identifier of the handler.
  ///   - cache: The cache that handlers share.
  ///   - environment: Clock, contents, log.
  public init(
    resource: Resource, kind: ActionKind, actionID: ActionID = .random(),
    version: VersionNumber? = nil, handlerID: String, cache: HandlerCache,
    environment: Environment
  ) {
    self.resource = resource
    desired = Fields(id: resource.id, values: resource.fields)
    self.kind = kind
    self.actionID = actionID
    self.version = version
    self.handlerID = handlerID
    self.cache = CacheScope(
      cache: cache, agent: resource.id.agent, handlerID: handlerID, version: version)
    self.environment = environment
    secrets = HandlerContext.secretTexts(in: resource.fields)
  }

  /// Whether the handler must not change anything: in a plan or check, and if the resource is
  /// `report_only`.
  public var isDryRun: Bool {
    kind == .plan || kind == .check || desired["report_only"] == .bool(true)
  }

  /// What the run has left behind so far.
  public var snapshot: Journal {
    journal.withLock { journal in
      var copy = journal
      if copy.dropped.dropped > 0 {
        copy.entries.append(
          LogEntry(
            sequence: 0, time: environment.now(), level: copy.dropped.highestLevel,
            template: "{dropped} log entries were dropped",
            arguments: ["dropped": .int(Int64(clamping: copy.dropped.dropped))],
            text: "\(copy.dropped.dropped) log entries were dropped", agent: resource.id.agent,
            resourceID: resource.id, handlerID: handlerID, actionID: actionID, version: version,
            gap: copy.dropped))
      }
      return copy
    }
  }

  /// Contents of a file that the desired state names.
  ///
  /// - Parameter digest: SHA-256 of the contents.
  /// - Returns: The bytes.
  /// - Throws: If the agent does not have them.
  public func contents(of digest: ContentDigest) async throws -> [UInt8] {
    try await environment.contents(digest)
  }

  /// Stops a run whose time is over.
  ///
  /// - Throws: `CancellationError` if the run was cancelled.
  public func checkCancellation() throws { try Task.checkCancellation() }

  // MARK: - Scratch space

  /// Keeps something from one step of the run to the next.
  public func set(_ name: String, _ value: some Sendable) {
    journal.withLock { $0.scratch[name] = value }
  }

  /// What an earlier step of the run kept.
  ///
  /// - Parameters:
  ///   - name: The name it was kept under.
  ///   - type: Its type.
  /// - Returns: The value; nil if there is none of that type.
  public func get<T: Sendable>(_ name: String, as type: T.Type = T.self) -> T? {
    journal.withLock { $0.scratch[name] as? T }
  }

  // MARK: - Changes

  /// Says that the resource was made. May be said again.
  public func created() { journal.withLock { $0.change = .created } }
  /// Says that the resource was changed. May be said again.
  public func updated() { journal.withLock { $0.change = .updated } }
  /// Says that the resource was removed. May be said again.
  public func purged() { journal.withLock { $0.change = .purged } }

  func created(ifUnset: Bool) { journal.withLock { $0.change = $0.change ?? .created } }
  func updated(ifUnset: Bool) { journal.withLock { $0.change = $0.change ?? .updated } }
  func purged(ifUnset: Bool) { journal.withLock { $0.change = $0.change ?? .purged } }

  /// Records that an attribute differs. The last word on a field holds.
  ///
  /// - Parameters:
  ///   - field: Name of the field.
  ///   - current: What was found.
  ///   - desired: What is desired.
  public func addChange(_ field: String, current: Value?, desired: Value?) {
    addChange(AttributeChange(field: field, current: current, desired: desired))
  }

  /// Records that an attribute differs. The last word on a field holds.
  public func addChange(_ change: AttributeChange) {
    journal.withLock { journal in
      if let index = journal.changes.firstIndex(where: { $0.field == change.field }) {
        journal.changes[index] = change
      } else {
        journal.changes.append(change)
      }
    }
  }

  /// The attributes that differ, as recorded so far.
  public var changes: [AttributeChange] { journal.withLock { $0.changes } }

  // MARK: - Disk

  /// Names a path on this machine that the resource lives in: a file, a folder, a link.
  ///
  /// A state that is reported must survive a loss of power. When the run changed something, or may
  /// have been cut off in changing it, the agent brings what is at the path, and its entry in its
  /// folder, to the disk before it stores the report; many paths together are cheaper than `fsync`
  /// in the handler. If the disk refuses, the run counts as failed. A handler that replaces
  /// something still syncs the new contents before it gives them the name: else a loss of power
  /// may leave neither the old nor the new ones.
  ///
  /// - Parameter path: An absolute path. That it does not exist (any more) is fine.
  /// - Throws: ``HandlerFailure`` if the path is not absolute, or for more than
  ///   ``HandlerLimits/pathsMax`` paths.
  public func persist(_ path: String) throws {
    guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0) else {
      throw HandlerFailure(
        "{path} is not an absolute path: it cannot be brought to the disk",
        ["path": .string(path)], hint: .giveUp)
    }
    let fits = journal.withLock { journal in
      if journal.paths.last == path { return true }
      guard journal.paths.count < HandlerLimits.pathsMax else { return false }
      journal.paths.append(path)
      return true
    }
    guard !fits else { return }
    throw HandlerFailure(
      "the run names more than {limit} paths", ["limit": .int(Int64(HandlerLimits.pathsMax))],
      hint: .giveUp)
  }

  // MARK: - Facts

  /// Reports something found out about the resource. Facts over ``HandlerLimits/factsMax`` are
  /// dropped with a warning.
  ///
  /// - Parameters:
  ///   - name: Name of the fact.
  ///   - value: Its value.
  ///   - expires: Whether it stops being valid after the environment's validity time.
  public func setFact(_ name: String, _ value: Value, expires: Bool = true) {
    let fact = Fact(
      resourceID: resource.id, name: name, value: value, time: environment.now(), expires: expires)
    let isKept = journal.withLock { journal in
      if let index = journal.facts.firstIndex(where: { $0.name == name }) {
        journal.facts[index] = fact
        return true
      }
      guard journal.facts.count < HandlerLimits.factsMax else { return false }
      journal.facts.append(fact)
      return true
    }
    if !isKept {
      warning(
        "fact {name} is dropped: more than {limit} facts",
        ["name": .string(name), "limit": .int(Int64(HandlerLimits.factsMax))])
    }
  }

  // MARK: - Log

  /// Logs one entry: now to whoever watches, and at the end of the run to the server.
  ///
  /// - Parameters:
  ///   - level: Importance.
  ///   - template: The message, constant, with names in braces.
  ///   - arguments: The arguments; copied, secrets in them are redacted.
  ///   - error: An error that belongs to it.
  public func log(
    _ level: LogLevel, _ template: String, _ arguments: [String: Value] = [:],
    error: ErrorInfo? = nil
  ) {
    guard level >= environment.minimumLevel else { return }
    let isKept = secrets.isEmpty && arguments.values.allSatisfy(LogTemplate.isKept)
    let kept = isKept ? arguments : arguments.mapValues { scrubbed(LogTemplate.kept($0)) }
    var error = error
    if !secrets.isEmpty, let info = error {
      error = ErrorInfo(
        type: info.type, message: scrubbed(info.message), causes: info.causes.map(scrubbed))
    }
    let entry = LogEntry(
      sequence: 0, time: environment.now(), level: level, template: scrubbed(template),
      arguments: kept, text: scrubbed(LogTemplate.render(template, arguments: kept)),
      agent: resource.id.agent, resourceID: resource.id, handlerID: handlerID,
      actionID: actionID, version: version, error: error)
    journal.withLock { journal in
      if journal.entries.count < HandlerLimits.entriesMax {
        journal.entries.append(entry)
      } else {
        journal.dropped.dropped += 1
        journal.dropped.highestLevel = max(journal.dropped.highestLevel, level)
      }
    }
    environment.onEntry(entry)
  }

  // MARK: - Secrets

  /// Shortest text that is looked for in log entries: anything shorter would hit by chance.
  private static let secretBytesMin = 4

  private static func secretTexts(in fields: [String: Value]) -> [String] {
    var texts: [String] = []
    func collect(_ value: Value, isSecret: Bool) {
      switch value {
      case .string(let text):
        if isSecret, text.utf8.count >= secretBytesMin { texts.append(text) }
      case .secret(let inner): collect(inner, isSecret: true)
      case .list(let values): for value in values { collect(value, isSecret: isSecret) }
      case .map(let entries), .reference(_, let entries):
        for value in entries.values { collect(value, isSecret: isSecret) }
      case .null, .bool, .int, .double, .bytes, .unknown: break
      }
    }
    for value in fields.values { collect(value, isSecret: false) }
    return texts.sorted { $0.utf8.count > $1.utf8.count }
  }

  /// Replaces the secrets of this resource, so that a handler that took one out of its field does
  /// not show it by accident.
  func scrubbed(_ text: String) -> String {
    guard !secrets.isEmpty else { return text }
    var text = text
    for secret in secrets { text = text.replacingAll(secret, with: Value.redactionMark) }
    return text
  }

  private func scrubbed(_ value: Value) -> Value {
    guard !secrets.isEmpty else { return value }
    switch value {
    case .string(let text): return .string(scrubbed(text))
    case .list(let values): return .list(values.map(scrubbed))
    case .map(let entries): return .map(entries.mapValues(scrubbed))
    case .reference(let type, let arguments):
      return .reference(type: type, arguments: arguments.mapValues(scrubbed))
    case .null, .bool, .int, .double, .bytes, .unknown, .secret: return value
    }
  }
}

extension String {
  fileprivate func replacingAll(_ needle: String, with replacement: String) -> String {
    let text = Array(utf8)
    let pattern = Array(needle.utf8)
    guard pattern.count <= text.count else { return self }
    var output: [UInt8] = []
    var position = 0
    while position < text.count {
      if text[position] == pattern[0], text[position...].starts(with: pattern) {
        output += Array(replacement.utf8)
        position += pattern.count
      } else {
        output.append(text[position])
        position += 1
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
