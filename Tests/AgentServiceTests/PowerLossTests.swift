import RPCCore
import Resources
import Schema
import SchemaMapping
import Synchronization
import Testing

@testable import AgentService

/// What is stored and told to the server is on the disk of the world before.
@Suite struct PowerLossTests {
  @Test func `nothing is told to be as desired before the disk has it`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let names = (0..<300).map { "n\($0)" }
      for text in ["one", "two"] {
        let version = try await fixture.release(try names.map { try fixture.resource($0, text) })
        var told = 0
        try await ResourcesV1.ResourcesClient(fixture.channel).watch(
          ResourcesV1.WatchRequest(environment: "default", untilSettled: true, version: version),
          options: CallOptions(timeout: .seconds(60))
        ) { responses in
          while let response = try await responses.next() {
            let states = try response.states.map { try ResourceState($0) }
            let unsynced = fixture.world.state.withLock { $0.unsynced }
            for state in states
            where state.compliance == .compliant && state.version?.rawValue == version {
              told += 1
              #expect(!unsynced.contains(state.id.value), "\(state.id) is told too early")
            }
            if response.settled { break }
          }
        }
        #expect(told >= names.count)
        #expect(fixture.world.things.values.allSatisfy { $0 == text })
      }
    }
  }

  @Test func `what the disk refuses has failed, and is synced again by the run that succeeds`()
    async throws
  {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.refused = ["b"] }
    try await fixture.withAgent { agent in
      let version = try await fixture.release([
        try fixture.resource("a", "one"), try fixture.resource("b", "two"),
      ])
      let states = try await fixture.settle(version)
      #expect(states["a"]?.compliance == .compliant)
      #expect(states["b"]?.compliance == .nonCompliant)
      #expect(states["b"]?.handlerResult == .failed)
      #expect(states["b"]?.message == "the disk does not keep it: the platter is dusty")
      try await agent.waitUntilReported()
      let action = try #require(try await fixture.actions("b").first)
      #expect(action.result == .failed)
      #expect(action.entries.contains { $0.level == .error && $0.text.contains("dusty") })

      fixture.world.state.withLock { state in
        state.refused = []
        state.persisted = []
      }
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .deploy))
      try await agent.waitUntilReported()
      #expect(fixture.world.persisted.contains("b"), "the run that finds it there syncs it")
      #expect(try await fixture.settle(version).values.allSatisfy { $0.compliance == .compliant })
    }
  }

  @Test func `what the disk refused is not believed after a restart`() async throws {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.refused = ["a"] }
    let version = try await fixture.withAgent { agent in
      let version = try await fixture.release([try fixture.resource("a", "one")])
      try await fixture.settle(version)
      return version
    }
    fixture.world.state.withLock { state in
      state.refused = []
      state.things = [:]
    }
    try await fixture.withAgent { agent in
      try await agent.waitUntilReported()
      #expect(fixture.world.things == ["a": "one"])
      #expect(try await fixture.settle(version)["a"]?.compliance == .compliant)
    }
  }

  @Test func `what is found as desired for the first time is synced, later it is not`() async throws
  {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.things = ["a": "one"] }
    try await fixture.withAgent { agent in
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      #expect(fixture.world.persisted == ["a"], "an agent that was killed may have written it")
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
      try await agent.waitUntilReported()
      #expect(fixture.world.runs.count == 2)
      #expect(fixture.world.persisted == ["a"])
    }
  }
}
