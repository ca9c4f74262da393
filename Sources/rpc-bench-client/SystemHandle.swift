import Glibc

/// Says what is wrong on stderr, and ends the program.
func fail(_ message: String) -> Never {
  let line = "rpc-bench-client: \(message)\n"
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
  exit(2)
}

/// The processor time that this process has used.
func cpuSeconds() -> Double {
  var usage = rusage()
  unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
  return user + Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
}
