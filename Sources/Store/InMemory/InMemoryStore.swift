public import Resources

/// A store that forgets everything at its end: the double for tests, and the reference for what the
/// lasting stores do.
public actor InMemoryStore: Store {
  struct StoredFile: Sendable {
    var bytes: [UInt8]
    var used: Timestamp
  }

  var known: [EnvironmentName: InMemoryEnvironment] = [:]
  var files: [ContentDigest: StoredFile] = [:]
  var nextChunk: Int64 = 1
  var nextInstance: Int64 = 1

  /// Starts empty.
  public init() {}

  func find(_ name: EnvironmentName) throws(StoreError) -> InMemoryEnvironment {
    guard let environment = known[name] else {
      throw StoreError(.notFound, "there is no environment \(name)")
    }
    return environment
  }

  // MARK: Environments

  /// Stores a new environment.
  public func createEnvironment(_ environment: EnvironmentRecord) async throws(StoreError) {
    try environment.settings.validate()
    guard known[environment.name] == nil else {
      throw StoreError(.alreadyExists, "there is an environment \(environment.name) already")
    }
    var record = environment
    record.releasedVersion = nil
    known[environment.name] = InMemoryEnvironment(record: record)
  }

  /// Returns an environment.
  public func environment(
    _ name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord { try find(name).record }

  /// Returns all environments, by name.
  public func environments() async throws(StoreError) -> [EnvironmentRecord] {
    known.values.map(\.record).sorted { $0.name < $1.name }
  }

  /// Replaces the settings.
  public func updateSettings(
    _ settings: EnvironmentSettings, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord {
    try settings.validate()
    var environment = try find(name)
    environment.record.settings = settings
    known[name] = environment
    return environment.record
  }

  /// Stops deployment, or lets it go on.
  public func setHalted(
    _ isHalted: Bool, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord {
    var environment = try find(name)
    environment.record.isHalted = isHalted
    known[name] = environment
    return environment.record
  }

  /// Removes an environment.
  public func deleteEnvironment(_ name: EnvironmentName) async throws(StoreError) {
    guard try !find(name).record.settings.isProtected else {
      throw StoreError(.failedPrecondition, "environment \(name) is protected from deletion")
    }
    known[name] = nil
  }

  // MARK: Versions

  /// Takes the next version number.
  public func reserveVersion(
    in environment: EnvironmentName
  ) async throws(StoreError) -> VersionNumber {
    var found = try find(environment)
    found.lastVersion += 1
    known[environment] = found
    guard let number = VersionNumber(found.lastVersion) else {
      throw StoreError(.internalError, "version numbers are used up")
    }
    return number
  }

  /// Stores a version.
  public func putVersion(
    _ version: NewVersion, at now: Timestamp
  ) async throws(StoreError) -> PutOutcome {
    try version.validate()
    var found = try find(version.environment)
    if !version.idempotencyKey.isEmpty,
      let earlier = found.versions.first(where: { $0.value.key == version.idempotencyKey })
    {
      return PutOutcome(
        version: found.describe(earlier.key, earlier.value), isAlreadyStored: true)
    }
    let graph = try VersionGraph(version.resources)
    if let missing = graph.contents.first(where: { files[$0] == nil }) {
      throw StoreError(.failedPrecondition, "file \(missing) is not stored, upload it first")
    }
    let number = try found.takeNumber(for: version)
    found.versions[number] = InMemoryEnvironment.StoredVersion(
      graph: graph, bindings: version.handlerBindings, key: version.idempotencyKey, created: now,
      released: nil, message: version.message)
    if version.isReleased { try found.release(number, at: now) }
    known[version.environment] = found
    return PutOutcome(
      version: found.describe(number, try found.stored(number)), isAlreadyStored: false)
  }

  /// Makes a version the desired state.
  public func releaseVersion(
    _ number: VersionNumber, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> VersionRecord {
    var found = try find(environment)
    try found.release(number, at: now)
    known[environment] = found
    return found.describe(number, try found.stored(number))
  }

  /// Returns a version.
  public func version(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> VersionRecord {
    let found = try find(environment)
    return found.describe(number, try found.stored(number))
  }

  /// Returns versions, newest first.
  public func versions(
    in environment: EnvironmentName, before: VersionNumber?, limit: Int
  ) async throws(StoreError) -> [VersionRecord] {
    let found = try find(environment)
    return found.versions.sorted { $0.key > $1.key }
      .filter { version in before.map { version.key < $0 } ?? true }
      .prefix(limit).map { found.describe($0.key, $0.value) }
  }

  /// Removes a version.
  public func deleteVersion(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) {
    var found = try find(environment)
    _ = try found.stored(number)
    guard found.record.releasedVersion != number else {
      throw StoreError(.failedPrecondition, "version \(number) is the released one")
    }
    found.versions[number] = nil
    known[environment] = found
  }

  /// Returns a part of the resources of a version.
  public func resources(
    of number: VersionNumber, in environment: EnvironmentName, filter: ResourceFilter,
    page: PageRequest
  ) async throws(StoreError) -> ResourcePage {
    resources(of: try find(environment).stored(number).graph, filter, page) { _ in true }
  }

  /// Returns a part of the resources that differ from those of an older version.
  public func resources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter, page: PageRequest
  ) async throws(StoreError) -> ResourcePage {
    let found = try find(environment)
    let old = Set(try found.stored(base).graph.resources)
    return resources(of: try found.stored(number).graph, filter, page) { !old.contains($0) }
  }

  /// Returns the resources of an older version that are gone.
  public func removedResources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter
  ) async throws(StoreError) -> [ResourceID]? {
    let found = try find(environment)
    let present = Set(try found.stored(number).graph.resources.map(\.id))
    return found.versions[base]?.graph.resources.map(\.id)
      .filter { filter.matches($0) && !present.contains($0) }
  }

  private func resources(
    of graph: VersionGraph, _ filter: ResourceFilter, _ page: PageRequest,
    where isWanted: (Resource) -> Bool
  ) -> ResourcePage {
    var result = ResourcePage(resources: [], undeployable: [], nextAfter: nil)
    for (resource, undeployable) in zip(graph.resources, graph.undeployable) {
      if let after = page.after, !Value.keyOrder(after, resource.id.description) { continue }
      guard filter.matches(resource.id), isWanted(resource) else { continue }
      if result.resources.count == page.limit {
        result.nextAfter = result.resources.last?.id.description
        break
      }
      result.resources.append(resource)
      result.undeployable.append(undeployable)
    }
    return result
  }

  /// Returns the handlers of the types in a version.
  public func handlerBindings(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [HandlerBinding] {
    try find(environment).stored(number).bindings
  }

  /// Returns the names of the agents in a version, with the number of resources of each.
  public func agents(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [String: Int] {
    let graph = try find(environment).stored(number).graph
    return Dictionary(graph.resources.map { ($0.id.agent, 1) }, uniquingKeysWith: +)
  }

  /// Returns the agents that require a resource of another agent, by that resource.
  public func remoteRequirers(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceID: Set<String>] {
    try find(environment).stored(number).graph.remoteRequirers
  }
}
