internal import Glibc

/// Standard input, output and error, whole.
enum StandardStreams {
  static func readInput() -> [UInt8] {
    var result: [UInt8] = []
    while true {
      var count = 0
      result.append(addingCapacity: 65_536) { span in
        unsafe span.withUnsafeMutableBufferPointer { buffer, initialized in
          repeat {
            count = unsafe read(STDIN_FILENO, buffer.baseAddress, buffer.count)
          } while count < 0 && errno == EINTR
          initialized = max(count, 0)
        }
      }
      guard count > 0 else { return result }
    }
  }

  static func writeOutput(_ bytes: [UInt8]) {
    write(bytes, to: STDOUT_FILENO)
  }

  static func writeError(_ text: String) {
    write(Array(text.utf8), to: STDERR_FILENO)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    unsafe bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
        let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno != EINTR { return }
        offset += max(count, 0)
      }
    }
  }
}
