public import Resources

/// File contents by their SHA-256, each a file of its own.
///
/// A file has its name only when all of it is on the disk; what a crash left behind is removed at
/// the next start. Calls block; they belong on a thread that may.
public struct ContentFolder: Sendable {
  private let folder: String
  private let digest: @Sendable ([UInt8]) -> ContentDigest

  /// Opens the folder, makes it if needed, and removes what a crash left behind.
  init(
    _ folder: String, digest: @escaping @Sendable ([UInt8]) -> ContentDigest
  ) throws(AgentStoreError) {
    self.folder = folder
    self.digest = digest
    try Syscalls.makeFolder(folder)
    for name in try Syscalls.fileNames(in: folder) where name.hasSuffix(".part") {
      Syscalls.remove("\(folder)/\(name)")
    }
  }

  /// Whether contents are there.
  ///
  /// - Parameter id: Their SHA-256.
  /// - Returns: Whether a file of that name exists; reading verifies it.
  public func contains(_ id: ContentDigest) -> Bool { Syscalls.exists(path(id)) }

  /// Those of some contents that are there.
  ///
  /// - Parameter ids: Their SHA-256.
  /// - Returns: Those whose files exist; reading verifies them.
  /// - Throws: ``AgentStoreError`` if the folder cannot be listed.
  func existing(_ ids: [ContentDigest]) throws(AgentStoreError) -> Set<ContentDigest> {
    // The list of all names is cheaper than to look at many of them.
    guard ids.count > 16 else { return Set(ids.filter(contains)) }
    let names = Set(try Syscalls.fileNames(in: folder))
    return names.isEmpty ? [] : Set(ids.filter { names.contains($0.hex) })
  }

  /// Reads contents and verifies them. A file that was damaged is removed, to be fetched again.
  ///
  /// - Parameter id: Their SHA-256.
  /// - Returns: The bytes.
  /// - Throws: ``AgentStoreError`` with `missing` or `corrupt`.
  public func read(_ id: ContentDigest) throws(AgentStoreError) -> [UInt8] {
    let bytes = try Syscalls.read(path(id))
    guard digest(bytes) == id else {
      Syscalls.remove(path(id))
      throw AgentStoreError(.corrupt, "the contents \(id) were damaged on disk and are removed")
    }
    return bytes
  }

  /// Keeps contents; they are on the disk when this returns.
  ///
  /// - Parameters:
  ///   - bytes: The contents.
  ///   - id: The SHA-256 that they must have.
  /// - Throws: ``AgentStoreError`` with `corrupt` if they have another one; `diskFull`.
  public func write(_ bytes: [UInt8], as id: ContentDigest) throws(AgentStoreError) {
    try verify(bytes, id)
    let part = "\(path(id)).part"
    do throws(AgentStoreError) {
      try Syscalls.write(bytes, to: part)
      try Syscalls.rename(part, to: path(id))
      try Syscalls.syncNames(in: folder)
    } catch {
      Syscalls.remove(part)
      throw error
    }
  }

  /// Keeps many contents with one sync of the disk for all of them; they are on the disk when this
  /// returns. Those that are there already are left alone.
  ///
  /// - Parameter files: The contents with their SHA-256.
  /// - Throws: ``AgentStoreError`` as ``write(_:as:)`` does.
  public func write(_ files: [(id: ContentDigest, bytes: [UInt8])]) throws(AgentStoreError) {
    guard files.count > 1 else {
      for file in files { try write(file.bytes, as: file.id) }
      return
    }
    let parts = files.map { "\(path($0.id)).part" }
    do throws(AgentStoreError) {
      for (file, part) in zip(files, parts) {
        try verify(file.bytes, file.id)
        try Syscalls.write(file.bytes, to: part, syncing: false)
      }
      try Syscalls.syncAll(in: folder)
      for (file, part) in zip(files, parts) { try Syscalls.rename(part, to: path(file.id)) }
      try Syscalls.syncNames(in: folder)
    } catch {
      for part in parts { Syscalls.remove(part) }
      throw error
    }
  }

  /// Removes contents that nothing names any more.
  ///
  /// - Parameter kept: Digests of those that stay.
  /// - Throws: ``AgentStoreError`` if the folder cannot be listed.
  public func removeAll(except kept: Set<ContentDigest>) throws(AgentStoreError) {
    for name in try Syscalls.fileNames(in: folder) {
      guard let id = ContentDigest(hex: name), !kept.contains(id) else { continue }
      Syscalls.remove("\(folder)/\(name)")
    }
  }

  /// Throws `corrupt` if contents that arrived are not those that were asked for.
  func verify(_ bytes: [UInt8], _ id: ContentDigest) throws(AgentStoreError) {
    guard digest(bytes) == id else {
      throw AgentStoreError(.corrupt, "what arrived as the contents \(id) is something else")
    }
  }

  private func path(_ id: ContentDigest) -> String { "\(folder)/\(id.hex)" }
}
