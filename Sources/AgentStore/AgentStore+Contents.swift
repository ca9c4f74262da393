internal import Foundation
internal import GRDB
public import Resources
internal import Threads

// File contents. Small ones are rows: a file of its own costs each several calls of the system, and
// many of them a sync of the disk. Large ones are files of the folder.
extension AgentStore {
  /// Largest contents in bytes that are rows of the database.
  static let rowBytesMax = 16 << 10

  /// Finds out which contents are not on the disk.
  ///
  /// - Parameter ids: Their SHA-256.
  /// - Returns: Those that are missing, sorted.
  /// - Throws: ``AgentStoreError``.
  public func missingContents(
    _ ids: Set<ContentDigest>
  ) async throws(AgentStoreError) -> [ContentDigest] {
    guard !ids.isEmpty else { return [] }
    let contents = contents
    return try await read("look for contents") { db in
      let statement = try db.cachedStatement(sql: "SELECT 1 FROM content WHERE digest = ?")
      var missing: [ContentDigest] = []
      for id in ids where try Int.fetchOne(statement, arguments: [Data(id.bytes)]) == nil {
        missing.append(id)
      }
      let existing = try contents.existing(missing)
      missing.removeAll(where: existing.contains)
      return missing.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
  }

  /// Reads contents and verifies them. What was damaged is removed, to be fetched again.
  ///
  /// - Parameter id: Their SHA-256.
  /// - Returns: The bytes; nil if they are not there.
  /// - Throws: ``AgentStoreError`` with `corrupt`.
  public func readContents(_ id: ContentDigest) async throws(AgentStoreError) -> [UInt8]? {
    let row = try await read("read contents") { db in
      let statement = try db.cachedStatement(sql: "SELECT bytes FROM content WHERE digest = ?")
      return try Data.fetchOne(statement, arguments: [Data(id.bytes)]).map { [UInt8]($0) }
    }
    let contents = contents
    guard let row else {
      return try await blocking { () throws(AgentStoreError) in
        contents.contains(id) ? try contents.read(id) : nil
      }
    }
    do { try contents.verify(row, id) } catch {
      try await write("remove damaged contents") { try Self.removeContents(id, $0) }
      throw AgentStoreError(.corrupt, "the contents \(id) were damaged on disk and are removed")
    }
    return row
  }

  /// Keeps contents; they are on the disk when this returns.
  ///
  /// - Parameter files: The contents with the SHA-256 that they must have.
  /// - Throws: ``AgentStoreError`` with `corrupt` if some have another one; `diskFull`.
  public func writeContents(
    _ files: [(id: ContentDigest, bytes: [UInt8])]
  ) async throws(AgentStoreError) {
    let contents = contents
    let rows = files.filter { $0.bytes.count <= Self.rowBytesMax }
    if !rows.isEmpty {
      for row in rows { try contents.verify(row.bytes, row.id) }
      try await write("store contents") { db in
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO content VALUES (?, ?)")
        for row in rows {
          try statement.execute(arguments: [Data(row.id.bytes), Data(row.bytes)])
        }
      }
    }
    let large = files.filter { $0.bytes.count > Self.rowBytesMax }
    guard !large.isEmpty else { return }
    try await blocking { () throws(AgentStoreError) in try contents.write(large) }
  }

  /// Removes contents that nothing names any more.
  ///
  /// - Parameter kept: Digests of those that stay.
  /// - Throws: ``AgentStoreError``.
  public func removeContents(except kept: Set<ContentDigest>) async throws(AgentStoreError) {
    try await write("remove contents") { db in
      var gone: [ContentDigest] = []
      let digests = try Data.fetchCursor(db, sql: "SELECT digest FROM content")
      while let bytes = try digests.next() {
        if let id = ContentDigest(bytes: [UInt8](bytes)), !kept.contains(id) { gone.append(id) }
      }
      for id in gone { try Self.removeContents(id, db) }
    }
    let contents = contents
    try await blocking { () throws(AgentStoreError) in try contents.removeAll(except: kept) }
  }

  private static func removeContents(_ id: ContentDigest, _ db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM content WHERE digest = ?")
      .execute(arguments: [Data(id.bytes)])
  }

  private func read<Result: Sendable>(
    _ doing: String, _ body: @Sendable @escaping (Database) throws -> Result
  ) async throws(AgentStoreError) -> Result {
    do { return try await queue.read(body) } catch {
      throw AgentStoreError(translating: error, doing)
    }
  }

  /// Calls the folder on a thread that may block.
  private func blocking<Success: Sendable>(
    _ body: @Sendable @escaping () throws(AgentStoreError) -> Success
  ) async throws(AgentStoreError) -> Success {
    try await WorkThread.run { Result(catching: body) }.get()
  }
}
