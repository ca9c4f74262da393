internal import Foundation
internal import GRDB
public import Resources
public import Store

/// Name patterns of an agent as a column.
private struct PatternText: CanonicalCodable {
  var text: String

  init(_ text: String) { self.text = text }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    text = try decoder.decodeString()
  }

  func encode(to encoder: inout CanonicalEncoder) { encoder.encode(text) }
}

extension SQLiteStore {
  private static let instanceColumns = """
    id, instance_id, name_patterns, address, software_version, acknowledged, desired_version,
    last_seen
    """

  private static func instance(_ row: Row) throws -> AgentInstanceRecord {
    let patterns = try decodeColumn(row.bytes(2), PatternText.self).map(\.text)
    return AgentInstanceRecord(
      key: AgentInstanceKey(row[0]),
      hello: AgentHello(
        instanceID: try row.bytes(1), namePatterns: patterns, address: row[3],
        softwareVersion: row[4], acknowledged: UInt64(clamping: row[5] as Int64),
        version: row.version(6)),
      lastSeen: Timestamp(unixNanos: row[7]))
  }

  /// Stores what an instance says of itself.
  public func openInstance(
    _ hello: AgentHello, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> AgentInstanceRecord {
    try await write { database in
      let found = try EnvironmentRow.find(environment, database)
      try database.run(
        """
        INSERT INTO agent_instance (
          environment_id, instance_id, name_patterns, address, software_version, acknowledged,
          desired_version, last_seen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (environment_id, instance_id) DO UPDATE SET
          name_patterns = excluded.name_patterns, address = excluded.address,
          software_version = excluded.software_version,
          acknowledged = MAX(acknowledged, excluded.acknowledged),
          desired_version = excluded.desired_version, last_seen = excluded.last_seen
        """,
        [
          found.id, Data(hello.instanceID), encodeColumn(hello.namePatterns.map(PatternText.init)),
          hello.address, hello.softwareVersion, Int64(clamping: hello.acknowledged),
          hello.version?.column, now.unixNanos,
        ])
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT \(Self.instanceColumns) FROM agent_instance
          WHERE environment_id = ? AND instance_id = ?
          """, arguments: [found.id, Data(hello.instanceID)])
      guard let row else { throw damaged("an agent instance") }
      return try Self.instance(row)
    }
  }

  /// Returns the instances that ever opened a session.
  public func instances(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [AgentInstanceRecord] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      return try Row.fetchAll(
        database,
        sql: """
          SELECT \(Self.instanceColumns) FROM agent_instance WHERE environment_id = ? ORDER BY id
          """, arguments: [found.id]
      ).map(Self.instance)
    }
  }

  /// Notes when instances were last heard of.
  public func noteSeen(_ times: [AgentInstanceKey: Timestamp]) async throws(StoreError) {
    try await write { database in
      for (key, time) in times {
        try database.run(
          "UPDATE agent_instance SET last_seen = ? WHERE id = ?", [time.unixNanos, key.rawValue])
      }
    }
  }

  /// Notes which version's desired state an instance has on disk.
  public func noteDesiredStateStored(
    _ number: VersionNumber, by instance: AgentInstanceKey
  ) async throws(StoreError) {
    try await write { database in
      try database.run(
        "UPDATE agent_instance SET desired_version = ? WHERE id = ?",
        [number.column, instance.rawValue])
    }
  }

  /// Stores a report once.
  public func apply(
    _ report: AgentReport, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> ReportOutcome {
    let runs = try await prepare { report.preparedRuns() }
    return try await write { database in
      let found = try EnvironmentRow.find(environment, database)
      let statement = try database.cachedStatement(
        sql: "SELECT acknowledged FROM agent_instance WHERE environment_id = ? AND id = ?")
      let stored = try Int64.fetchOne(
        statement, arguments: [found.id, report.instance.rawValue])
      guard let stored else {
        throw StoreError(
          .notFound, "environment \(environment) has no agent instance \(report.instance.rawValue)")
      }
      guard try report.isNew(after: UInt64(clamping: stored)) else {
        return ReportOutcome(isNew: false, acknowledged: UInt64(clamping: stored), states: [])
      }
      var states: [ResourceState] = []
      states.reserveCapacity(report.states.count)
      for state in report.states {
        guard var record = try StateRow.find(state.id, in: found.id, database) else { continue }
        record.apply(state)
        try StateRow.update(record, in: found.id, database)
        states.append(record.state)
      }
      for run in runs {
        try run.insert(into: found.id, by: report.instance, at: now, database)
      }
      try Self.store(report.facts, in: found, at: now, database)
      try database.run(
        "UPDATE agent_instance SET acknowledged = ?, last_seen = ? WHERE id = ?",
        [Int64(clamping: report.number), now.unixNanos, report.instance.rawValue])
      return ReportOutcome(isNew: true, acknowledged: report.number, states: states)
    }
  }

  private static func store(
    _ facts: [Fact], in environment: EnvironmentRow, at now: Timestamp, _ database: Database
  ) throws {
    let validity = Double(environment.record.settings.factValiditySeconds)
    for var fact in facts {
      guard try StateRow.find(fact.resourceID, in: environment.id, database) != nil else {
        continue
      }
      fact.expiry = fact.expires ? now.adding(seconds: validity) : nil
      try database.run(
        "INSERT OR REPLACE INTO fact VALUES (?, ?, ?, ?, ?)",
        [
          environment.id, fact.resourceID.description, fact.name, fact.expiry?.unixNanos,
          Data(fact.canonicalBytes),
        ])
    }
  }

  /// Keeps wishes until they are removed.
  public func addPendingTriggers(
    _ triggers: [PendingTrigger], in environment: EnvironmentName
  ) async throws(StoreError) -> WishNumber {
    try await write { database in
      let found = try EnvironmentRow.find(environment, database)
      // Rises also when the wishes before have been removed.
      try database.run("UPDATE environment SET last_wish = last_wish + 1 WHERE id = ?", [found.id])
      let number =
        try Int64.fetchOne(
          database, sql: "SELECT last_wish FROM environment WHERE id = ?", arguments: [found.id])
        ?? 1
      for trigger in triggers {
        let ids = trigger.resourceIDs.map(\.description)
        for id in ids.isEmpty ? [""] : ids {
          try database.run(
            """
            INSERT OR REPLACE INTO pending_trigger
              (environment_id, agent, mode, resource_id, number) VALUES (?, ?, ?, ?, ?)
            """, [found.id, trigger.agent, trigger.mode.rawValue, id, number])
        }
      }
      return WishNumber(number)
    }
  }

  /// Returns the wishes of all agents.
  public func pendingTriggers(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [StoredTrigger] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT agent, mode, number, resource_id FROM pending_trigger
          WHERE environment_id = ? ORDER BY agent, mode, number, resource_id
          """, arguments: [found.id])
      var stored: [StoredTrigger] = []
      while let row = try rows.next() {
        let id = (row[3] as String).isEmpty ? nil : try row.resourceID(3)
        stored.append(row[0], try row.named(1, DeployMode.self), WishNumber(row[2]), id)
      }
      return stored
    }
  }

  /// Removes the wishes of agents that have one of the numbers.
  public func removePendingTriggers(
    _ numbers: Set<WishNumber>, of agents: Set<String>, in environment: EnvironmentName
  ) async throws(StoreError) {
    try await write { database in
      let found = try EnvironmentRow.find(environment, database)
      for agent in agents {
        for number in numbers {
          try database.run(
            "DELETE FROM pending_trigger WHERE environment_id = ? AND agent = ? AND number = ?",
            [found.id, agent, number.rawValue])
        }
      }
    }
  }
}
