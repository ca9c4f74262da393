public import Resources

/// Brings the resources of one type into their desired state.
///
/// One value serves all resources of the type in an agent process, several at the same time; it
/// keeps nothing between runs but what it puts into the cache. The agent calls, in this order:
/// `pre`, `apply`, after it `reload` if an event asks for it, and always `post`. Whatever is thrown
/// fails (or skips) this one resource and no other. Most handlers are a ``CRUDHandler``.
public protocol Handler: Sendable {
  /// Brings the resource into its desired state. In a dry run it only records the changes that it
  /// would make.
  ///
  /// - Parameter context: The run: desired state, log, changes, cache.
  /// - Throws: ``SkipResource``, ``SkipForDependencies``, ``HandlerFailure`` or any error.
  func apply(_ context: HandlerContext) async throws

  /// Runs first, also before facts are collected.
  func pre(_ context: HandlerContext) async throws

  /// Runs last, whatever happened. Its errors are logged and change nothing.
  func post(_ context: HandlerContext) async throws

  /// Whether the resource reacts to events of what it requires.
  func canReload(_ context: HandlerContext) -> Bool

  /// Reacts to an event: something that this resource requires was changed since its last
  /// successful run. Runs only if this run did not fail, and never in a dry run.
  func doReload(_ context: HandlerContext) async throws

  /// Finds out facts and hands them to ``HandlerContext/setFact(_:_:expires:)``.
  func facts(_ context: HandlerContext) async throws

  /// Longest time of one run; then its task is cancelled and the run has failed.
  ///
  /// - Parameter desired: The desired state.
  /// - Returns: The time.
  func timeLimit(_ desired: Fields) -> Duration
}

/// Names and sizes of the limits of handler runs.
public enum HandlerLimits {
  /// Longest time of a run of a handler that names none: 5 minutes.
  public static let runTimeDefault: Duration = .seconds(300)
  /// Most log entries that a run keeps; the rest is counted in a record of missing entries.
  public static let entriesMax = 10_000
  /// Most facts that a run may set.
  public static let factsMax = 1_000
  /// Most paths that a run may name; see ``HandlerContext/persist(_:)``.
  public static let pathsMax = 100_000
}

extension Handler {
  /// Does nothing.
  public func pre(_ context: HandlerContext) async throws {}
  /// Does nothing.
  public func post(_ context: HandlerContext) async throws {}
  /// Says no.
  public func canReload(_ context: HandlerContext) -> Bool { false }
  /// Does nothing.
  public func doReload(_ context: HandlerContext) async throws {}
  /// Finds none.
  public func facts(_ context: HandlerContext) async throws {}
  /// Gives ``HandlerLimits/runTimeDefault``.
  public func timeLimit(_ desired: Fields) -> Duration { HandlerLimits.runTimeDefault }
}

/// A handler that reads, creates, updates and deletes; the engine compares and decides.
///
/// | read says | desired | call |
/// | --- | --- | --- |
/// | absent | present | `create` |
/// | absent | absent | none, no change |
/// | present | absent | `delete` |
/// | present, differs | present | `update` |
/// | present, equal | present | none, no change |
public protocol CRUDHandler: Handler {
  /// Finds out the current state.
  ///
  /// - Parameters:
  ///   - context: The run.
  ///   - current: A copy of the desired state with `purged` false; what is left alone counts as
  ///     equal.
  /// - Throws: ``ResourcePurged`` if the resource does not exist (or set `current.purged`).
  func read(_ context: HandlerContext, _ current: inout Fields) async throws

  /// Makes the resource.
  func create(_ context: HandlerContext, _ desired: Fields) async throws

  /// Changes the resource.
  ///
  /// - Parameters:
  ///   - context: The run.
  ///   - changes: What differs, by field.
  ///   - desired: The desired state.
  /// - Throws: What keeps it from being changed; the resource has failed, or is skipped.
  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws

  /// Removes the resource.
  func delete(_ context: HandlerContext, _ desired: Fields) async throws

  /// Compares the current with the desired state.
  ///
  /// - Parameters:
  ///   - context: The run.
  ///   - current: As found.
  ///   - desired: As desired.
  /// - Returns: The fields that differ, sorted by name.
  /// - Throws: What keeps them from being compared.
  func calculateDiff(
    _ context: HandlerContext, current: Fields, desired: Fields
  ) throws -> [AttributeChange]
}

extension CRUDHandler {
  /// Compares field by field; a desired null means that the field is not managed.
  public func calculateDiff(
    _ context: HandlerContext, current: Fields, desired: Fields
  ) throws -> [AttributeChange] {
    Self.differences(current: current, desired: desired)
  }

  /// The default comparison: every field of the desired state that is not null and differs.
  ///
  /// - Parameters:
  ///   - current: As found.
  ///   - desired: As desired.
  /// - Returns: The fields that differ, sorted by name.
  public static func differences(current: Fields, desired: Fields) -> [AttributeChange] {
    var changes: [AttributeChange] = []
    for (field, value) in desired.values where value != .null {
      let found = current.values[field]
      if found != value {
        changes.append(AttributeChange(field: field, current: found, desired: value))
      }
    }
    return changes.count < 2
      ? changes : changes.sorted { Value.keyOrder($0.field, $1.field) }
  }

  /// Reads, compares, and calls what the difference asks for.
  public func apply(_ context: HandlerContext) async throws {
    let desired = context.desired
    var current = desired
    current.purged = false
    do {
      try await read(context, &current)
    } catch is ResourcePurged {
      current.purged = true
    }
    if current.purged {
      guard !desired.purged else { return }
      context.addChange("purged", current: true, desired: false)
      guard !context.isDryRun else { return }
      try await create(context, desired)
      context.created(ifUnset: true)
      return
    }
    if desired.purged {
      context.addChange("purged", current: false, desired: true)
      guard !context.isDryRun else { return }
      try await delete(context, desired)
      context.purged(ifUnset: true)
      return
    }
    let changes = try calculateDiff(context, current: current, desired: desired)
    guard !changes.isEmpty else { return }
    for change in changes { context.addChange(change) }
    guard !context.isDryRun else { return }
    let byField = Dictionary(changes.map { ($0.field, $0) }) { _, last in last }
    try await update(context, byField, desired)
    context.updated(ifUnset: true)
  }
}
