internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#endif

/// The calls of the system that contents need. Each throws with the path and the reason.
enum Syscalls {
  static func makeFolder(_ path: String) throws(AgentStoreError) {
    guard unsafe mkdir(path, 0o700) != 0 else { return }
    guard errno != EEXIST else { return }
    throw failure("make the folder \(path)")
  }

  /// Takes the lock of a folder; it is free again when the descriptor is closed or the process ends.
  static func lock(_ path: String) throws(AgentStoreError) -> Int32 {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open \(path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let error = failure("lock \(path)")
      close(descriptor)
      guard isTaken else { throw error }
      throw AgentStoreError(
        .failed, "another process uses the data folder (\(path) is locked); give each agent its own"
      )
    }
    return descriptor
  }

  /// Gives the lock back, also where a child that is just being started still has the descriptor.
  static func unlock(_ descriptor: Int32) {
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

  static func fileNames(in folder: String) throws(AgentStoreError) -> [String] {
    guard let handle = unsafe opendir(folder) else { throw failure("list the folder \(folder)") }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Writes a new file and, if wanted, waits until it is on the disk.
  static func write(
    _ bytes: [UInt8], to path: String, syncing: Bool = true
  ) throws(AgentStoreError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open \(path)") }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write \(path)") }
      written += count
    }
    guard !syncing || fsync(descriptor) == 0 else { throw failure("sync \(path)") }
  }

  static func read(_ path: String) throws(AgentStoreError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open \(path)") }
    defer { close(descriptor) }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else { throw failure("look at \(path)") }
    var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
    var position = 0
    while position < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          descriptor, buffer.baseAddress?.advanced(by: position), buffer.count - position)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read \(path)") }
      guard count > 0 else { break }
      position += count
    }
    bytes.removeLast(bytes.count - position)
    return bytes
  }

  static func rename(_ path: String, to final: String) throws(AgentStoreError) {
    guard unsafe Glibc.rename(path, final) == 0 else { throw failure("rename \(path)") }
  }

  /// Waits until the names in a folder are on the disk.
  static func syncNames(in folder: String) throws(AgentStoreError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("sync the folder \(folder)") }
  }

  /// Waits until everything on the file system of a folder is on the disk.
  static func syncAll(in folder: String) throws(AgentStoreError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder \(folder)") }
    defer { close(descriptor) }
    guard southbound_sync_file_system(descriptor) == 0 else {
      throw failure("sync the disk of \(folder)")
    }
  }

  static func remove(_ path: String) { unsafe unlink(path) }

  private static func failure(_ doing: String) -> AgentStoreError {
    let code = errno
    let text = unsafe String(cString: strerror(code))
    switch code {
    case ENOSPC, EDQUOT: return AgentStoreError(.diskFull, "cannot \(doing): \(text)")
    case ENOENT: return AgentStoreError(.missing, "cannot \(doing): \(text)")
    default: return AgentStoreError(.failed, "cannot \(doing): \(text)")
    }
  }
}
