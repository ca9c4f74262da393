// Measures deployments through the four processes: small files, and resources that cost nothing.
// Prints tables.
//
//   southbound-bench-deploy [COUNT ...]   files 100, 1,000 and 5,000, trivial resources 1,000 and
//                                         10,000, unless given
//
// Wait some minutes between two calls, or give each a new file system at /var/tmp: what an earlier
// one removed makes new files dear.

internal import FoundationEssentials
internal import ProcessTesting

let given = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let works: [(work: BenchWork, counts: [Int])] = [
  (.files, [100, 1_000, 5_000]), (.trivial, [1_000, 10_000]),
]
print(
  """
  whole way: `southbound deploy` from start to its end
  agent's part: from the release of the version to the end of the last handler run
  resources  run                whole way s  agent's part s  agent CPU s  server CPU s  agent MB  \
  system calls alone s
  """)
// Removed after the last run: ext4 does not take the inodes of removed files for some minutes, and
// looks at all of them for each new file; most of the time would be spent on that.
let root = "/var/tmp/southbound-bench-\(ProcessInfo.processInfo.processIdentifier)"
try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
do {
  for (work, counts) in works {
    for count in given.isEmpty ? counts : given {
      let folder = "\(root)/\(work)-\(count)"
      try await DeploymentBench(work: work, count: count, folder: folder).run()
    }
  }
} catch {
  try? FileManager.default.removeItem(atPath: root)
  throw error
}
try FileManager.default.removeItem(atPath: root)
