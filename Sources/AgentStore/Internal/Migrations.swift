import Foundation
import GRDB
import Resources

/// Steps of the form of the database; named, ordered, never edited.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 first form") { db in
      try db.execute(
        sql: """
          CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
          CREATE TABLE resource (id TEXT PRIMARY KEY, body BLOB NOT NULL);
          CREATE TABLE state (id TEXT PRIMARY KEY, body BLOB NOT NULL);
          CREATE TABLE remote (id TEXT PRIMARY KEY, body BLOB NOT NULL);
          CREATE TABLE memory (id TEXT PRIMARY KEY, flags INTEGER NOT NULL);
          CREATE TABLE unsent_state (id TEXT PRIMARY KEY, body BLOB NOT NULL);
          CREATE TABLE unsent_action (
            number INTEGER PRIMARY KEY AUTOINCREMENT, bytes INTEGER NOT NULL,
            body BLOB NOT NULL, facts BLOB NOT NULL);
          CREATE TABLE unsent_entries (
            number INTEGER PRIMARY KEY AUTOINCREMENT, action INTEGER, level INTEGER NOT NULL,
            count INTEGER NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL);
          CREATE INDEX unsent_entries_level ON unsent_entries (level, number);
          CREATE INDEX unsent_entries_action ON unsent_entries (action);
          CREATE TABLE report (
            number INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, body BLOB NOT NULL);
          """)
    }
    migrator.registerMigration("2 small contents") { db in
      try db.execute(
        sql: "CREATE TABLE content (digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL)")
    }
    return migrator
  }
}

/// Single values.
enum Meta: String {
  case instance, version, bindings, acknowledged, numbered, sequence, halted
  case droppedCount, droppedLevel, spoolBytes

  static func bytes(_ key: Meta, _ db: Database) throws -> [UInt8]? {
    let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?")
    return try Data.fetchOne(statement, arguments: [key.rawValue]).map { [UInt8]($0) }
  }

  static func set(_ key: Meta, bytes: [UInt8], _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)")
      .execute(arguments: [key.rawValue, Data(bytes)])
  }

  static func number(_ key: Meta, _ db: Database) throws -> UInt64 {
    guard let bytes = try bytes(key, db) else { return 0 }
    var decoder = CanonicalDecoder(bytes)
    return try decoder.decodeUInt64()
  }

  static func set(_ key: Meta, _ number: UInt64, _ db: Database) throws {
    var encoder = CanonicalEncoder()
    encoder.encode(number)
    try set(key, bytes: encoder.bytes, db)
  }

  static func instanceID(_ db: Database) throws -> [UInt8] {
    if let bytes = try bytes(.instance, db) { return bytes }
    let drawn = ActionID.random().bytes
    try set(.instance, bytes: drawn, db)
    return drawn
  }
}

/// Tables of canonical bodies by resource id. Table names are constants of this module.
enum Rows {
  static func put<Part: CanonicalCodable>(
    _ table: String, _ parts: some Sequence<(id: ResourceID, part: Part)>, _ db: Database
  ) throws {
    // Not REPLACE: that removes the row, and its place in the index, and makes both anew.
    let sql = """
      INSERT INTO \(table) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body
      """
    let statement = try db.cachedStatement(sql: sql)
    for (id, part) in parts {
      try statement.execute(arguments: [id.description, Data(part.canonicalBytes)])
    }
  }

  static func delete(_ table: String, _ id: ResourceID, _ db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM \(table) WHERE id = ?")
      .execute(arguments: [id.description])
  }

  static func all<Part: CanonicalCodable>(_ table: String, _ db: Database) throws -> [Part] {
    let bodies = try Data.fetchCursor(db, sql: "SELECT body FROM \(table)")
    var parts: [Part] = []
    while let body = try bodies.next() { parts.append(try Part(canonicalBytes: [UInt8](body))) }
    return parts
  }
}
