internal import Glibc

/// The system calls that move bytes.
enum Syscalls {
  /// What came of a read.
  enum Input {
    case bytes(ArraySlice<UInt8>)
    /// There is nothing now.
    case nothing
    /// There will be nothing more.
    case end
  }

  /// Reads what is there; waits for it if asked to.
  static func read(_ descriptor: Int32, waits: Bool) -> Input {
    if !waits, !hasInput(descriptor) { return .nothing }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 { return .bytes(buffer[..<count]) }
      if count == 0 || errno != EINTR { return .end }
    }
  }

  /// Whether a read would return at once.
  static func hasInput(_ descriptor: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 0) > 0
  }

  /// Writes all bytes. Returns false when nobody reads them.
  static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count > 0 { start += count } else if errno != EINTR { return false }
    }
    return true
  }

  /// Makes a write to a pipe that nobody reads an error instead of the end of the process.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
