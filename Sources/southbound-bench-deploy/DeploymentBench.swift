internal import FoundationEssentials
internal import ProcessTesting
internal import RPCCore
internal import RPCHTTP2
internal import Schema

/// What is deployed.
enum BenchWork: String {
  /// `std::File`, each a line of text.
  case files
  /// `std::testing::NullResource`, which does nothing: what is left is Southbound itself.
  case trivial
}

/// Deploys a number of resources from nothing, again without a change, and again with 1% changed.
struct DeploymentBench {
  let work: BenchWork
  let count: Int
  let folder: String

  private var root: String { folder + "/world" }
  private var model: String { folder + "/bench.cf" }

  func run() async throws {
    let services = try Services(folder: folder)
    try await services.startAll()
    do {
      try await measure("nothing", changed: 0, services, floor: SystemCallFloor.write)
      try await measure("no change", changed: 0, services, floor: SystemCallFloor.look)
      try await measure(
        "1% changed", changed: max(1, count / 100), services, floor: SystemCallFloor.look)
    } catch {
      await services.stopAll()
      throw error
    }
    await services.stopAll()
  }

  private func measure(
    _ name: String, changed: Int, _ services: Services,
    floor: (_ folder: String, _ count: Int) throws -> Double
  ) async throws {
    try source(changed: changed).write(toFile: model, atomically: true, encoding: .utf8)
    let agentBefore = services.usage(of: .agent)
    let serverBefore = services.usage(of: .server)
    let clock = ContinuousClock()
    let start = clock.now
    let result = try await services.southbound(["deploy", model], within: .seconds(300))
    let elapsed = (clock.now - start) / .seconds(1)
    guard result.status == 0 else {
      throw ProcessError("deploy ended with \(result.status)\n\(result.errors)")
    }
    let agent = services.usage(of: .agent)
    let server = services.usage(of: .server)
    row(
      name,
      [
        elapsed, try await agentSeconds(services), agent.cpuSeconds - agentBefore.cpuSeconds,
        server.cpuSeconds - serverBefore.cpuSeconds, agent.megabytes,
        work == .files ? try floor(folder + "/floor", count) : nil,
      ])
  }

  /// Seconds from the release of the newest version to the end of its last run; nil if nothing ran.
  private func agentSeconds(_ services: Services) async throws -> Double? {
    let server = try HTTP2Channel(target: services.address(of: .server))
    defer { server.close() }
    let versions = try await VersionsV1.VersionsClient(server).list(
      VersionsV1.ListRequest(environment: "default", limit: 1))
    let runs = try await ResourcesV1.ResourcesClient(server).listActions(
      ResourcesV1.ListActionsRequest(environment: "default", limit: 100))
    guard let version = versions.versions.first else { return nil }
    let ends = runs.actions.lazy.filter { $0.version == version.number }.map(\.finishedUnixNanos)
    return ends.max().map { Double($0 - version.releasedUnixNanos) / 1e9 }
  }

  private func source(changed: Int) -> String {
    switch work {
    case .files:
      """
      host = std::Host(name="bench", os=std::linux)
      root = std::Directory(host=host, path="\(root)")
      for i in std::sequence(\(count)):
        std::File(
          host=host,
          path="\(root)/file-{{i}}",
          content=(i < \(changed) ? "changed {{i}}\\n" : "file {{i}}\\n"),
          mode=644,
          requires=root,
        )
      end

      """
    case .trivial:
      """
      import std::testing

      for i in std::sequence(\(count)):
        std::testing::NullResource(
          agentname="bench",
          name="resource {{i}}",
          value=(i < \(changed) ? "changed" : "first"),
        )
      end

      """
    }
  }

  private func row(_ name: String, _ numbers: [Double?]) {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let widths = [13, 16, 13, 14, 10, 0]
    var line = padded(String(count), 11) + padded("\(work), \(name)", 19)
    for (number, width) in zip(numbers, widths) {
      guard let number else {
        line += padded("-", width)
        continue
      }
      let thousandths = Int((number * 1_000).rounded())
      let fraction = String(1_000 + thousandths % 1_000).dropFirst()
      line += padded("\(thousandths / 1_000).\(fraction)", width)
    }
    print(line)
  }
}
