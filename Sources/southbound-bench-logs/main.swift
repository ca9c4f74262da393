// Measures log entries on their whole way: handler, agent's live stream and logfile, server's
// store, client. Prints tables.
//
// The same program is the agent and the exporter of the run: both need the handler that talks.

import FoundationEssentials
#if canImport(Glibc)
  import Glibc
#endif
import Launching
import ProcessTesting
import StandardHandlers

/// What this process is, as its environment says.
enum Role: String {
  static let variable = "SOUTHBOUND_BENCH_ROLE"

  case agent
  case exporter
}

switch ProcessInfo.processInfo.environment[Role.variable].flatMap(Role.init) {
case .agent:
  await IntegrationLauncher.agent("southbound-bench-logs", integrations: [.standard, .talker])
case .exporter:
  await IntegrationLauncher.exporter("southbound-bench-logs", integrations: [.standard, .talker])
case nil:
  let folder = "/var/tmp/southbound-bench-logs-\(ProcessInfo.processInfo.processIdentifier)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  do {
    try await LogBench(folder: folder).run()
  } catch {
    print("southbound-bench-logs: \(error)")
    exit(1)
  }
}
