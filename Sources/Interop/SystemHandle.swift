internal import Glibc

/// What the programs ask the system for.
enum SystemHandle {
  /// Nanoseconds since 1970 UTC.
  static func nanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Writes a line to stdout at once: who started a server waits for its address.
  static func out(_ line: String) {
    write(line, to: STDOUT_FILENO)
  }

  /// Writes a line to stderr.
  static func error(_ line: String) {
    write(line, to: STDERR_FILENO)
  }

  private static func write(_ line: String, to descriptor: Int32) {
    let text = line + "\n"
    _ = unsafe Glibc.write(descriptor, text, text.utf8.count)
  }

  /// Ends the process.
  static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}
