internal import CLinux
internal import Digest
internal import Glibc
internal import Resources

extension SystemError {
  static func text(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
  }
}

/// What `lstat` says about a path.
struct FileStatus: Sendable, Hashable {
  enum Kind: String, Sendable {
    case file = "a file"
    case directory = "a directory"
    case symlink = "a symbolic link"
    case other = "a device, socket or pipe"
  }

  var kind: Kind
  var mode: UInt32
  var owner: UInt32
  var group: UInt32
  var size: Int64
  var inode: UInt64
  /// Nanoseconds since 1970.
  var modified: Int64
}

/// The system calls of the handlers: each repeats EINTR, and throws ``SystemError`` with the path.
enum Syscalls {
  private static func repeating(
    _ call: String, _ subject: String, _ body: () -> Int32
  ) throws(SystemError) -> Int32 {
    while true {
      let result = body()
      if result >= 0 { return result }
      let number = errno
      if number != EINTR { throw SystemError(call: call, subject: subject, number: number) }
    }
  }

  /// Nil if there is nothing.
  static func status(_ path: String) throws(SystemError) -> FileStatus? {
    var info = stat()
    do {
      _ = try repeating("lstat", path) { unsafe lstat(path, &info) }
    } catch {
      if error.number == ENOENT { return nil }
      throw error
    }
    let kind: FileStatus.Kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .symlink
      default: .other
      }
    return FileStatus(
      kind: kind, mode: info.st_mode & 0o7777, owner: info.st_uid, group: info.st_gid,
      size: Int64(info.st_size), inode: UInt64(info.st_ino),
      modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
  }

  /// SHA-256 of a file's contents.
  static func contentDigest(of path: String) throws(SystemError) -> ContentDigest {
    let file = try repeating("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    defer { _ = Glibc.close(file) }
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try readSome(file, path, &buffer)
      if count == 0 { return hash.finish() }
      unsafe buffer.withUnsafeBytes { bytes in
        unsafe hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
  }

  private static func readSome(
    _ file: Int32, _ path: String, _ buffer: inout [UInt8]
  ) throws(SystemError) -> Int {
    while true {
      let count: Int = unsafe buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe read(file, base, bytes.count)
      }
      if count >= 0 { return count }
      let number = errno
      if number != EINTR { throw SystemError(call: "read", subject: path, number: number) }
    }
  }

  /// Owner and permissions of a file that is about to be put in its place.
  struct Attributes: Sendable {
    var owner: UInt32?
    var group: UInt32?
    var mode: UInt32?
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
    let temporary = temporaryPath(for: path)
    // While it is written nobody else may read what will be private.
    let file = try createNew(temporary, mode: attributes.mode == nil ? 0o644 : 0o600)
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
    let bytes = Array(path.utf8)
    let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    let name = SHA256.digest(of: Array(bytes[start...])).hex.prefix(16)
    return String(decoding: bytes[..<start], as: UTF8.self) + ".southbound-\(name)"
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

  /// Removes a file or link; nothing there is as well.
  static func remove(_ path: String) throws(SystemError) {
    do {
      _ = try repeating("unlink", path) { unsafe unlink(path) }
    } catch {
      if error.number != ENOENT { throw error }
    }
  }

  static func changeOwner(
    _ path: String, owner: UInt32?, group: UInt32?
  ) throws(SystemError) {
    guard owner != nil || group != nil else { return }
    _ = try repeating("chown", path) { unsafe lchown(path, owner ?? .max, group ?? .max) }
  }

  static func changeMode(_ path: String, _ mode: UInt32) throws(SystemError) {
    _ = try repeating("chmod", path) { unsafe chmod(path, mode) }
  }

  static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
    _ = try repeating("mkdir", path) { unsafe mkdir(path, mode) }
  }

  static func removeDirectory(_ path: String) throws(SystemError) {
    do {
      _ = try repeating("rmdir", path) { unsafe rmdir(path) }
    } catch {
      if error.number != ENOENT { throw error }
    }
  }

  /// Where a symbolic link points to.
  static func linkTarget(_ path: String) throws(SystemError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
    let count: Int = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress else { return 0 }
      return unsafe readlink(path, base, bytes.count)
    }
    guard count >= 0 else { throw SystemError(call: "readlink", subject: path, number: errno) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// Whether a path leads to something, following links.
  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  static var realTimeNanos: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
