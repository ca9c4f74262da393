internal import Foundation
internal import GRDB
internal import Resources
internal import Store

/// A handler run with its entries, or entries that belong to none, as the row of a chunk.
struct RunRow: Sendable {
  var action: ResourceAction?
  var changes: Data?
  var entries: Data
  var highestLevel: Int

  init(_ action: ResourceAction?, _ entries: [LogEntry]) {
    self.action = action
    self.action?.entries = []
    changes = action.map { encodeColumn($0.changes) }
    self.entries = encodeColumn(entries)
    // Records of missing entries pass every filter.
    highestLevel =
      entries.map { ($0.gap == nil ? $0.level : .critical).rawValue }.max() ?? 0
  }

  func insert(
    into environment: Int64, by instance: AgentInstanceKey, at now: Timestamp,
    _ database: Database
  ) throws {
    try database.run(
      """
      INSERT INTO run (
        environment_id, instance_id, stored, highest_level, action_id, resource_id, version, kind,
        started, finished, result, change, message, changes, entries)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        environment, instance.rawValue, now.unixNanos, highestLevel,
        action.map { Data($0.id.bytes) }, action?.resourceID.description,
        action?.version?.column, action?.kind.rawValue, action?.started.unixNanos,
        action?.finished.unixNanos, action?.result.rawValue, action?.change.rawValue,
        action?.message, changes, entries,
      ])
  }

  static let actionColumns = """
    action_id, resource_id, version, kind, started, finished, result, change, message, changes
    """

  static func action(_ row: Row, hasEntries: Bool) throws -> ResourceAction {
    guard let id = ActionID(bytes: try row.bytes(0)) else { throw damaged("a handler run") }
    return ResourceAction(
      id: id, resourceID: try row.resourceID(1), version: row.version(2),
      kind: try row.named(3, ActionKind.self), started: Timestamp(unixNanos: row[4]),
      finished: Timestamp(unixNanos: row[5]), result: try row.named(6, HandlerResult.self),
      change: try row.named(7, Change.self),
      changes: try decodeColumn(row.bytes(9), AttributeChange.self), message: row[8],
      entries: hasEntries ? try decodeColumn(row.bytes(11), LogEntry.self) : [])
  }
}

extension AgentReport {
  /// The rows that the report becomes.
  func preparedRuns() -> [RunRow] {
    var runs = actions.map { RunRow($0, $0.entries) }
    if !entries.isEmpty { runs.append(RunRow(nil, entries)) }
    return runs
  }
}
