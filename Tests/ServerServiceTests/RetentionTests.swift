import RPCCore
import Resources
import Schema
import SchemaMapping
import Testing

@testable import ServerService

/// What the server forgets by itself, by its own clock.
@Suite struct RetentionTests {
  private func fact(_ id: ResourceID, _ name: String, expires: Bool) -> Fact {
    Fact(
      resourceID: id, name: name, value: 1, time: Timestamp(unixNanos: 1), expires: expires)
  }

  private func facts(_ fixture: ServerFixture) async throws -> [String] {
    try await fixture.resources.listFacts(.init(environment: "default")).facts.map(\.name)
  }

  private func actions(_ fixture: ServerFixture) async throws -> Int {
    try await fixture.resources.listActions(.init(environment: "default")).actions.count
  }

  @Test func `facts end with their validity, runs and versions with their retention`() async throws
  {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    _ = try await fixture.environments.updateSettings(
      .init(
        name: "default",
        settings: .init(versionsKept: 2, actionRetentionDays: 1, factValiditySeconds: 60)))
    for _ in 1...4 { try await fixture.deploy([web]) }
    let action = ResourceAction(
      id: .random(), resourceID: web.id, version: VersionNumber(1), kind: .deploy,
      started: Timestamp(unixNanos: 1), finished: Timestamp(unixNanos: 2), result: .successful,
      change: .created, entries: [logEntry(1, "made")])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.report(
        1, states: [state(web.id)], actions: [action],
        facts: [fact(web.id, "short", expires: true), fact(web.id, "long", expires: false)])
    }
    // The clock of the agent, which is decades off, does not count.
    #expect(try await facts(fixture).sorted() == ["long", "short"])
    fixture.clock.advance(seconds: 61)
    #expect(try await facts(fixture) == ["long"])

    // The work beside the calls begins with it; the clock of the test ends it.
    await #expect(throws: CancellationError.self) { try await fixture.server.run() }
    #expect(try await actions(fixture) == 1)
    let kept = try await fixture.versions.list(.init(environment: "default")).versions
    #expect(kept.map(\.number) == [4, 3])

    fixture.clock.advance(seconds: 86_400)
    await #expect(throws: CancellationError.self) { try await fixture.server.run() }
    #expect(try await actions(fixture) == 0)
    // What is in force has its state, however old.
    let view = try await fixture.resources.get(
      .init(environment: "default", resourceID: web.id.description))
    #expect(view.state?.compliance == .compliant)
  }
}
