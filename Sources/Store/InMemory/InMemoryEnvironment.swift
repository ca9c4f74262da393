internal import Resources

/// One environment of ``InMemoryStore``.
struct InMemoryEnvironment: Sendable {
  struct StoredVersion: Sendable {
    var graph: VersionGraph
    var bindings: [HandlerBinding]
    var key: String
    var created: Timestamp
    var released: Timestamp?
    var message: String
  }

  struct StoredChunk: Sendable {
    var number: Int64
    var source: AgentInstanceKey
    var stored: Timestamp
    /// The run; without its entries. Nil for entries that belong to no run.
    var action: ResourceAction?
    var entries: [LogEntry]
  }

  struct FactKey: Hashable, Sendable {
    var resourceID: ResourceID
    var name: String
  }

  struct WishKey: Hashable, Sendable {
    var agent: String
    var mode: DeployMode
    /// Nil for all of the agent.
    var resourceID: ResourceID?
  }

  var record: EnvironmentRecord
  var lastVersion: UInt64 = 0
  var versions: [VersionNumber: StoredVersion] = [:]
  var states: [ResourceID: StateRecord] = [:]
  var instances: [AgentInstanceKey: AgentInstanceRecord] = [:]
  var chunks: [StoredChunk] = []
  var facts: [FactKey: Fact] = [:]
  var wishes: [WishKey: WishNumber] = [:]
  var lastWish: Int64 = 0

  init(record: EnvironmentRecord) { self.record = record }

  func stored(_ number: VersionNumber) throws(StoreError) -> StoredVersion {
    guard let version = versions[number] else {
      throw StoreError(.notFound, "environment \(record.name) has no version \(number)")
    }
    return version
  }

  func describe(_ number: VersionNumber, _ version: StoredVersion) -> VersionRecord {
    VersionRecord(
      environment: record.name, number: number,
      status: VersionStatus(
        of: number, isReleased: version.released != nil, active: record.releasedVersion),
      resourceCount: version.graph.resources.count, created: version.created,
      released: version.released, message: version.message)
  }

  mutating func takeNumber(
    for version: NewVersion
  ) throws(StoreError) -> VersionNumber {
    guard let number = version.number else {
      lastVersion += 1
      guard let number = VersionNumber(lastVersion) else {
        throw StoreError(.internalError, "version numbers are used up")
      }
      return number
    }
    guard number.rawValue <= lastVersion else {
      throw StoreError(
        .failedPrecondition,
        "version \(number) was not reserved, the last reserved one is \(lastVersion)")
    }
    guard versions[number] == nil else {
      throw StoreError(
        .alreadyExists, "environment \(record.name) has a version \(number) already")
    }
    return number
  }

  mutating func release(_ number: VersionNumber, at now: Timestamp) throws(StoreError) {
    var version = try stored(number)
    if let active = record.releasedVersion {
      if active == number { return }
      guard number > active else {
        throw StoreError(
          .failedPrecondition,
          "version \(number) is older than the released version \(active)")
      }
    }
    version.released = now
    versions[number] = version
    record.releasedVersion = number
    var next: [ResourceID: StateRecord] = [:]
    for (resource, undeployable) in zip(version.graph.resources, version.graph.undeployable) {
      next[resource.id] = StateRecord(
        releasing: resource.id, hash: resource.attributeHash, undeployable: undeployable,
        previous: states[resource.id])
    }
    states = next
    facts = facts.filter { next[$0.key.resourceID] != nil }
  }

  mutating func store(
    _ report: AgentReport, firstChunk: Int64, at now: Timestamp
  ) -> [ResourceState] {
    var changed: [ResourceState] = []
    for state in report.states {
      guard var record = states[state.id] else { continue }
      record.apply(state)
      states[state.id] = record
      changed.append(record.state)
    }
    var number = firstChunk
    for var action in report.actions {
      let entries = action.entries
      action.entries = []
      chunks.append(
        StoredChunk(
          number: number, source: report.instance, stored: now, action: action, entries: entries))
      number += 1
    }
    if !report.entries.isEmpty {
      chunks.append(
        StoredChunk(
          number: number, source: report.instance, stored: now, action: nil,
          entries: report.entries))
    }
    for var fact in report.facts where states[fact.resourceID] != nil {
      let validity = Double(record.settings.factValiditySeconds)
      fact.expiry = fact.expires ? now.adding(seconds: validity) : nil
      facts[FactKey(resourceID: fact.resourceID, name: fact.name)] = fact
    }
    return changed
  }

  mutating func removeExpired(at now: Timestamp, _ summary: inout RetentionSummary) {
    let kept = Set(versions.keys.sorted(by: >).prefix(Int(record.settings.versionsKept)))
    for number in versions.keys where !kept.contains(number) && number != record.releasedVersion {
      versions[number] = nil
      summary.versions += 1
    }
    let oldest = now.adding(seconds: -86_400 * Double(record.settings.actionRetentionDays))
    let before = chunks.count
    chunks.removeAll { $0.stored < oldest }
    summary.actions += before - chunks.count
    let factsBefore = facts.count
    facts = facts.filter { $0.value.expiry.map { $0 > now } ?? true }
    summary.facts += factsBefore - facts.count
  }
}
