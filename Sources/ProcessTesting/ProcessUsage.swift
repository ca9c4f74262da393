import Foundation

/// What a process has used so far.
public struct ProcessUsage: Sendable {
  /// Seconds of CPU in user and kernel mode.
  public let cpuSeconds: Double
  /// Resident memory, in MB of a million bytes.
  public let megabytes: Double

  /// Reads it from `/proc`; zero if there is no such process.
  public init(processID: Int32) {
    guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else {
      cpuSeconds = 0
      megabytes = 0
      return
    }
    // proc(5): after the name come state (3), … utime (14), stime (15), … rss in pages (24).
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    func field(_ number: Int) -> Double { Double(fields[number - 3]) ?? 0 }
    cpuSeconds = (field(14) + field(15)) / 100
    megabytes = field(24) * 4_096 / 1_000_000
  }
}

extension Services {
  /// What the process of a service has used so far; zero if it does not run.
  public func usage(of service: Service) -> ProcessUsage {
    ProcessUsage(processID: process(of: service)?.processID ?? 0)
  }
}
