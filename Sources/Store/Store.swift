public import Resources

/// Keeps everything that the server knows.
///
/// Each function is one transaction: it happens whole or not at all, and what it returned survives
/// the end of the process at any moment. Functions suspend, they never block the caller's thread.
/// An unknown environment is ``StoreError/Code/notFound`` everywhere. Time is given by the caller.
public protocol Store: Sendable {
  // MARK: Environments

  /// Stores a new environment. ``StoreError/Code/alreadyExists`` if the name is taken.
  func createEnvironment(_ environment: EnvironmentRecord) async throws(StoreError)
  /// Returns an environment.
  func environment(_ name: EnvironmentName) async throws(StoreError) -> EnvironmentRecord
  /// Returns all environments, by name.
  func environments() async throws(StoreError) -> [EnvironmentRecord]
  /// Replaces the settings; they are validated.
  func updateSettings(
    _ settings: EnvironmentSettings, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord
  /// Stops deployment, or lets it go on.
  func setHalted(
    _ isHalted: Bool, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord
  /// Removes an environment with everything in it. ``StoreError/Code/failedPrecondition`` if it is
  /// protected.
  func deleteEnvironment(_ name: EnvironmentName) async throws(StoreError)

  // MARK: Versions

  /// Takes the next version number.
  func reserveVersion(in environment: EnvironmentName) async throws(StoreError) -> VersionNumber
  /// Stores a version. Every content that its fields refer to must be stored already.
  func putVersion(
    _ version: NewVersion, at now: Timestamp
  ) async throws(StoreError) -> PutOutcome
  /// Makes a version the desired state; releasing the released one again changes nothing.
  func releaseVersion(
    _ number: VersionNumber, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> VersionRecord
  /// Returns a version.
  func version(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> VersionRecord
  /// Returns versions, newest first.
  func versions(
    in environment: EnvironmentName, before: VersionNumber?, limit: Int
  ) async throws(StoreError) -> [VersionRecord]
  /// Removes a version. ``StoreError/Code/failedPrecondition`` if it is the released one.
  func deleteVersion(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError)
  /// Returns a part of the resources of a version, with their fields, in order of ids.
  func resources(
    of number: VersionNumber, in environment: EnvironmentName, filter: ResourceFilter,
    page: PageRequest
  ) async throws(StoreError) -> ResourcePage
  /// Returns a part of those resources of a version that an older one does not have in exactly the
  /// same form, in order of ids.
  func resources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter, page: PageRequest
  ) async throws(StoreError) -> ResourcePage
  /// Returns the ids of those resources of an older version that are not in a version, in order; nil
  /// if the older one is not stored (any more).
  func removedResources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter
  ) async throws(StoreError) -> [ResourceID]?
  /// Returns the handlers of the types in a version.
  func handlerBindings(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [HandlerBinding]
  /// Returns the names of the agents in a version, with the number of resources of each.
  func agents(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [String: Int]
  /// Returns the agents that require a resource of another agent, by that resource.
  func remoteRequirers(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceID: Set<String>]

  // MARK: State

  /// Returns a part of the released version with states, in order of ids.
  func resourceViews(
    in environment: EnvironmentName, filter: ResourceFilter, page: PageRequest, hasFields: Bool
  ) async throws(StoreError) -> ResourceViewPage
  /// Returns one resource of the released version, with fields and state.
  func resourceView(
    _ id: ResourceID, in environment: EnvironmentName
  ) async throws(StoreError) -> ResourceView
  /// Counts the resources of the released version by compliance.
  func complianceCounts(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [Compliance: Int]
  /// Returns states of resources of the released version; those that are not in it are left out.
  func states(
    of ids: [ResourceID], in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceState]

  // MARK: Agents

  /// Stores what an instance says of itself, and returns it with the last report that is stored.
  func openInstance(
    _ hello: AgentHello, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> AgentInstanceRecord
  /// Returns the instances that ever opened a session.
  func instances(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [AgentInstanceRecord]
  /// Notes when instances were last heard of.
  func noteSeen(_ times: [AgentInstanceKey: Timestamp]) async throws(StoreError)
  /// Notes which version's desired state an instance has on disk.
  func noteDesiredStateStored(
    _ number: VersionNumber, by instance: AgentInstanceKey
  ) async throws(StoreError)
  /// Stores a report once: its contents and its number in one transaction. Facts that expire do so
  /// after the validity time of the environment, counted from `now`.
  func apply(
    _ report: AgentReport, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> ReportOutcome
  /// Keeps wishes until they are removed. All of one call get the number that it returns, which rises
  /// from call to call; what an earlier call asked for in the same words has the newer number then.
  func addPendingTriggers(
    _ triggers: [PendingTrigger], in environment: EnvironmentName
  ) async throws(StoreError) -> WishNumber
  /// Returns the wishes of all agents, in the order of agent, mode and number.
  func pendingTriggers(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [StoredTrigger]
  /// Removes the wishes of agents that have one of the numbers; no effect if there are none.
  func removePendingTriggers(
    _ numbers: Set<WishNumber>, of agents: Set<String>, in environment: EnvironmentName
  ) async throws(StoreError)

  // MARK: History

  /// Returns handler runs, newest first.
  func actions(
    in environment: EnvironmentName, _ query: ActionQuery
  ) async throws(StoreError) -> [StoredAction]
  /// Returns the newest entries that a filter lets pass, before a chunk, oldest first. A page may
  /// hold fewer than `limit` although there are more: see ``LogPage/nextBefore``.
  func logEntries(
    in environment: EnvironmentName, filter: LogFilter, before: Int64?, limit: Int
  ) async throws(StoreError) -> LogPage
  /// Returns facts that are valid, by resource and name.
  func facts(
    in environment: EnvironmentName, _ query: FactQuery, at now: Timestamp
  ) async throws(StoreError) -> [Fact]

  // MARK: Files

  /// Returns those of the digests that are not stored, and notes that the others are in use.
  func missingFiles(
    of digests: [ContentDigest], at now: Timestamp
  ) async throws(StoreError) -> [ContentDigest]
  /// Stores contents whose digests were verified; what is there already stays.
  func putFiles(_ files: [FileContents], at now: Timestamp) async throws(StoreError)
  /// Returns the length of a file in bytes; nil if it is not stored.
  func fileSize(_ digest: ContentDigest) async throws(StoreError) -> Int?
  /// Returns the first of these files, whole and in order, up to a size together: those before the
  /// first that does not fit or is not stored.
  func readFiles(
    _ digests: [ContentDigest], bytesMax: Int
  ) async throws(StoreError) -> [FileContents]
  /// Returns at most so many bytes of a file from an offset; empty at its end.
  func readFile(
    _ digest: ContentDigest, offset: Int, bytesMax: Int
  ) async throws(StoreError) -> [UInt8]

  // MARK: Retention

  /// Removes what is older than the settings of its environment say.
  func removeExpired(at now: Timestamp) async throws(StoreError) -> RetentionSummary
}
