internal import Foundation
internal import GRDB
internal import Resources
internal import Store

/// A version as rows, made before the transaction begins.
struct PreparedVersion: Sendable {
  struct PreparedResource: Sendable {
    var id: String
    var agent: String
    var hash: Data
    var undeployable: Int
    var head: Data
    var fields: Data
  }

  var version: NewVersion
  var resources: [PreparedResource] = []
  var remote: [(resource: String, agent: String)] = []
  var contents: [ContentDigest] = []

  init(_ version: NewVersion) throws(StoreError) {
    let graph = try VersionGraph(version.resources)
    resources.reserveCapacity(graph.resources.count)
    for (resource, undeployable) in zip(graph.resources, graph.undeployable) {
      var fields = CanonicalEncoder()
      fields.encode(resource.fields)
      resources.append(
        PreparedResource(
          id: resource.id.description, agent: resource.id.agent,
          hash: resource.attributeHash.column, undeployable: undeployable.rawValue,
          head: Data(ResourceHead(of: resource).canonicalBytes), fields: Data(fields.bytes)))
    }
    for (id, agents) in graph.remoteRequirers {
      for agent in agents { remote.append((id.description, agent)) }
    }
    contents = Array(graph.contents)
    self.version = version
    self.version.resources = []
  }
}

/// Reads and writes the rows of versions.
struct VersionRows {
  let database: Database
  var environment: EnvironmentRow

  init(_ name: EnvironmentName, _ database: Database) throws {
    self.database = database
    environment = try EnvironmentRow.find(name, database)
  }

  static let columns = "number, resource_count, created, released, message"

  func record(_ row: Row) throws -> VersionRecord {
    guard let number = row.version(0) else { throw damaged("a version") }
    let released = row.time(3)
    return VersionRecord(
      environment: environment.record.name, number: number,
      status: VersionStatus(
        of: number, isReleased: released != nil, active: environment.record.releasedVersion),
      resourceCount: row[1], created: Timestamp(unixNanos: row[2]), released: released,
      message: row[4])
  }

  func find(_ number: VersionNumber) throws -> VersionRecord {
    let statement = try database.cachedStatement(
      sql: "SELECT \(Self.columns) FROM version WHERE environment_id = ? AND number = ?")
    guard
      let row = try Row.fetchOne(statement, arguments: [environment.id, number.column])
    else {
      throw StoreError(
        .notFound, "environment \(environment.record.name) has no version \(number)")
    }
    return try record(row)
  }

