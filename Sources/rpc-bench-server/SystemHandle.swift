import Glibc

/// Says what is wrong on stderr, and ends the program.
func fail(_ message: String) -> Never {
  let line = "rpc-bench-server: \(message)\n"
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
  exit(2)
}
