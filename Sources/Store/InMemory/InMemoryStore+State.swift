public import Resources

extension InMemoryStore {
  // MARK: State

  /// Returns a part of the released version with states.
  public func resourceViews(
    in environment: EnvironmentName, filter: ResourceFilter, page: PageRequest, hasFields: Bool
  ) async throws(StoreError) -> ResourceViewPage {
    let found = try find(environment)
    guard let active = found.record.releasedVersion else {
      return ResourceViewPage(views: [], nextAfter: nil, version: nil)
    }
    var result = ResourceViewPage(views: [], nextAfter: nil, version: active)
    for var resource in try found.stored(active).graph.resources {
      if let after = page.after, !Value.keyOrder(after, resource.id.description) { continue }
      guard let record = found.states[resource.id], filter.matches(record.state) else { continue }
      if result.views.count == page.limit {
        result.nextAfter = result.views.last?.resource.id.description
        break
      }
      if !hasFields { resource.fields = [:] }
      result.views.append(
        ResourceView(
          resource: resource, state: record.state, undeployable: record.undeployable))
    }
    return result
  }

  /// Returns one resource of the released version.
  public func resourceView(
    _ id: ResourceID, in environment: EnvironmentName
  ) async throws(StoreError) -> ResourceView {
    let found = try find(environment)
    guard let active = found.record.releasedVersion else {
      throw StoreError(.notFound, "environment \(environment) has no released version")
    }
    guard let record = found.states[id],
      let resource = try found.stored(active).graph.resources.first(where: { $0.id == id })
    else { throw StoreError(.notFound, "version \(active) has no resource \(id)") }
    return ResourceView(
      resource: resource, state: record.state, undeployable: record.undeployable)
  }

