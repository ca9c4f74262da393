import RPCCore
import Resources
import Schema
import SchemaMapping
import Store
import Testing

@testable import ServerService

/// Dry runs, and wishes to agents.
@Suite struct WishTests {
  private func plan(
    _ fixture: ServerFixture, _ request: ResourcesV1.PlanRequest
  ) async throws -> [String: ResourcesV1.PlannedResource] {
    try await fixture.resources.plan(request) { responses in
      var planned: [String: ResourcesV1.PlannedResource] = [:]
      while let response = try await responses.next() {
        for resource in response.resources { planned[resource.resourceID] = resource }
      }
      return planned
    }
  }

  private func task(_ agent: TestAgent) async throws -> SessionsV1.PlanTask {
    try await agent.receive { message in
      if case .planTask(let task) = message { task } else { nil }
    }
  }

  @Test func `a dry run collects the answers of agents, and says who cannot answer`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    let silent = try file("/silent")
    let db = try file("/db", on: "db1")
    let unknown = try file("/unknown", unknown: ["content"])
    try await fixture.deploy([web, silent, db, unknown])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      async let planned = plan(fixture, .init(environment: "default"))
      let task = try await task(agent)
      #expect(task.last)
      #expect(task.version == 1)
      #expect(Set(task.resources.map(\.id)) == [web.id.description, silent.id.description])
      let change = AttributeChange(field: "mode", current: 384, desired: 420)
      try await agent.writer.write(
        .init(
          kind: .planAnswer(
            .init(
              planID: task.planID,
              resources: [
                .init(
                  resourceID: web.id.description, result: .update, changes: [.init(change)])
              ], done: true))))
      let answers = try await planned
      #expect(answers[web.id.description]?.result == .update)
      #expect(answers[web.id.description]?.changes.map(\.field) == ["mode"])
      #expect(answers[silent.id.description]?.result == .failed)
      #expect(answers[db.id.description]?.result == .agentAbsent)
      #expect(answers[unknown.id.description]?.result == .undefined)
    }
  }

  @Test func `an agent that leaves during a dry run is absent`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    async let planned = try await fixture.withAgent(["web1"]) { agent in
      async let answers = plan(fixture, .init(environment: "default"))
      _ = try await task(agent)
      agent.writer.finish()
      return try await answers
    }
    let answers = try await planned
    #expect(answers[web.id.description]?.result == .agentAbsent)
    #expect(answers[web.id.description]?.message.contains("disconnected") == true)
  }

  @Test func `a dry run needs a version, and a check the released one`() async throws {
    let fixture = try await ServerFixture()
    #expect(await code { _ = try await plan(fixture, .init(environment: "default")) } == .notFound)
    try await fixture.deploy([])
    try await fixture.deploy([])
    #expect(
      await code {
        _ = try await plan(fixture, .init(environment: "default", version: 1, check: true))
      } == .failedPrecondition)
    #expect(
      try await plan(fixture, .init(environment: "default", version: 1)).isEmpty)
  }

  @Test func `a wish goes to agents that are there, and waits for those that are not`()
    async throws
  {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web, file("/web2"), file("/db", on: "db1")])
    func trigger(_ agent: TestAgent) async throws -> SessionsV1.Trigger {
      try await agent.receive { message in
        if case .trigger(let trigger) = message { trigger } else { nil }
      }
    }
    try await fixture.withAgent(["web1"], id: 1) { agent in
      let response = try await fixture.resources.deploy(
        .init(environment: "default", mode: .repair))
      #expect(response.resources == 3)
      #expect(response.agents == ["web1"])
      #expect(response.absentAgents == ["db1"])
      let all = try await trigger(agent)
      #expect(all.mode == .repair)
      #expect(all.resourceIDs.isEmpty)
      _ = try await fixture.resources.deploy(
        .init(
          environment: "default", mode: .check,
          filter: .init(resourceIDs: [web.id.description])))
      let one = try await trigger(agent)
      #expect(one.mode == .check)
      #expect(one.resourceIDs == [web.id.description])
    }
    try await fixture.withAgent(["db*"], id: 2) { agent in
      let waited = try await trigger(agent)
      #expect(waited.mode == .repair)
    }
  }

  @Test func `nothing is deployed in an environment that is halted`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.deploy([file("/web")])
    _ = try await fixture.environments.halt(.init(name: "default"))
    #expect(
      await code { _ = try await fixture.resources.deploy(.init(environment: "default")) }
        == .failedPrecondition)
    #expect(try await fixture.resources.list(.init(environment: "default")).resources.count == 1)
    _ = try await fixture.environments.resume(.init(name: "default"))
    #expect(
      try await fixture.resources.deploy(.init(environment: "default")).absentAgents == ["web1"])
  }
}
