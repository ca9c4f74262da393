import FoundationEssentials
import ProcessTesting
import RPCCore
import RPCHTTP2
import Schema

/// Lets handlers log, and watches the entries arrive at each end of their way.
struct LogBench {
  let folder: String

  func run() async throws {
    let services = try Services(
      folder: folder, agentNames: ["bench"],
      programNames: [.agent: "southbound-bench-logs", .exporter: "southbound-bench-logs"])
    do {
      try await services.start(.server)
      try await services.start(.exporter, environment: [Role.variable: Role.exporter.rawValue])
      try await services.start(.compiler)
      try await services.start(.agent, environment: [Role.variable: Role.agent.rawValue])
      try await measure("paced: 1 handler, 100 entries/s", 1, 500, pause: 10, services)
      try await measure("as fast as it goes: 20 handlers", 20, 2_000, pause: 0, services)
    } catch {
      await services.stopAll()
      throw error
    }
    await services.stopAll()
  }

  private func measure(
    _ title: String, _ talkers: Int, _ lines: Int, pause: Int, _ services: Services
  ) async throws {
    let project = try writeProject(talkers: talkers, lines: lines, pause: pause)
    let live = Arrivals()
    let stored = Arrivals()
    let agent = try HTTP2Channel(target: services.address(of: .agent))
    let server = try HTTP2Channel(target: services.address(of: .server))
    let listeners = [
      Task {
        try await AgentV1.AgentLogsClient(agent).streamLogs(AgentV1.StreamLogsRequest()) {
          for try await response in $0 { live.take(response.entries, response.gap) }
        }
      },
      Task {
        let request = LogsV1.StreamRequest(environment: "default", skipHistory: true, follow: true)
        try await LogsV1.LogsClient(server).stream(request) {
          for try await response in $0 { stored.take(response.entries, response.gap) }
        }
      },
    ]
    defer { for listener in listeners { listener.cancel() } }
    let fileBefore = try linesInLogFiles(services)
    let before = [services.usage(of: .agent), services.usage(of: .server)]
    let start = ContinuousClock.now
    let result = try await services.southbound(["deploy", project], within: .seconds(300))
    guard result.status == 0 else {
      throw ProcessError("deploy ended with \(result.status)\n\(result.errors)")
    }
    let expected = UInt64(talkers * lines)
    let deadline = ContinuousClock.now + .seconds(60)
    while min(live.total, stored.total) < expected, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(50))
    }
    let after = [services.usage(of: .agent), services.usage(of: .server)]
    print("\n\(title): \(talkers) × \(lines) entries, each with three arguments")
    print(Table.heading)
    print(live.row("agent, live stream", since: start))
    print(stored.row("server, after storing", since: start))
    let inFile = try linesInLogFiles(services) - fileBefore
    print("agent's logfile: \(inFile) lines")
    for (index, name) in ["agent", "server"].enumerated() {
      let cpu = (after[index].cpuSeconds - before[index].cpuSeconds) * 1e6 / Double(expected)
      print("\(name): \(Int(cpu)) µs CPU an entry, \(Int(after[index].megabytes)) MB")
    }
    agent.close()
    server.close()
  }

  /// The whole way starts at the command line: `entries/s` counts from there.
  private func writeProject(talkers: Int, lines: Int, pause: Int) throws -> String {
    let project = "\(folder)/project"
    let model = "\(project)/libs/bench/model"
    try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
    let files = [
      "\(project)/project.yml": "name: bench\nmodulepath: libs\n",
      "\(project)/libs/bench/module.yml": "name: bench\nversion: 1.0.0\nlicense: Apache-2.0\n",
      "\(model)/_init.cf": """
      import std

      entity Talker extends std::Resource:
          string device = "bench"
          string name
          int lines
          int pause_ms
      end

      implement Talker using std::none

      """,
      "\(project)/main.cf": """
      import bench

      for number in std::sequence(\(talkers)):
          bench::Talker(name="talker {{number}}", lines=\(lines), pause_ms=\(pause))
      end

      """,
    ]
    for (path, text) in files {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    return project
  }

  private func linesInLogFiles(_ services: Services) throws -> Int {
    let folder = services.dataFolder(of: .agent)
    var count = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasPrefix("agent.log") {
      let text = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
      count += text.count { $0 == UInt8(ascii: "\n") }
    }
    return count
  }
}
