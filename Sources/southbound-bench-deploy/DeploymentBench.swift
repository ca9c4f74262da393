internal import FoundationEssentials
internal import ProcessTesting

/// Deploys a number of files from nothing, again without a change, and again with 1% changed.
struct DeploymentBench {
  let files: Int
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
        "1% changed", changed: max(1, files / 100), services, floor: SystemCallFloor.look)
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
    let floorSeconds = try floor(folder + "/floor", files)
    row(
      name,
      [
        elapsed, agent.cpuSeconds - agentBefore.cpuSeconds,
        server.cpuSeconds - serverBefore.cpuSeconds, agent.megabytes, floorSeconds,
      ])
  }

  private func source(changed: Int) -> String {
    """
    host = std::Host(name="bench", os=std::linux)
    root = std::Directory(host=host, path="\(root)")
    for i in std::sequence(\(files)):
      std::File(
        host=host,
        path="\(root)/file-{{i}}",
        content=(i < \(changed) ? "changed {{i}}\\n" : "file {{i}}\\n"),
        mode=644,
        requires=root,
      )
    end

    """
  }

  private func row(_ name: String, _ numbers: [Double]) {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let widths = [14, 14, 15, 11, 0]
    var line = padded(String(files), 8) + padded(name, 13)
    for (number, width) in zip(numbers, widths) {
      let thousandths = Int((number * 1_000).rounded())
      let fraction = String(1_000 + thousandths % 1_000).dropFirst()
      line += padded("\(thousandths / 1_000).\(fraction)", width)
    }
    print(line)
  }
}
