internal import GRDB
public import Resources
public import Store

extension SQLiteStore {
  /// Returns a part of the released version with states.
  public func resourceViews(
    in environment: EnvironmentName, filter: ResourceFilter, page: PageRequest, hasFields: Bool
  ) async throws(StoreError) -> ResourceViewPage {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      var result = ResourceViewPage(
        views: [], nextAfter: nil, version: found.record.releasedVersion)
      guard let active = result.version else { return result }
      let statement = try database.cachedStatement(
        sql: Self.viewQuery(hasFields: hasFields, "r.resource_id > ? ORDER BY r.resource_id"))
      let cursor = try Row.fetchCursor(
        statement, arguments: [found.id, active.column, page.after ?? ""])
      while let row = try cursor.next() {
        let id = try row.resourceID(0)
        guard filter.matches(id) else { continue }
        guard let record = try StateRow.read(id, row, from: 3) else { throw damaged("a state") }
        guard filter.matches(record.state) else { continue }
        if result.views.count == page.limit {
          result.nextAfter = result.views.last?.resource.id.description
          break
        }
        result.views.append(try Self.view(row, record, hasFields: hasFields))
      }
      return result
    }
  }

  private static func viewQuery(hasFields: Bool, _ condition: String) -> String {
    """
    SELECT r.resource_id, r.attribute_hash, r.head, \(StateRow.columns)
      \(hasFields ? ", f.fields" : "")
    FROM version_resource r
    CROSS JOIN resource_state s
      ON s.environment_id = r.environment_id AND s.resource_id = r.resource_id
    \(hasFields ? "CROSS JOIN resource_fields f ON f.id = r.fields_id" : "")
    WHERE r.environment_id = ? AND r.version = ? AND \(condition)
    """
  }

  private static func view(
    _ row: Row, _ record: StateRecord, hasFields: Bool
  ) throws -> ResourceView {
    let head = try decodeColumn(row.bytes(2), as: ResourceHead.self)
    let fields = hasFields ? try decodeFields(row.bytes(15)) : [:]
    return ResourceView(
      resource: head.resource(record.state.id, hash: try row.digest(1), fields: fields),
      state: record.state, undeployable: record.undeployable)
  }

  /// Returns one resource of the released version.
  public func resourceView(
    _ id: ResourceID, in environment: EnvironmentName
  ) async throws(StoreError) -> ResourceView {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      let active = try found.active()
      let statement = try database.cachedStatement(
        sql: Self.viewQuery(hasFields: true, "r.resource_id = ?"))
      guard
        let row = try Row.fetchOne(
          statement, arguments: [found.id, active.column, id.description]),
        let record = try StateRow.read(id, row, from: 3)
      else { throw StoreError(.notFound, "version \(active) has no resource \(id)") }
      return try Self.view(row, record, hasFields: true)
    }
  }

  /// Counts the resources of the released version by compliance.
  public func complianceCounts(
    in environment: EnvironmentName
  ) async throws(StoreError) -> [Compliance: Int] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      let statement = try database.cachedStatement(
        sql: """
          SELECT compliance, COUNT(*) FROM resource_state WHERE environment_id = ?
          GROUP BY compliance
          """)
      var counts: [Compliance: Int] = [:]
      for row in try Row.fetchAll(statement, arguments: [found.id]) {
        counts[try row.named(0, Compliance.self)] = row[1]
      }
      return counts
    }
  }

  /// Returns states of resources of the released version.
  public func states(
    of ids: [ResourceID], in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceState] {
    try await read { database in
      let found = try EnvironmentRow.find(environment, database)
      return try ids.compactMap { try StateRow.find($0, in: found.id, database)?.state }
    }
  }
}
