internal import Foundation
internal import GRDB
public import Resources
public import Store

extension SQLiteStore {
  /// Bytes of a file in one row.
  static let fileChunkBytes = 256 << 10

  /// Returns those of the digests that are not stored.
  public func missingFiles(
    of digests: [ContentDigest], at now: Timestamp
  ) async throws(StoreError) -> [ContentDigest] {
    try await write { database in
      var seen: Set<ContentDigest> = []
      var missing: [ContentDigest] = []
      for digest in digests where seen.insert(digest).inserted {
        try database.run(
          "UPDATE file SET used = ? WHERE digest = ?", [now.unixNanos, digest.column])
        if database.changesCount == 0 { missing.append(digest) }
      }
      return missing
    }
  }

  /// Stores contents.
  public func putFiles(_ files: [FileContents], at now: Timestamp) async throws(StoreError) {
    try await write { database in
      for file in files {
        try database.run(
          "INSERT OR IGNORE INTO file (digest, byte_count, used) VALUES (?, ?, ?)",
          [file.digest.column, file.bytes.count, now.unixNanos])
        if database.changesCount == 0 { continue }
        let id = database.lastInsertedRowID
        var rest = file.bytes[...]
        var position = 0
        while !rest.isEmpty {
          try database.run(
            "INSERT INTO file_chunk VALUES (?, ?, ?)",
            [id, position, Data(rest.prefix(Self.fileChunkBytes))])
          rest = rest.dropFirst(Self.fileChunkBytes)
          position += 1
        }
      }
    }
  }

  /// Returns the length of a file in bytes.
  public func fileSize(_ digest: ContentDigest) async throws(StoreError) -> Int? {
    try await read { database in
      try Int.fetchOne(
        database, sql: "SELECT byte_count FROM file WHERE digest = ?", arguments: [digest.column])
    }
  }

  /// Returns the first of these files, up to a size together.
  public func readFiles(
    _ digests: [ContentDigest], bytesMax: Int
  ) async throws(StoreError) -> [FileContents] {
    try await read { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT f.byte_count, c.contents FROM file f LEFT JOIN file_chunk c ON c.file_id = f.id
          WHERE f.digest = ? ORDER BY c.position
          """)
      var found: [FileContents] = []
      var rest = bytesMax
      for digest in digests {
        let rows = try Row.fetchCursor(statement, arguments: [digest.column])
        guard let first = try rows.next(), case let size = first[0] as Int, size <= rest else {
          break
        }
        var bytes = [UInt8](first[1] as Data? ?? Data())
        while let row = try rows.next() { bytes += row[1] as Data }
        guard bytes.count == size else { throw damaged("file \(digest)") }
        rest -= size
        found.append(FileContents(digest: digest, bytes: bytes))
      }
      return found
    }
  }

  /// Returns at most so many bytes of a file.
  public func readFile(
    _ digest: ContentDigest, offset: Int, bytesMax: Int
  ) async throws(StoreError) -> [UInt8] {
    try await read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT id, byte_count FROM file WHERE digest = ?",
        arguments: [digest.column])
      guard let row else { throw StoreError(.notFound, "file \(digest) is not stored") }
      let id: Int64 = row[0]
      let end = min(offset + bytesMax, row[1] as Int)
      guard offset < end else { return [] }
      let chunks = try Row.fetchCursor(
        database,
        sql: """
          SELECT position, contents FROM file_chunk
          WHERE file_id = ? AND position BETWEEN ? AND ? ORDER BY position
          """,
        arguments: [id, offset / Self.fileChunkBytes, (end - 1) / Self.fileChunkBytes])
      var bytes: [UInt8] = []
      bytes.reserveCapacity(end - offset)
      while let chunk = try chunks.next() {
        let start = (chunk[0] as Int) * Self.fileChunkBytes
        let contents = chunk[1] as Data
        bytes.append(
          contentsOf: contents.dropFirst(max(0, offset - start)).prefix(end - max(offset, start)))
      }
      guard bytes.count == end - offset else { throw damaged("file \(digest)") }
      return bytes
    }
  }
}