  func exists(_ number: VersionNumber) throws -> Bool {
    let statement = try database.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM version WHERE environment_id = ? AND number = ?)")
    return try Bool.fetchOne(statement, arguments: [environment.id, number.column]) ?? false
  }

  func find(key: String) throws -> VersionRecord? {
    guard !key.isEmpty else { return nil }
    let statement = try database.cachedStatement(
      sql: "SELECT \(Self.columns) FROM version WHERE environment_id = ? AND idempotency_key = ?")
    return try Row.fetchOne(statement, arguments: [environment.id, key]).map(record)
  }

  /// Takes the next number.
  mutating func reserve() throws -> VersionNumber {
    environment.lastVersion += 1
    try database.run(
      "UPDATE environment SET last_version = ? WHERE id = ?",
      [environment.lastVersion, environment.id])
    guard let number = VersionNumber(UInt64(environment.lastVersion)) else {
      throw StoreError(.internalError, "version numbers are used up")
    }
    return number
  }

  /// Checks a reserved number, or takes the next one.
  private mutating func takeNumber(_ number: VersionNumber?) throws -> VersionNumber {
    guard let number else { return try reserve() }
    guard number.rawValue <= UInt64(environment.lastVersion) else {
      throw StoreError(
        .failedPrecondition,
        "version \(number) was not reserved, the last reserved one is \(environment.lastVersion)")
    }
    guard try !exists(number) else {
      throw StoreError(
        .alreadyExists, "environment \(environment.record.name) has a version \(number) already")
    }
    return number
  }

  mutating func put(_ prepared: PreparedVersion, at now: Timestamp) throws -> VersionNumber {
    let version = prepared.version
    for digest in prepared.contents { try check(digest) }
    let newest = try Int64.fetchOne(
      database, sql: "SELECT MAX(number) FROM version WHERE environment_id = ?",
      arguments: [environment.id])
    let number = try takeNumber(version.number)
    try database.run(
      """
      INSERT INTO version (
        environment_id, number, idempotency_key, message, resource_count, handler_bindings, created)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        environment.id, number.column,
        version.idempotencyKey.isEmpty ? nil : version.idempotencyKey, version.message,
        prepared.resources.count, encodeColumn(version.handlerBindings), now.unixNanos,
      ])
    for resource in prepared.resources {
      let fields = try fieldsID(of: resource, newest: newest)
      try database.run(
        """
        INSERT INTO version_resource (
          environment_id, version, resource_id, agent, attribute_hash, undeployable, fields_id, head)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          environment.id, number.column, resource.id, resource.agent, resource.hash,
          resource.undeployable, fields, resource.head,
        ])
    }
    for row in prepared.remote {
      try database.run(
        "INSERT INTO version_remote VALUES (?, ?, ?, ?)",
        [environment.id, number.column, row.resource, row.agent])
    }
    for digest in prepared.contents {
      try database.run(
        "INSERT INTO version_file VALUES (?, ?, ?)",
        [environment.id, number.column, digest.column])
    }
    return number
  }

  private func check(_ digest: ContentDigest) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM file WHERE digest = ?)")
    guard try Bool.fetchOne(statement, arguments: [digest.column]) == true else {
      throw StoreError(.failedPrecondition, "file \(digest) is not stored, upload it first")
    }
  }

  /// Finds the fields of the same resource in the newest version if they are equal, or stores them.
  private func fieldsID(
    of resource: PreparedVersion.PreparedResource, newest: Int64?
  ) throws -> Int64 {
    if let newest {
      let statement = try database.cachedStatement(
        sql: """
          SELECT f.id FROM version_resource r CROSS JOIN resource_fields f ON f.id = r.fields_id
          WHERE r.environment_id = ? AND r.version = ? AND r.resource_id = ? AND f.fields = ?
          """)
      let known = try Int64.fetchOne(
        statement, arguments: [environment.id, newest, resource.id, resource.fields])
      if let known { return known }
    }
    try database.run(
      "INSERT INTO resource_fields (environment_id, fields) VALUES (?, ?)",
      [environment.id, resource.fields])
    return database.lastInsertedRowID
  }

  /// Makes a version the desired state, and computes the states of its resources.
  mutating func release(_ number: VersionNumber, at now: Timestamp) throws {
    if let active = environment.record.releasedVersion {
      if active == number { return }
      guard number > active else {
        _ = try find(number)
        throw StoreError(
          .failedPrecondition, "version \(number) is older than the released version \(active)")
      }
    }
    _ = try find(number)
    try database.run(
      "UPDATE version SET released = ? WHERE environment_id = ? AND number = ?",
      [now.unixNanos, environment.id, number.column])
    try database.run(
      "UPDATE environment SET released_version = ? WHERE id = ?",
      [number.column, environment.id])
    environment.record.releasedVersion = number
    for record in try releasedStates(of: number) {
      try StateRow.write(record, in: environment.id, database)
    }
    for table in ["resource_state", "fact"] {
      try database.run(
        """
        DELETE FROM \(table) WHERE environment_id = ? AND resource_id NOT IN (
          SELECT resource_id FROM version_resource WHERE environment_id = ? AND version = ?)
        """, [environment.id, environment.id, number.column])
    }
  }

  /// The states that a release changes.
  private func releasedStates(of number: VersionNumber) throws -> [StateRecord] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT r.resource_id, r.attribute_hash, r.undeployable, \(StateRow.columns)
        FROM version_resource r
        LEFT JOIN resource_state s
          ON s.environment_id = r.environment_id AND s.resource_id = r.resource_id
        WHERE r.environment_id = ? AND r.version = ?
        """, arguments: [environment.id, number.column])
    var changed: [StateRecord] = []
    while let row = try rows.next() {
      let id = try row.resourceID(0)
      let previous = try StateRow.read(id, row, from: 3)
      let next = StateRecord(
        releasing: id, hash: try row.digest(1), undeployable: try row.undeployable(2),
        previous: previous)
      if next != previous { changed.append(next) }
    }
    return changed
  }
}
