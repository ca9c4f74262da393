internal import GRDB

/// The tables, as named steps. A step that was released is never edited: changes are new steps.
enum Migrations {
  static func make() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 environments and versions") { try $0.execute(sql: versions) }
    migrator.registerMigration("2 states and agents") { try $0.execute(sql: states) }
    migrator.registerMigration("3 history and files") { try $0.execute(sql: history) }
    migrator.registerMigration("4 numbers of wishes") { try $0.execute(sql: wishes) }
    return migrator
  }

  private static let wishes = """
    ALTER TABLE environment ADD COLUMN last_wish INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE pending_trigger ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
    """

  private static let versions = """
    CREATE TABLE environment (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      description TEXT NOT NULL,
      deploy_interval_seconds INTEGER NOT NULL,
      repair_interval_seconds INTEGER NOT NULL,
      versions_kept INTEGER NOT NULL,
      action_retention_days INTEGER NOT NULL,
      fact_validity_seconds INTEGER NOT NULL,
      is_protected INTEGER NOT NULL,
      is_halted INTEGER NOT NULL,
      created INTEGER NOT NULL,
      last_version INTEGER NOT NULL,
      released_version INTEGER
    );
    CREATE TABLE version (
      environment_id INTEGER NOT NULL,
      number INTEGER NOT NULL,
      idempotency_key TEXT,
      message TEXT NOT NULL,
      resource_count INTEGER NOT NULL,
      handler_bindings BLOB NOT NULL,
      created INTEGER NOT NULL,
      released INTEGER,
      PRIMARY KEY (environment_id, number)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX version_by_key ON version (environment_id, idempotency_key)
      WHERE idempotency_key IS NOT NULL;
    CREATE TABLE version_resource (
      environment_id INTEGER NOT NULL,
      version INTEGER NOT NULL,
      resource_id TEXT NOT NULL,
      agent TEXT NOT NULL,
      attribute_hash BLOB NOT NULL,
      undeployable INTEGER NOT NULL,
      fields_id INTEGER NOT NULL,
      head BLOB NOT NULL,
      PRIMARY KEY (environment_id, version, resource_id)
    ) WITHOUT ROWID;
    CREATE TABLE resource_fields (
      id INTEGER PRIMARY KEY,
      environment_id INTEGER NOT NULL,
      fields BLOB NOT NULL
    );
    CREATE TABLE version_remote (
      environment_id INTEGER NOT NULL,
      version INTEGER NOT NULL,
      resource_id TEXT NOT NULL,
      agent TEXT NOT NULL,
      PRIMARY KEY (environment_id, version, resource_id, agent)
    ) WITHOUT ROWID;
    CREATE TABLE version_file (
      environment_id INTEGER NOT NULL,
      version INTEGER NOT NULL,
      digest BLOB NOT NULL,
      PRIMARY KEY (environment_id, version, digest)
    ) WITHOUT ROWID;
    CREATE INDEX version_file_by_digest ON version_file (digest);
    """

  private static let states = """
    CREATE TABLE resource_state (
      environment_id INTEGER NOT NULL,
      resource_id TEXT NOT NULL,
      agent TEXT NOT NULL,
      desired_hash BLOB NOT NULL,
      undeployable INTEGER NOT NULL,
      run_compliance TEXT,
      compliance TEXT NOT NULL,
      handler_result TEXT NOT NULL,
      blocked TEXT NOT NULL,
      is_deploying INTEGER NOT NULL,
      version INTEGER,
      attribute_hash BLOB,
      change TEXT NOT NULL,
      time INTEGER,
      message TEXT NOT NULL,
      PRIMARY KEY (environment_id, resource_id)
    ) WITHOUT ROWID;
    CREATE TABLE agent_instance (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      environment_id INTEGER NOT NULL,
      instance_id BLOB NOT NULL,
      name_patterns BLOB NOT NULL,
      address TEXT NOT NULL,
      software_version TEXT NOT NULL,
      acknowledged INTEGER NOT NULL,
      desired_version INTEGER,
      last_seen INTEGER NOT NULL,
      UNIQUE (environment_id, instance_id)
    );
    CREATE TABLE pending_trigger (
      environment_id INTEGER NOT NULL,
      agent TEXT NOT NULL,
      mode TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      PRIMARY KEY (environment_id, agent, mode, resource_id)
    ) WITHOUT ROWID;
    CREATE TABLE fact (
      environment_id INTEGER NOT NULL,
      resource_id TEXT NOT NULL,
      name TEXT NOT NULL,
      expiry INTEGER,
      fact BLOB NOT NULL,
      PRIMARY KEY (environment_id, resource_id, name)
    ) WITHOUT ROWID;
    """

  private static let history = """
    CREATE TABLE run (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      environment_id INTEGER NOT NULL,
      instance_id INTEGER NOT NULL,
      stored INTEGER NOT NULL,
      highest_level INTEGER NOT NULL,
      action_id BLOB,
      resource_id TEXT,
      version INTEGER,
      kind TEXT,
      started INTEGER,
      finished INTEGER,
      result TEXT,
      change TEXT,
      message TEXT,
      changes BLOB,
      entries BLOB NOT NULL
    );
    CREATE INDEX run_by_environment ON run (environment_id);
    CREATE INDEX run_by_start ON run (environment_id, started) WHERE kind IS NOT NULL;
    CREATE INDEX run_by_resource ON run (environment_id, resource_id, started)
      WHERE kind IS NOT NULL;
    CREATE TABLE file (
      id INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE,
      byte_count INTEGER NOT NULL,
      used INTEGER NOT NULL
    );
    CREATE TABLE file_chunk (
      file_id INTEGER NOT NULL,
      position INTEGER NOT NULL,
      contents BLOB NOT NULL,
      PRIMARY KEY (file_id, position)
    );
    """
}
