// Measures deployments of small files through the four processes. Prints a table.
//
//   southbound-bench-deploy [FILES ...]   100 1000 5000 unless given

internal import FoundationEssentials
internal import ProcessTesting

let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }

print(
  """
  whole way: `southbound deploy` from start to its end; agent: CPU seconds of the agent process
  files   run          whole way s   agent CPU s   server CPU s   agent MB   system calls alone s
  """)
for count in sizes.isEmpty ? [100, 1_000, 5_000] : sizes {
  let folder = "/var/tmp/southbound-bench-\(ProcessInfo.processInfo.processIdentifier)-\(count)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await DeploymentBench(files: count, folder: folder).run()
}
