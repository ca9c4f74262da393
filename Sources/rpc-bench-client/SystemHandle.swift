import Glibc

/// Says what is wrong on stderr, and ends the program.
func fail(_ message: String) -> Never {
  let line = "rpc-bench-client: \(message)\n"
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
  exit(2)
}

/// The processor time that another process has used; nil if there is none of this number.
func cpuSeconds(of process: Int32) -> Double? {
  var clock: clockid_t = 0
  var time = timespec()
  guard unsafe clock_getcpuclockid(process, &clock) == 0,
    unsafe clock_gettime(clock, &time) == 0
  else { return nil }
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The processor time that this process has used.
func cpuSeconds() -> Double {
  var usage = rusage()
  unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
  let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
  return user + Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
}
