internal import Store

#if canImport(Glibc)
  internal import Glibc
#endif

/// The calls of the system that the lock of a store needs.
enum Syscalls {
  /// Most digits of a process id that are read.
  private static let digitsMax = 20

  /// Takes the lock of a store, and writes the id of this process into it; the lock is free again
  /// when the descriptor is closed or the process ends, however it ends.
  static func lock(_ path: String) throws(StoreError) -> Int32 {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let error = failure("lock", path)
      let owner = read(descriptor)
      close(descriptor)
      guard isTaken else { throw error }
      let process = owner.isEmpty ? "another process" : "another process, \(owner),"
      throw StoreError(
        .unavailable,
        "\(process) uses it (\(path) is locked); stop that one, or give this server a data folder "
          + "of its own")
    }
    // Only for people: the lock itself is what counts.
    write("\(getpid())\n", to: descriptor)
    return descriptor
  }

  /// Gives the lock back, also where a child that is just being started still has the descriptor.
  static func unlock(_ descriptor: Int32) {
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    guard ftruncate(descriptor, 0) == 0 else { return }
    var text = text
    text.withUTF8 { bytes in _ = unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
  }

  private static func read(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: digitsMax)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
    return String(decoding: digits, as: UTF8.self)
  }

  private static func failure(_ doing: String, _ path: String) -> StoreError {
    let code = errno
    let text = unsafe String(cString: strerror(code))
    let isFull = code == ENOSPC || code == EDQUOT
    return StoreError(isFull ? .exhausted : .unavailable, "cannot \(doing) \(path): \(text)")
  }
}
