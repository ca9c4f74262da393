import Diagnostics
import Exporting
import HandlerHost
import Language
import LoadBalancer
import ProjectFiles
import Resources
import SouthboundKit
import Testing

/// The example's model, exported, and a host with its handlers.
private struct Deployment {
  let exported: ExportResult
  let host: HandlerHost
  let cache: HandlerCache

  init(address: String) throws {
    let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    let project = try Project.open(
      repository.joined(separator: "/") + "/Sources/Examples/loadbalancer")
    let compiled = Compiler(
      files: project, environment: ["LOADBALANCER_ADDRESS": address]
    ).compile()
    let report = DiagnosticRenderer(map: compiled.sources).render(compiled.diagnostics)
    try #require(compiled.succeeded, "\(report)")
    let registry = try IntegrationRegistry([.loadBalancer])
    exported = ModelExport.run(compiled.model, with: registry)
    try #require(!exported.hasErrors, "\(exported.findings)")
    let cache = HandlerCache()
    self.cache = cache
    let contents = exported.contents
    host = HandlerHost(
      registry: registry, cache: cache, now: { Timestamp(unixNanos: 1) },
      contents: { digest in try #require(contents[digest]) })
  }

  /// Runs all pools at the same time, as the agent does.
  func run(
    version: UInt64 = 1, kind: ActionKind = .deploy,
    _ change: @Sendable (inout Resource) -> Void = { _ in }
  ) async throws -> [Outcome] {
    let version = try #require(VersionNumber(version))
    cache.beginRun(of: version)
    let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (index, resource) in exported.resources.enumerated() {
        var resource = resource
        change(&resource)
        let operation = Operation(kind: kind, resource: resource, version: version)
        group.addTask { (index, await host.run(operation)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    await cache.endRun(of: version)
    return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

@Suite(.serialized) struct LoadBalancerTests {
  @Test func `the model becomes self-contained resources`() throws {
    let exported = try Deployment(address: "127.0.0.1:1").exported
    #expect(
      exported.resources.map(\.id.description)
        == ["lb::Pool[edge1,name=api]", "lb::Pool[edge1,name=shop]"])
    let shop = try #require(exported.resources.last)
    #expect(shop.fields["members"] == ["10.0.0.11:80:2", "10.0.0.12:80:1"])
    #expect(shop.fields["password"] == .secret("secret"))
    let page = try #require(shop.fields["error_page"]?.contentDigest)
    #expect(exported.contents[page] == Array("<h1>Back soon</h1>".utf8))
  }

  @Test func `all pools of a run share one connection, which is closed at its end`() async throws {
    try await FakeDevice.with { device in
      let deployment = try Deployment(address: device.address)
      let first = try await deployment.run()
      #expect(first.map(\.change) == [.created, .created], "\(first.map(\.message))")
      #expect(device.count("open") == 1)
      try await device.wait(for: "closed", count: 1)
      let second = try await deployment.run(version: 2)
      #expect(second.map(\.change) == [.none, .none])
      #expect(second.allSatisfy { $0.changes.isEmpty })
      #expect(device.count("open") == 2)
      #expect(device.count("command SET") == 2)
    }
  }

  @Test func `drift is shown by a plan and repaired by a run`() async throws {
    try await FakeDevice.with { device in
      let deployment = try Deployment(address: device.address)
      _ = try await deployment.run()
      try await device.tell("CHANGE shop algorithm random")
      let plan = try await deployment.run(kind: .plan)
      let expected = AttributeChange(
        field: "algorithm", current: "random", desired: "round_robin")
      #expect(plan.map(\.changes) == [[], [expected]])
      #expect(device.count("command SET") == 2)
      let repair = try await deployment.run(kind: .repair)
      #expect(repair.map(\.change) == [.none, .updated])
      #expect(device.count("command SET") == 3)
    }
  }

  @Test func `a broken connection is replaced once, and pools are removed`() async throws {
    try await FakeDevice.with { device in
      let deployment = try Deployment(address: device.address)
      // An outer run of the version keeps the connection open over the runs in it.
      let version = try #require(VersionNumber(1))
      deployment.cache.beginRun(of: version)
      _ = try await deployment.run()
      #expect(device.count("open") == 1)
      try await device.tell("BREAK")
      try await device.wait(for: "closed", count: 2)
      let outcomes = try await deployment.run { $0.fields["purged"] = true }
      #expect(outcomes.map(\.change) == [.purged, .purged], "\(outcomes.map(\.message))")
      await deployment.cache.endRun(of: version)
      await deployment.cache.shutdown()
      try await device.wait(for: "open", count: 3)
      try await device.wait(for: "closed", count: device.count("open"))
    }
  }

  @Test func `facts and structured logs come with the outcome, without the password`() async throws
  {
    try await FakeDevice.with { device in
      let outcomes = try await Deployment(address: device.address).run()
      let shop = try #require(outcomes.last)
      #expect(shop.facts.first { $0.name == "serial" }?.value == "SN-42")
      let created = try #require(shop.entries.first { $0.template.hasPrefix("created pool") })
      #expect(created.text == "created pool shop on port 8080")
      #expect(created.arguments["port"] == 8080)
      #expect(!"\(outcomes)".contains("LOGIN secret"))
    }
  }

  @Test func `a device that refuses or is away fails the pool, and says why`() async throws {
    try await FakeDevice.with { device in
      try await device.tell("REFUSE 1")
      let outcomes = try await Deployment(address: device.address).run()
      #expect(outcomes.count { $0.result == .failed } == 1)
      #expect(outcomes.contains { $0.message == "the device refused: busy" })
    }
    let away = try await Deployment(address: "127.0.0.1:1").run()
    #expect(away.allSatisfy { $0.result == .failed && $0.hint == .retrySoon })
    #expect(away.first?.message.contains("cannot connect") == true)
  }
}
