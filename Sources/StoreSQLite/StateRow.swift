internal import Foundation
internal import GRDB
internal import Resources
internal import Store

/// The row of a ``StateRecord``.
enum StateRow {
  /// Columns in the order that ``read(_:_:from:)`` expects; `s` is the table.
  static let columns = """
    s.desired_hash, s.undeployable, s.run_compliance, s.compliance, s.handler_result, s.blocked,
    s.is_deploying, s.version, s.attribute_hash, s.change, s.time, s.message
    """

  /// Reads a record whose columns begin at an index; nil if an outer join found none.
  static func read(_ id: ResourceID, _ row: Row, from first: Int) throws -> StateRecord? {
    guard let compliance = row[first + 3] as String? else { return nil }
    guard let compliance = Compliance(rawValue: compliance) else { throw damaged("a state") }
    let hash = row.hasNull(atIndex: first + 8) ? nil : try row.digest(first + 8)
    let state = ResourceState(
      id: id, compliance: compliance,
      handlerResult: try row.named(first + 4, HandlerResult.self),
      blocked: try row.named(first + 5, Blocked.self), isDeploying: row[first + 6],
      version: row.version(first + 7), attributeHash: hash,
      change: try row.named(first + 9, Change.self), time: row.time(first + 10),
      message: row[first + 11])
    return StateRecord(
      state: state, desiredHash: try row.digest(first),
      undeployable: try row.undeployable(first + 1),
      runCompliance: (row[first + 2] as String?).flatMap(Compliance.init(rawValue:)))
  }

  static func find(
    _ id: ResourceID, in environment: Int64, _ database: Database
  ) throws -> StateRecord? {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(columns) FROM resource_state s WHERE environment_id = ? AND resource_id = ?
        """)
    // By a cursor: a row that is fetched alone is a copy of all its columns.
    let rows = try Row.fetchCursor(statement, arguments: [environment, id.description])
    return try rows.next().flatMap { try read(id, $0, from: 0) }
  }

  static func write(
    _ record: StateRecord, in environment: Int64, _ database: Database
  ) throws {
    let state = record.state
    try database.run(
      """
      INSERT OR REPLACE INTO resource_state (
        environment_id, resource_id, agent, desired_hash, undeployable, run_compliance, compliance,
        handler_result, blocked, is_deploying, version, attribute_hash, change, time, message)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        environment, state.id.description, state.id.agent, record.desiredHash.column,
        record.undeployable.rawValue, record.runCompliance?.rawValue, state.compliance.rawValue,
        state.handlerResult.rawValue, state.blocked.rawValue, state.isDeploying,
        state.version?.column, state.attributeHash?.column, state.change.rawValue,
        state.time?.unixNanos, state.message,
      ])
  }

  /// Writes a record that has a row already: cheaper than replacing the row.
  static func update(
    _ record: StateRecord, in environment: Int64, _ database: Database
  ) throws {
    let state = record.state
    try database.run(
      """
      UPDATE resource_state SET run_compliance = ?, compliance = ?, handler_result = ?,
        blocked = ?, is_deploying = ?, version = ?, attribute_hash = ?, change = ?, time = ?,
        message = ?
      WHERE environment_id = ? AND resource_id = ?
      """,
      [
        record.runCompliance?.rawValue, state.compliance.rawValue, state.handlerResult.rawValue,
        state.blocked.rawValue, state.isDeploying, state.version?.column,
        state.attributeHash?.column, state.change.rawValue, state.time?.unixNanos, state.message,
        environment, state.id.description,
      ])
  }
}
