internal import GRDB
public import Resources
public import Store

extension SQLiteStore {
  /// Tables whose rows belong to an environment.
  private static let environmentTables = [
    "version", "version_resource", "resource_fields", "version_remote", "version_file",
    "resource_state", "agent_instance", "pending_trigger", "fact", "run",
  ]

  /// Stores a new environment.
  public func createEnvironment(_ environment: EnvironmentRecord) async throws(StoreError) {
    let settings = environment.settings
    try settings.validate()
    try await write { database in
      let taken = try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM environment WHERE name = ?)",
        arguments: [environment.name.rawValue])
      guard taken != true else {
        throw StoreError(.alreadyExists, "there is an environment \(environment.name) already")
      }
      try database.run(
        """
        INSERT INTO environment (
          name, description, deploy_interval_seconds, repair_interval_seconds, versions_kept,
          action_retention_days, fact_validity_seconds, is_protected, is_halted, created,
          last_version)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
        """,
        [
          environment.name.rawValue, environment.description, settings.deployIntervalSeconds,
          settings.repairIntervalSeconds, settings.versionsKept, settings.actionRetentionDays,
          settings.factValiditySeconds, settings.isProtected, environment.isHalted,
          environment.created.unixNanos,
        ])
    }
  }

  /// Returns an environment.
  public func environment(
    _ name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord {
    try await read { try EnvironmentRow.find(name, $0).record }
  }

  /// Returns all environments, by name.
  public func environments() async throws(StoreError) -> [EnvironmentRecord] {
    try await read { database in
      try Row.fetchAll(
        database, sql: "SELECT \(EnvironmentRow.columns) FROM environment ORDER BY name"
      ).map { try EnvironmentRow($0).record }
    }
  }

  /// Replaces the settings.
  public func updateSettings(
    _ settings: EnvironmentSettings, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord {
    try settings.validate()
    return try await write { database in
      try database.run(
        """
        UPDATE environment SET deploy_interval_seconds = ?, repair_interval_seconds = ?,
          versions_kept = ?, action_retention_days = ?, fact_validity_seconds = ?,
          is_protected = ?
        WHERE name = ?
        """,
        [
          settings.deployIntervalSeconds, settings.repairIntervalSeconds, settings.versionsKept,
          settings.actionRetentionDays, settings.factValiditySeconds, settings.isProtected,
          name.rawValue,
        ])
      return try EnvironmentRow.find(name, database).record
    }
  }

  /// Stops deployment, or lets it go on.
  public func setHalted(
    _ isHalted: Bool, of name: EnvironmentName
  ) async throws(StoreError) -> EnvironmentRecord {
    try await write { database in
      try database.run(
        "UPDATE environment SET is_halted = ? WHERE name = ?", [isHalted, name.rawValue])
      return try EnvironmentRow.find(name, database).record
    }
  }

  /// Removes an environment.
  public func deleteEnvironment(_ name: EnvironmentName) async throws(StoreError) {
    try await write { database in
      let row = try EnvironmentRow.find(name, database)
      guard !row.record.settings.isProtected else {
        throw StoreError(.failedPrecondition, "environment \(name) is protected from deletion")
      }
      for table in Self.environmentTables {
        try database.run("DELETE FROM \(table) WHERE environment_id = ?", [row.id])
      }
      try database.run("DELETE FROM environment WHERE id = ?", [row.id])
    }
  }
}
