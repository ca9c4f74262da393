internal import CLinux
internal import Digest
internal import Glibc
internal import Resources

// Files and links come to their places whole.
extension Syscalls {
  /// Owner and permissions of a file that is about to be put in its place.
  struct Attributes: Sendable {
    var owner: UInt32?
    var group: UInt32?
    var mode: UInt32?

    /// While a file is written nobody else may read what will be private.
    var firstMode: mode_t { mode == nil ? 0o644 : 0o600 }
  }

  /// Puts contents in the place of a path in one step: whoever opens it sees the old or the new
  /// contents, whole. After an error the old ones are there, and no temporary file.
  ///
  /// What takes the place of something is on the disk before it gets the name: a file system may
  /// put the rename on the disk before the contents, and after a loss of power neither the old nor
  /// the new ones would be there. What takes nobody's place is not synced here, but by the agent,
  /// together with much else, before it reports it: until then it is not said to be there, and is
  /// written again after a loss of power. The kernel tells the two apart, in the same step.
  static func replace(
    _ path: String, with contents: [UInt8], _ attributes: Attributes, isNew: Bool
  ) throws(SystemError) {
    if isNew, try createUnnamed(path, contents, attributes) { return }
    let temporary = temporaryPath(for: path)
    let file = try createNew(temporary, mode: attributes.firstMode)
    var isInPlace = false
    do {
      try fill(file, path, contents, attributes)
      if isNew { isInPlace = try takeFreeName(temporary, path) }
      if !isInPlace { _ = try repeating("fsync", path) { fsync(file) } }
    } catch {
      _ = Glibc.close(file)
      unsafe unlink(temporary)
      throw error
    }
    do { try close(file, path) } catch {
      if !isInPlace { unsafe unlink(temporary) }
      throw error
    }
    if !isInPlace { try moveIntoPlace(temporary, path) }
  }

  /// Writes a file that has no name, and gives it one that nothing has: the folder changes once, and
  /// a loss of power leaves nothing behind. False if something has the name, or the file system
  /// knows no such files; why a file cannot be made at all is said by the other way.
  private static func createUnnamed(
    _ path: String, _ contents: [UInt8], _ attributes: Attributes
  ) throws(SystemError) -> Bool {
    let file = unsafe southbound_open_unnamed(folder(of: path), attributes.firstMode)
    guard file >= 0 else { return false }
    do {
      try fill(file, path, contents, attributes)
      guard unsafe southbound_link_unnamed(file, path) == 0 else {
        _ = Glibc.close(file)
        return false
      }
    } catch {
      _ = Glibc.close(file)
      throw error
    }
    try close(file, path)
    return true
  }

  private static func fill(
    _ file: Int32, _ path: String, _ contents: [UInt8], _ attributes: Attributes
  ) throws(SystemError) {
    try writeAll(file, path, contents)
    if attributes.owner != nil || attributes.group != nil {
      _ = try repeating("chown", path) {
        fchown(file, attributes.owner ?? .max, attributes.group ?? .max)
      }
    }
    // After chown, which clears the set-id bits.
    if let mode = attributes.mode { _ = try repeating("chmod", path) { fchmod(file, mode) } }
  }

  /// Gives a file a name that nothing has; false if something has it, or the file system cannot
  /// tell.
  private static func takeFreeName(
    _ temporary: String, _ path: String
  ) throws(SystemError) -> Bool {
    do {
      _ = try repeating("rename", path) { unsafe southbound_rename_new(temporary, path) }
      return true
    } catch {
      guard error.number == EEXIST || error.number == EINVAL || error.number == ENOSYS else {
        throw error
      }
      return false
    }
  }

  /// Puts a symbolic link in the place of a path in one step.
  static func replaceLink(_ path: String, pointingTo target: String) throws(SystemError) {
    let temporary = temporaryPath(for: path)
    do {
      _ = try repeating("symlink", path) { unsafe symlink(target, temporary) }
    } catch {
      guard error.number == EEXIST else { throw error }
      try remove(temporary)
      _ = try repeating("symlink", path) { unsafe symlink(target, temporary) }
    }
    try moveIntoPlace(temporary, path)
  }

  private static func moveIntoPlace(_ temporary: String, _ path: String) throws(SystemError) {
    do {
      _ = try repeating("rename", path) { unsafe rename(temporary, path) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }

  /// In the same folder, so that a rename replaces in one step. The same name each time, so that
  /// what a power cut left behind is found and removed by the next run.
  static func temporaryPath(for path: String) -> String {
    let folder = folder(of: path)
    let name = SHA256.digest(of: Array(path.utf8.dropFirst(folder.utf8.count))).hex.prefix(16)
    return folder + ".southbound-\(name)"
  }

  /// The part of a path up to its last `/`.
  private static func folder(of path: String) -> String {
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
    return String(path[..<(end ?? path.startIndex)])
  }

  private static func createNew(_ path: String, mode: mode_t) throws(SystemError) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    do {
      return try repeating("open", path) { unsafe open(path, flags, mode) }
    } catch {
      guard error.number == EEXIST else { throw error }
      try remove(path)
      return try repeating("open", path) { unsafe open(path, flags, mode) }
    }
  }

  private static func writeAll(
    _ file: Int32, _ path: String, _ contents: [UInt8]
  ) throws(SystemError) {
    var written = 0
    while written < contents.count {
      let count = unsafe contents.withUnsafeBytes { bytes in
        unsafe write(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw SystemError(call: "write", subject: path, number: errno)
      }
    }
  }

  /// Some file systems report a full disk only here. The descriptor is free in any case.
  private static func close(_ file: Int32, _ path: String) throws(SystemError) {
    guard Glibc.close(file) == 0 || errno == EINTR else {
      throw SystemError(call: "close", subject: path, number: errno)
    }
  }
}
