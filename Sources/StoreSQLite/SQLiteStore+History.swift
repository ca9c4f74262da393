internal import Foundation
internal import GRDB
public import Resources
public import Store

extension SQLiteStore {
  /// Returns handler runs, newest first.
  public func actions(
    in environment: EnvironmentName, _ query: ActionQuery
  ) async throws(StoreError) -> [StoredAction] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      let statement = try database.cachedStatement(
        sql: """
          SELECT \(RunRow.actionColumns), number\(query.hasEntries ? ", entries" : "") FROM run
          WHERE environment_id = ? AND kind IS NOT NULL
            \(query.resourceID == nil ? "" : "AND resource_id = ?")
            AND started <= ? AND (started < ? OR number < ?) ORDER BY started DESC, number DESC LIMIT ?
          """)
      var arguments: StatementArguments = [found.id]
      if let id = query.resourceID { arguments += [id.description] }
      let started = query.after?.started.unixNanos ?? .max
      arguments += [started, started, query.after?.chunk ?? .max, query.limit]
      return try Row.fetchAll(statement, arguments: arguments).map { row in
        StoredAction(chunk: row[10], action: try RunRow.action(row, hasEntries: query.hasEntries))
      }
    }
  }

  /// Returns the newest entries that a filter lets pass.
  public func logEntries(
    in environment: EnvironmentName, filter: LogFilter, before: Int64?, limit: Int
  ) async throws(StoreError) -> LogPage {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      let statement = try database.cachedStatement(
        sql: """
          SELECT number, instance_id, highest_level, action_id, entries FROM run
          WHERE environment_id = ? AND number < ? ORDER BY number DESC
          """)
      let cursor = try Row.fetchCursor(statement, arguments: [found.id, before ?? .max])
      var newest: [StoredLogEntry] = []
      var chunksRead = 0
      while let row = try cursor.next() {
        let number: Int64 = row[0]
        if newest.count >= limit || chunksRead == LogPage.chunksMax {
          return LogPage(entries: newest.prefix(limit).reversed(), nextBefore: number + 1)
        }
        chunksRead += 1
        if (row[2] as Int) < filter.minimumLevel.rawValue { continue }
        if let wanted = filter.actionID, let id = row[3] as Data?, Array(id) != wanted.bytes {
          continue
        }
        for entry in try decodeColumn(row.bytes(4), LogEntry.self).reversed()
        where filter.matches(entry) {
          newest.append(
            StoredLogEntry(chunk: number, source: AgentInstanceKey(row[1]), entry: entry))
        }
      }
      return LogPage(entries: newest.prefix(limit).reversed(), nextBefore: nil)
    }
  }

  /// Returns facts that are valid.
  public func facts(
    in environment: EnvironmentName, _ query: FactQuery, at now: Timestamp
  ) async throws(StoreError) -> [Fact] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      var arguments: StatementArguments = [found.id]
      if let id = query.resourceID { arguments += [id.description] }
      if let after = query.after { arguments += [after.resourceID.description, after.name] }
      arguments += [now.unixNanos, query.limit]
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT fact FROM fact WHERE environment_id = ?
            \(query.resourceID == nil ? "" : "AND resource_id = ?")
            \(query.after == nil ? "" : "AND (resource_id, name) > (?, ?)")
            AND (expiry IS NULL OR expiry > ?) ORDER BY resource_id, name LIMIT ?
          """, arguments: arguments)
      return try rows.map { try decodeColumn($0.bytes(0), as: Fact.self) }
    }
  }

  /// Removes what is older than the settings say.
  public func removeExpired(at now: Timestamp) async throws(StoreError) -> RetentionSummary {
    try await write { database in
      var summary = RetentionSummary()
      let environments = try Row.fetchAll(
        database, sql: "SELECT \(EnvironmentRow.columns) FROM environment"
      ).map(EnvironmentRow.init)
      for environment in environments {
        try Self.removeExpired(from: environment, at: now, &summary, database)
      }
      let oldest = now.adding(seconds: -RetentionSummary.fileGraceSeconds).unixNanos
      let files = try Int64.fetchAll(
        database,
        sql: """
          SELECT id FROM file f WHERE used < ? AND NOT EXISTS (
            SELECT 1 FROM version_file v WHERE v.digest = f.digest)
          """, arguments: [oldest])
      for file in files {
        try database.run("DELETE FROM file_chunk WHERE file_id = ?", [file])
        try database.run("DELETE FROM file WHERE id = ?", [file])
      }
      summary.files = files.count
      return summary
    }
  }

  private static func removeExpired(
    from environment: EnvironmentRow, at now: Timestamp, _ summary: inout RetentionSummary,
    _ database: Database
  ) throws {
    let settings = environment.record.settings
    let versions = try Int64.fetchAll(
      database,
      sql: """
        SELECT number FROM version WHERE environment_id = ? AND number IS NOT ?
          AND number NOT IN (
            SELECT number FROM version WHERE environment_id = ? ORDER BY number DESC LIMIT ?)
        """,
      arguments: [
        environment.id, environment.record.releasedVersion?.column, environment.id,
        settings.versionsKept,
      ])
    for version in versions { try remove(version, of: environment.id, database) }
    summary.versions += versions.count
    try database.run(
      """
      DELETE FROM resource_fields WHERE environment_id = ? AND id NOT IN (
        SELECT fields_id FROM version_resource WHERE environment_id = ?)
      """, [environment.id, environment.id])
    let oldest = now.adding(seconds: -86_400 * Double(settings.actionRetentionDays)).unixNanos
    try database.run(
      "DELETE FROM run WHERE environment_id = ? AND stored < ?", [environment.id, oldest])
    summary.actions += database.changesCount
    try database.run(
      "DELETE FROM fact WHERE environment_id = ? AND expiry <= ?",
      [environment.id, now.unixNanos])
    summary.facts += database.changesCount
  }
}
