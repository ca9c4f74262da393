// Writes versions and reports to the store at the path of its argument, and prints a line after
// each acknowledgement, until it is killed: what it printed must be in the store.
import Glibc
import Resources
import Store
import StoreSQLite

let store = try SQLiteStore(path: CommandLine.arguments[1])
guard let name = EnvironmentName("lab") else { exit(2) }
try? await store.createEnvironment(
  EnvironmentRecord(name: name, description: "", created: Timestamp(unixNanos: 1)))
let now = Timestamp(unixNanos: 1)
let instance = try await store.openInstance(
  AgentHello(instanceID: [1], namePatterns: ["*"], address: ""), in: name, at: now)

func say(_ text: String) {
  let line = Array("\(text)\n".utf8)
  _ = unsafe write(1, line, line.count)
}

// Several writers at a time, so that kills hit transactions that are shared.
try await withThrowingTaskGroup { group in
  for writer in 0..<4 {
    group.addTask {
      var count = 0
      while true {
        count += 1
        let id = try ResourceID(
          type: "std::File", agent: "web1", attribute: "path", value: "/\(writer)/\(count)")
        guard let hash = ContentDigest(bytes: Array(repeating: 3, count: 32)) else { return }
        let resource = Resource(
          id: id, fields: ["n": .int(Int64(count))], requires: [], attributeHash: hash,
          sendsEvents: false, receivesEvents: false)
        let key = "\(writer)-\(count)"
        _ = try await store.putVersion(
          NewVersion(environment: name, idempotencyKey: key, resources: [resource]), at: now)
        say("put \(key)")
      }
    }
  }
  group.addTask {
    var number = instance.hello.acknowledged
    while true {
      number += 1
      let entry = LogEntry(
        sequence: number, time: now, level: .info, template: "\(number)", text: "\(number)",
        agent: "web1")
      _ = try await store.apply(
        AgentReport(instance: instance.key, number: number, entries: [entry]), in: name, at: now)
      say("report \(number)")
    }
  }
  try await group.waitForAll()
}
