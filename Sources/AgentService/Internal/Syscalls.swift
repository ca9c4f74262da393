#if canImport(Glibc)
  internal import Glibc
#endif

/// The calls of the system that the agent needs itself.
enum Syscalls {
  static func wallNanos() -> Int64 { nanos(CLOCK_REALTIME) }

  static func elapsedNanos() -> Int64 { nanos(CLOCK_MONOTONIC) }

  private static func nanos(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// A file to append to, and its size; nil if the system refuses.
  static func openLog(_ path: String) -> (descriptor: Int32, bytes: Int)? {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    return (descriptor, Int(lseek(descriptor, 0, SEEK_END)))
  }

  /// Appends to a file of a size; returns whether all was written, else nothing was.
  static func append(_ bytes: [UInt8], to descriptor: Int32, at size: Int) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        // A part of a line would spoil the next one.
        _ = ftruncate(descriptor, off_t(size))
        return false
      }
      written += count
    }
    return true
  }

  static func closeLog(_ descriptor: Int32) { close(descriptor) }

  static func move(_ path: String, to final: String) { unsafe rename(path, final) }
}
