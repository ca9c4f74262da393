#if canImport(Glibc)
  internal import Glibc
#endif

/// Whole lines for people and for scripts that wait for them.
enum Terminal {
  static func out(_ line: String) { write(line, to: STDOUT_FILENO) }

  static func error(_ line: String) { write(line, to: STDERR_FILENO) }

  private static func write(_ line: String, to descriptor: Int32) {
    var text = line + "\n"
    text.withUTF8 { bytes in
      // A line that nobody can read any more is no reason to stop.
      _ = unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    }
  }
}
