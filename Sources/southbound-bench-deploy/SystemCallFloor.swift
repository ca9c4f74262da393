#if canImport(Glibc)
  internal import Glibc
#endif
internal import ProcessTesting

/// What the same files cost with nothing but system calls: what no deployment can go below.
enum SystemCallFloor {
  /// Writes each file beside its place, and renames it.
  ///
  /// - Parameters:
  ///   - folder: Folder for the files.
  ///   - count: Number of files.
  /// - Returns: Seconds.
  /// - Throws: `ProcessError` if a call fails.
  static func write(_ folder: String, _ count: Int) throws -> Double {
    try seconds {
      _ = unsafe mkdir(folder, 0o755)
      for number in 0..<count {
        let path = "\(folder)/file-\(number)"
        var text = "file \(number)\n"
        let descriptor = unsafe open(path + ".new", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        let written = text.withUTF8 { bytes in
          unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
        close(descriptor)
        guard written > 0, unsafe rename(path + ".new", path) == 0 else {
          throw ProcessError("\(path): error \(errno)")
        }
      }
    }
  }

  /// Looks at each file and reads it.
  ///
  /// - Parameters:
  ///   - folder: Folder of the files that ``write(_:_:)`` made.
  ///   - count: Number of files.
  /// - Returns: Seconds.
  /// - Throws: `ProcessError` if a call fails.
  static func look(_ folder: String, _ count: Int) throws -> Double {
    try seconds {
      var buffer = [UInt8](repeating: 0, count: 4_096)
      for number in 0..<count {
        let path = "\(folder)/file-\(number)"
        var info = stat()
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, unsafe fstat(descriptor, &info) == 0,
          unsafe read(descriptor, &buffer, buffer.count) > 0
        else { throw ProcessError("\(path): error \(errno)") }
        close(descriptor)
      }
    }
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    return (clock.now - start) / .seconds(1)
  }
}