  /// Counts the resources of the released version by compliance.
  public func complianceCounts(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [Compliance: Int] {
    let states = try find(environment).states.values
    return Dictionary(states.map { ($0.state.compliance, 1) }, uniquingKeysWith: +)
  }

  /// Returns states of resources of the released version.
  public func states(
    of ids: [ResourceID], in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceState] {
    let found = try find(environment)
    return ids.compactMap { found.states[$0]?.state }
  }

  // MARK: Agents

  /// Stores what an instance says of itself.
  public func openInstance(
    _ hello: AgentHello, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> AgentInstanceRecord {
    var found = try find(environment)
    let earlier = found.instances.values.first { $0.hello.instanceID == hello.instanceID }
    let key = earlier?.key ?? AgentInstanceKey(nextInstance)
    if earlier == nil { nextInstance += 1 }
    var hello = hello
    hello.acknowledged = max(hello.acknowledged, earlier?.hello.acknowledged ?? 0)
    let record = AgentInstanceRecord(key: key, hello: hello, lastSeen: now)
    found.instances[key] = record
    known[environment] = found
    return record
  }

  /// Returns the instances that ever opened a session.
  public func instances(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [AgentInstanceRecord] {
    try find(environment).instances.values.sorted { $0.key.rawValue < $1.key.rawValue }
  }

  /// Notes when instances were last heard of.
  public func noteSeen(_ times: [AgentInstanceKey: Timestamp]) async throws(StoreError) {
    for name in known.keys {
      for (key, time) in times { known[name]?.instances[key]?.lastSeen = time }
    }
  }

  /// Notes which version's desired state an instance has on disk.
  public func noteDesiredStateStored(
    _ number: VersionNumber, by instance: AgentInstanceKey
  ) async throws(StoreError) {
    for name in known.keys { known[name]?.instances[instance]?.hello.version = number }
  }

  /// Stores a report once.
  public func apply(
    _ report: AgentReport, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> ReportOutcome {
    var found = try find(environment)
    guard var instance = found.instances[report.instance] else {
      throw StoreError(
        .notFound, "environment \(environment) has no agent instance \(report.instance.rawValue)")
    }
    guard try report.isNew(after: instance.hello.acknowledged) else {
      return ReportOutcome(
        isNew: false, acknowledged: instance.hello.acknowledged, states: [])
    }
    let states = found.store(report, firstChunk: nextChunk, at: now)
    nextChunk += Int64(report.actions.count + 1)
    instance.hello.acknowledged = report.number
    instance.lastSeen = now
    found.instances[report.instance] = instance
    known[environment] = found
    return ReportOutcome(isNew: true, acknowledged: report.number, states: states)
  }

  /// Keeps wishes until they are removed.
  public func addPendingTriggers(
    _ triggers: [PendingTrigger], in environment: EnvironmentName
  ) async throws(StoreError) -> WishNumber {
    var found = try find(environment)
    found.lastWish += 1
    let number = WishNumber(found.lastWish)
    for trigger in triggers {
      for id in trigger.resourceIDs.isEmpty ? [nil] : trigger.resourceIDs.map(Optional.some) {
        let key = InMemoryEnvironment.WishKey(
          agent: trigger.agent, mode: trigger.mode, resourceID: id)
        found.wishes[key] = number
      }
    }
    known[environment] = found
    return number
  }

  /// Returns the wishes of all agents.
  public func pendingTriggers(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [StoredTrigger] {
    let sorted = try find(environment).wishes.sorted { first, second in
      let (a, b) = (first.key, second.key)
      return (a.agent, a.mode.rawValue, first.value.rawValue, a.resourceID?.description ?? "")
        < (b.agent, b.mode.rawValue, second.value.rawValue, b.resourceID?.description ?? "")
    }
    var stored: [StoredTrigger] = []
    for (key, number) in sorted {
      stored.append(key.agent, key.mode, number, key.resourceID)
    }
    return stored
  }

  /// Removes the wishes of agents that have one of the numbers.
  public func removePendingTriggers(
    _ numbers: Set<WishNumber>, of agents: Set<String>, in environment: EnvironmentName
  ) async throws(StoreError) {
    var found = try find(environment)
    found.wishes = found.wishes.filter { key, number in
      !(numbers.contains(number) && agents.contains(key.agent))
    }
    known[environment] = found
  }

  // MARK: History

  /// Returns handler runs, newest first.
  public func actions(
    in environment: EnvironmentName, _ query: ActionQuery
  ) async throws(StoreError) -> [StoredAction] {
    var runs: [StoredAction] = []
    for chunk in try find(environment).chunks {
      guard var action = chunk.action else { continue }
      if let id = query.resourceID, action.resourceID != id { continue }
      if let after = query.after,
        (action.started, chunk.number) >= (after.started, after.chunk)
      {
        continue
      }
      if query.hasEntries { action.entries = chunk.entries }
      runs.append(StoredAction(chunk: chunk.number, action: action))
    }
    let newest = runs.sorted { ($0.action.started, $0.chunk) > ($1.action.started, $1.chunk) }
    return Array(newest.prefix(query.limit))
  }

  /// Returns the newest entries that a filter lets pass.
  public func logEntries(
    in environment: EnvironmentName, filter: LogFilter, before: Int64?, limit: Int
  ) async throws(StoreError) -> LogPage {
    let chunks = try find(environment).chunks.filter { chunk in
      before.map { chunk.number < $0 } ?? true
    }
    var newest: [StoredLogEntry] = []
    for (read, chunk) in chunks.reversed().enumerated() {
      if newest.count >= limit || read == LogPage.chunksMax {
        return LogPage(
          entries: newest.prefix(limit).reversed(), nextBefore: chunk.number + 1)
      }
      for entry in chunk.entries.reversed() where filter.matches(entry) {
        newest.append(StoredLogEntry(chunk: chunk.number, source: chunk.source, entry: entry))
      }
    }
    return LogPage(entries: newest.prefix(limit).reversed(), nextBefore: nil)
  }

  /// Returns facts that are valid.
  public func facts(
    in environment: EnvironmentName, _ query: FactQuery, at now: Timestamp
  ) async throws(StoreError) -> [Fact] {
    let valid = try find(environment).facts.values.filter { fact in
      (query.resourceID.map { fact.resourceID == $0 } ?? true)
        && (query.after.map { $0.precedes(fact.key) } ?? true)
        && (fact.expiry.map { $0 > now } ?? true)
    }
    return Array(valid.sorted { $0.key.precedes($1.key) }.prefix(query.limit))
  }

  // MARK: Files

  /// Returns those of the digests that are not stored.
  public func missingFiles(
    of digests: [ContentDigest], at now: Timestamp
  ) async throws(StoreError) -> [ContentDigest] {
    var missing: [ContentDigest] = []
    var seen: Set<ContentDigest> = []
    for digest in digests where seen.insert(digest).inserted {
      if files[digest] == nil { missing.append(digest) } else { files[digest]?.used = now }
    }
    return missing
  }

  /// Stores contents.
  public func putFiles(_ files: [FileContents], at now: Timestamp) async throws(StoreError) {
    for file in files { self.files[file.digest] = StoredFile(bytes: file.bytes, used: now) }
  }

  /// Returns the length of a file in bytes.
  public func fileSize(_ digest: ContentDigest) async throws(StoreError) -> Int? {
    files[digest]?.bytes.count
  }

  /// Returns the first of these files, up to a size together.
  public func readFiles(
    _ digests: [ContentDigest], bytesMax: Int
  ) async throws(StoreError) -> [FileContents] {
    var found: [FileContents] = []
    var bytes = 0
    for digest in digests {
      guard let file = files[digest], bytes + file.bytes.count <= bytesMax else { break }
      bytes += file.bytes.count
      found.append(FileContents(digest: digest, bytes: file.bytes))
    }
    return found
  }

  /// Returns at most so many bytes of a file.
  public func readFile(
    _ digest: ContentDigest, offset: Int, bytesMax: Int
  ) async throws(StoreError) -> [UInt8] {
    guard let file = files[digest] else {
      throw StoreError(.notFound, "file \(digest) is not stored")
    }
    return Array(file.bytes.dropFirst(offset).prefix(bytesMax))
  }

  // MARK: Retention

  /// Removes what is older than the settings say.
  public func removeExpired(at now: Timestamp) async throws(StoreError) -> RetentionSummary {
    var summary = RetentionSummary()
    var named: Set<ContentDigest> = []
    for name in known.keys {
      known[name]?.removeExpired(at: now, &summary)
      for version in known[name]?.versions.values.map(\.graph.contents) ?? [] {
        named.formUnion(version)
      }
    }
    let oldest = now.adding(seconds: -RetentionSummary.fileGraceSeconds)
    for (digest, file) in files where file.used < oldest && !named.contains(digest) {
      files[digest] = nil
      summary.files += 1
    }
    return summary
  }
}
