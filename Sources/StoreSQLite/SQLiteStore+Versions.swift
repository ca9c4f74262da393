internal import GRDB
public import Resources
public import Store

extension SQLiteStore {
  /// Takes the next version number.
  public func reserveVersion(
    in environment: EnvironmentName
  ) async throws(StoreError) -> VersionNumber {
    try await write { database in
      var rows = try VersionRows(environment, database)
      return try rows.reserve()
    }
  }

  /// Stores a version.
  public func putVersion(
    _ version: NewVersion, at now: Timestamp
  ) async throws(StoreError) -> PutOutcome {
    try version.validate()
    // A repeated put answers without looking at its resources again.
    let earlier = try await read {
      try VersionRows(version.environment, $0).find(key: version.idempotencyKey)
    }
    if let earlier { return PutOutcome(version: earlier, isAlreadyStored: true) }
    let prepared = try await prepare { try PreparedVersion(version) }
    return try await write { database in
      var rows = try VersionRows(version.environment, database)
      if let earlier = try rows.find(key: version.idempotencyKey) {
        return PutOutcome(version: earlier, isAlreadyStored: true)
      }
      let number = try rows.put(prepared, at: now)
      if version.isReleased { try rows.release(number, at: now) }
      return PutOutcome(version: try rows.find(number), isAlreadyStored: false)
    }
  }

  /// Makes a version the desired state.
  public func releaseVersion(
    _ number: VersionNumber, in environment: EnvironmentName, at now: Timestamp
  ) async throws(StoreError) -> VersionRecord {
    try await write { database in
      var rows = try VersionRows(environment, database)
      try rows.release(number, at: now)
      return try rows.find(number)
    }
  }

  /// Returns a version.
  public func version(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> VersionRecord {
    try await read { try VersionRows(environment, $0).find(number) }
  }

  /// Returns versions, newest first.
  public func versions(
    in environment: EnvironmentName, before: VersionNumber?, limit: Int
  ) async throws(StoreError) -> [VersionRecord] {
    try await read { database in
      let rows = try VersionRows(environment, database)
      return try Row.fetchAll(
        database,
        sql: """
          SELECT \(VersionRows.columns) FROM version WHERE environment_id = ? AND number < ?
          ORDER BY number DESC LIMIT ?
          """, arguments: [rows.environment.id, before?.column ?? .max, limit]
      ).map(rows.record)
    }
  }

  /// Removes a version.
  public func deleteVersion(
    _ number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) {
    try await write { database in
      let rows = try VersionRows(environment, database)
      _ = try rows.find(number)
      guard rows.environment.record.releasedVersion != number else {
        throw StoreError(.failedPrecondition, "version \(number) is the released one")
      }
      try Self.remove(number.column, of: rows.environment.id, database)
    }
  }

  /// Removes the rows of a version; its fields go with the next retention job.
  static func remove(_ number: Int64, of environment: Int64, _ database: Database) throws {
    for table in ["version_resource", "version_remote", "version_file"] {
      try database.run(
        "DELETE FROM \(table) WHERE environment_id = ? AND version = ?", [environment, number])
    }
    try database.run(
      "DELETE FROM version WHERE environment_id = ? AND number = ?", [environment, number])
  }

  /// Returns a part of the resources of a version.
  public func resources(
    of number: VersionNumber, in environment: EnvironmentName, filter: ResourceFilter,
    page: PageRequest
  ) async throws(StoreError) -> ResourcePage {
    try await read { database in
      let rows = try VersionRows(environment, database)
      return try rows.resources(of: number, since: nil, filter, page)
    }
  }

  /// Returns a part of the resources that differ from those of an older version.
  public func resources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter, page: PageRequest
  ) async throws(StoreError) -> ResourcePage {
    try await read { database in
      let rows = try VersionRows(environment, database)
      return try rows.resources(of: number, since: base, filter, page)
    }
  }

  /// Returns the resources of an older version that are gone.
  public func removedResources(
    of number: VersionNumber, since base: VersionNumber, in environment: EnvironmentName,
    filter: ResourceFilter
  ) async throws(StoreError) -> [ResourceID]? {
    try await read { database in
      let rows = try VersionRows(environment, database)
      _ = try rows.find(number)
      guard try rows.exists(base) else { return nil }
      let statement = try database.cachedStatement(
        sql: """
          SELECT o.resource_id FROM version_resource o
          WHERE o.environment_id = ? AND o.version = ? AND NOT EXISTS (
            SELECT 1 FROM version_resource r WHERE r.environment_id = o.environment_id
              AND r.version = ? AND r.resource_id = o.resource_id)
          ORDER BY o.resource_id
          """)
      let cursor = try Row.fetchCursor(
        statement, arguments: [rows.environment.id, base.column, number.column])
      var removed: [ResourceID] = []
      while let row = try cursor.next() {
        let id = try row.resourceID(0)
        if filter.matches(id) { removed.append(id) }
      }
      return removed
    }
  }

  /// Returns the handlers of the types in a version.
  public func handlerBindings(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [HandlerBinding] {
    try await read { database in
      let rows = try VersionRows(environment, database)
      _ = try rows.find(number)
      let row = try Row.fetchOne(
        database,
        sql: "SELECT handler_bindings FROM version WHERE environment_id = ? AND number = ?",
        arguments: [rows.environment.id, number.column])
      return try decodeColumn(row?.bytes(0) ?? [0], HandlerBinding.self)
    }
  }

  /// Returns the names of the agents in a version, with the number of resources of each.
  public func agents(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [String: Int] {
    try await read { database in
      let rows = try VersionRows(environment, database)
      _ = try rows.find(number)
      let counts = try Row.fetchAll(
        database,
        sql: """
          SELECT agent, COUNT(*) FROM version_resource WHERE environment_id = ? AND version = ?
          GROUP BY agent
          """, arguments: [rows.environment.id, number.column])
      return Dictionary(uniqueKeysWithValues: counts.map { ($0[0] as String, $0[1] as Int) })
    }
  }

  /// Returns the agents that require a resource of another agent, by that resource.
  public func remoteRequirers(
    of number: VersionNumber, in environment: EnvironmentName
  ) async throws(StoreError) -> [ResourceID: Set<String>] {
    try await read { database in
      let rows = try VersionRows(environment, database)
      _ = try rows.find(number)
      let cursor = try Row.fetchCursor(
        database,
        sql: """
          SELECT resource_id, agent FROM version_remote WHERE environment_id = ? AND version = ?
          """, arguments: [rows.environment.id, number.column])
      var result: [ResourceID: Set<String>] = [:]
      while let row = try cursor.next() {
        result[try row.resourceID(0), default: []].insert(row[1])
      }
      return result
    }
  }
}
