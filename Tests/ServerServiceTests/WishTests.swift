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

  @Test func `what the store has for an agent is waited for until it is on its way`() throws {
    var wishes = WishTable()
    wishes.addAbsent(.repair, .all, ["web1", "db1"], as: 1, at: .zero)
    #expect(wishes.takeOrphans(of: ["web1"], open: []).isEmpty)
    #expect(wishes.wishes[1]?.agents == ["web1", "db1"])
    wishes.takeStored(of: ["web1"])
    #expect(wishes.wishes[1]?.agents == ["db1"])
    wishes.takeStored(of: ["db1"])
    #expect(wishes.wishes.isEmpty)
  }

  @Test func `a wish goes to agents that are there, and waits for those that are not`()
    async throws
  {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web, file("/web2"), file("/db", on: "db1")])
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

  private func trigger(_ agent: TestAgent) async throws -> SessionsV1.Trigger {
    try await agent.receive { message in
      if case .trigger(let trigger) = message { trigger } else { nil }
    }
  }

  private func answer(_ number: UInt64, by agent: TestAgent) async throws {
    try await agent.writer.write(.init(kind: .triggerAnswer(.init(number: number))))
  }

  @Test func `a watch waits for what was asked for, whatever the states say`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.withAgent(["web1"]) { agent in
      try await fixture.deploy([web])
      try await agent.acceptDesiredState()
      try await agent.report(1, states: [state(web.id)])
      // Everything is as desired as far as the server knows: the agent knows of drift.
      _ = try await fixture.resources.deploy(.init(environment: "default"))
      let wish = try await trigger(agent)
      #expect(wish.number > 0)
      try await fixture.resources.watch(
        .init(environment: "default", untilSettled: true)
      ) { responses in
        while let response = try await responses.next(), !response.isCurrent {}
        try await agent.report(2, states: [state(web.id, .nonCompliant, time: 2)])
        let drifted = try await responses.next()
        #expect(drifted?.states.first?.compliance == .nonCompliant)
        try await agent.report(3, states: [state(web.id, time: 3)])
        let repaired = try await responses.next()
        #expect(repaired?.states.first?.compliance == .compliant)
        try await answer(wish.number, by: agent)
        let last = try await responses.next()
        #expect(last?.settled == true)
        #expect(last?.absentAgents == [] && last?.silentAgents == [])
      }
    }
  }

  @Test func `a wish that was not answered comes again in the next session`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    try await fixture.withAgent(["web1"], id: 1) { agent in
      _ = try await fixture.resources.deploy(.init(environment: "default", mode: .check))
      let answered = try await trigger(agent)
      try await answer(answered.number, by: agent)
      _ = try await fixture.resources.deploy(.init(environment: "default", mode: .repair))
      let open = try await trigger(agent)
      #expect(open.mode == .repair)
    }
    try await fixture.withAgent(["web*"], id: 2) { agent in
      let again = try await trigger(agent)
      #expect(again.mode == .repair)
    }
  }

  @Test func `what was asked for survives the server, until the agent has answered`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web, file("/db", on: "db1")])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      _ = try await fixture.resources.deploy(.init(environment: "default", mode: .check))
      try await answer(try await trigger(agent).number, by: agent)
      _ = try await fixture.resources.deploy(
        .init(
          environment: "default", mode: .repair,
          filter: .init(resourceIDs: [web.id.description])))
      // An agent that ends before it answers, and a server that ends with it.
      _ = try await trigger(agent)
    }
    let second = try await ServerFixture(restarting: fixture)
    try await second.withAgent(["web1"], version: 1) { agent in
      try await agent.acceptDesiredState()
      let again = try await trigger(agent)
      #expect(again.mode == .repair)
      #expect(again.resourceIDs == [web.id.description])
      try await answer(again.number, by: agent)
    }
    // Of db1 nobody has heard: it is still to check.
    let third = try await ServerFixture(restarting: fixture)
    let environment = try #require(EnvironmentName("default"))
    let left = PendingTrigger(agent: "db1", mode: .check, resourceIDs: [])
    try await third.eventually {
      try await third.store.pendingTriggers(in: environment).map(\.trigger) == [left]
    }
    try await third.withAgent(["db1", "web1"], id: 2) { agent in
      let waited = try await trigger(agent)
      #expect(waited.mode == .check)
    }
  }

  @Test func `a watch waits for what was asked for before a restart`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      try await agent.report(1, states: [state(web.id)])
      _ = try await fixture.resources.deploy(.init(environment: "default", mode: .repair))
      _ = try await trigger(agent)
    }
    let second = try await ServerFixture(restarting: fixture)
    let last = try await settled(second)
    #expect(last?.absentAgents == ["web1"])
  }

  /// The last message of a watch, while the time passes.
  private func settled(_ fixture: ServerFixture) async throws -> ResourcesV1.WatchResponse? {
    let clock = Task {
      while !Task.isCancelled {
        fixture.clock.advance(seconds: 1)
        await fixture.server.tick()
        await Task.yield()
      }
    }
    defer { clock.cancel() }
    return try await fixture.resources.watch(
      .init(environment: "default", untilSettled: true)
    ) { responses in
      var last: ResourcesV1.WatchResponse?
      while let response = try await responses.next() { last = response }
      return last
    }
  }

  @Test func `a watch names the agents that did not do what was asked for`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    let db = try file("/db", on: "db1")
    try await fixture.deploy([web, db])
    try await fixture.withAgent(["db1"], id: 2) { agent in
      try await agent.report(1, states: [state(db.id)])
    }
    try await fixture.withAgent(["web1"], id: 1) { agent in
      try await agent.acceptDesiredState()
      try await agent.report(1, states: [state(web.id)])
      let response = try await fixture.resources.deploy(
        .init(environment: "default", mode: .repair))
      #expect(response.absentAgents == ["db1"])
      let last = try await settled(fixture)
      #expect(last?.settled == true)
      #expect(last?.absentAgents == ["db1"])
      #expect(last?.silentAgents == ["web1"])
    }
  }

  @Test(arguments: [
    SessionsV1.AgentCondition(paused: true),
    SessionsV1.AgentCondition(diskError: "no space left on device"),
  ])
  func `an agent that is kept from work is named, and not waited for`(
    condition: SessionsV1.AgentCondition
  ) async throws {
    let fixture = try await ServerFixture()
    try await fixture.deploy([file("/web")])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.writer.write(.init(kind: .condition(condition)))
      if condition.paused { try await agent.acceptDesiredState() }
      _ = try await fixture.resources.deploy(.init(environment: "default", mode: .repair))
      let start = fixture.clock.clock.elapsed()
      let last = try await settled(fixture)
      #expect(last?.settled == true)
      #expect(last?.hinderedAgents.map(\.name) == ["web1"])
      #expect(last?.hinderedAgents.first?.paused == condition.paused)
      #expect(last?.hinderedAgents.first?.diskError == condition.diskError)
      #expect(last?.silentAgents == [] && last?.absentAgents == [])
      #expect(fixture.clock.clock.elapsed() - start < .seconds(100))
      let listed = try await fixture.agent("web1")
      #expect(listed?.paused == condition.paused && listed?.diskError == condition.diskError)

      // It can work again: it is waited for.
      try await agent.writer.write(.init(kind: .condition(.init())))
      try await fixture.eventually { try await fixture.agent("web1")?.paused == false }
      try await fixture.eventually { try await fixture.agent("web1")?.diskError == "" }
      let waits = try await settled(fixture)
      #expect(waits?.hinderedAgents == [] && waits?.silentAgents == ["web1"])
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
