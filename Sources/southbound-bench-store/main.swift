// Measures the SQLite store: versions, reports, log entries, listings. Prints a table.
//
//   southbound-bench-store [RESOURCES]   20,000 unless given; the store is a temporary file

internal import FoundationEssentials
internal import Glibc
internal import Resources
internal import Store
internal import StoreSQLite

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
let clock = ContinuousClock()
let path = "/var/tmp/southbound-bench-\(getpid()).sqlite"
defer {
  for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
}

func row(_ work: String, _ amount: Int, _ unit: String, _ elapsed: Duration) {
  let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
  let name = work + String(repeating: " ", count: max(1, 44 - work.count))
  let time = (seconds * 100_000).rounded() / 100
  print("\(name)\(time) ms   \(Int(Double(amount) / seconds)) \(unit)/s")
}

func measure(_ work: String, _ amount: Int, _ unit: String, _ body: () async throws -> Void)
  async throws
{
  let start = clock.now
  try await body()
  row(work, amount, unit, clock.now - start)
}

guard let name = EnvironmentName("bench"),
  let hash = ContentDigest(bytes: Array(repeating: 1, count: 32)),
  let newHash = ContentDigest(bytes: Array(repeating: 2, count: 32))
else { exit(1) }
let now = Timestamp(unixNanos: 1_000)
let store = try SQLiteStore(path: path)
try await store.createEnvironment(
  EnvironmentRecord(name: name, description: "", created: now))

func makeResource(_ index: Int, _ hash: ContentDigest) throws -> Resource {
  let id = try ResourceID(
    type: "std::testing::NullResource", agent: "internal", attribute: "name",
    value: "resource-\(index)")
  return Resource(
    id: id,
    fields: [
      "name": .string("resource-\(index)"), "agentname": "internal", "fail": false,
      "send_event": true, "value": .int(Int64(index)),
    ], requires: [], attributeHash: hash, sendsEvents: true, receivesEvents: true)
}

func report(
  _ resources: ArraySlice<Resource>, _ number: UInt64, _ instance: AgentInstanceKey,
  entriesEach: Int
) -> AgentReport {
  var report = AgentReport(instance: instance, number: number)
  for resource in resources {
    report.states.append(
      ResourceState(
        id: resource.id, compliance: .compliant, handlerResult: .successful,
        version: VersionNumber(1), attributeHash: resource.attributeHash, change: .created,
        time: now))
    let id = ActionID.random()
    let entries = (0..<entriesEach).map { index in
      LogEntry(
        sequence: number * 10_000 + UInt64(index), time: now, level: .info,
        template: "step {step} of {name}",
        arguments: ["step": .int(Int64(index)), "name": "resource"],
        text: "step \(index) of resource", agent: "internal", resourceID: resource.id,
        handlerID: "std.null", actionID: id, version: VersionNumber(1))
    }
    report.actions.append(
      ResourceAction(
        id: id, resourceID: resource.id, version: VersionNumber(1), kind: .deploy, started: now,
        finished: now, result: .successful, change: .created, entries: entries))
  }
  return report
}

let resources = try (0..<count).map { try makeResource($0, hash) }
try await measure("put and release a version", count, "resources") {
  _ = try await store.putVersion(
    NewVersion(environment: name, isReleased: true, resources: resources), at: now)
}
let instance = try await store.openInstance(
  AgentHello(instanceID: [1], namePatterns: ["*"], address: ""), in: name, at: now)
var number: UInt64 = 0
let batch = 500
try await measure("reports of \(batch) runs, 2 entries each", count, "resources") {
  for start in stride(from: 0, to: count, by: batch) {
    number += 1
    _ = try await store.apply(
      report(resources[start..<min(start + batch, count)], number, instance.key, entriesEach: 2),
      in: name, at: now)
  }
}
let prepared = (0..<30).map { index in
  report(resources.prefix(100), number + 1 + UInt64(index), instance.key, entriesEach: 100)
}
try await measure("log entries, 100 a run", 300_000, "entries") {
  for report in prepared { _ = try await store.apply(report, in: name, at: now) }
}
try await measure("put and release, nothing changed", count, "resources") {
  _ = try await store.putVersion(
    NewVersion(environment: name, isReleased: true, resources: resources), at: now)
}
let changed = try (0..<count).map { try makeResource($0, $0 % 100 == 0 ? newHash : hash) }
try await measure("put and release, 1% changed", count, "resources") {
  _ = try await store.putVersion(
    NewVersion(environment: name, isReleased: true, resources: changed), at: now)
}
var times: [Duration] = []
for _ in 0..<101 {
  let start = clock.now
  _ = try await store.resourceViews(
    in: name, filter: ResourceFilter(), page: PageRequest(limit: 1_000), hasFields: false)
  times.append(clock.now - start)
}
row("list 1,000 resources, p50 of 101", 1_000, "resources", times.sorted()[50])
try await measure("read the newest 10,000 log entries", 10_000, "entries") {
  _ = try await store.logEntries(in: name, filter: LogFilter(), before: nil, limit: 10_000)
}
try await measure("commits, one after the other", 200, "commits") {
  for _ in 0..<200 { _ = try await store.reserveVersion(in: name) }
}
try await measure("commits, 200 at a time", 2_000, "writes") {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<200 {
      group.addTask { for _ in 0..<10 { _ = try await store.reserveVersion(in: name) } }
    }
    try await group.waitForAll()
  }
}
try store.close()
