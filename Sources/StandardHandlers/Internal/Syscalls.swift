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
  static func repeating(
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
