internal import GRDB
internal import Resources
internal import Store

extension VersionRows {
  /// Reads a part of the resources of a version; only those that differ, if an older one is given.
  func resources(
    of number: VersionNumber, since base: VersionNumber?, _ filter: ResourceFilter,
    _ page: PageRequest
  ) throws -> ResourcePage {
    _ = try find(number)
    if let base { _ = try find(base) }
    // Equal fields are stored once: they have the same id.
    let isDifferent = """
      AND NOT EXISTS (SELECT 1 FROM version_resource o
        WHERE o.environment_id = r.environment_id AND o.version = ?
          AND o.resource_id = r.resource_id AND o.fields_id = r.fields_id AND o.head = r.head
          AND o.attribute_hash = r.attribute_hash)
      """
    let statement = try database.cachedStatement(
      sql: """
        SELECT r.resource_id, r.attribute_hash, r.undeployable, r.head, f.fields
        FROM version_resource r CROSS JOIN resource_fields f ON f.id = r.fields_id
        WHERE r.environment_id = ? AND r.version = ? AND r.resource_id > ?
          \(base == nil ? "" : isDifferent)
        ORDER BY r.resource_id
        """)
    var arguments: StatementArguments = [environment.id, number.column, page.after ?? ""]
    if let base { arguments += [base.column] }
    let cursor = try Row.fetchCursor(statement, arguments: arguments)
    var result = ResourcePage(resources: [], undeployable: [], nextAfter: nil)
    while let row = try cursor.next() {
      let id = try row.resourceID(0)
      guard filter.matches(id) else { continue }
      if result.resources.count == page.limit {
        result.nextAfter = result.resources.last?.id.description
        break
      }
      let head = try decodeColumn(row.bytes(3), as: ResourceHead.self)
      result.resources.append(
        head.resource(id, hash: try row.digest(1), fields: try decodeFields(row.bytes(4))))
      result.undeployable.append(try row.undeployable(2))
    }
    return result
  }
}
