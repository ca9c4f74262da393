import Deployment
import Digest
import Foundation
import RPCCore
import Resources
import Schema
import SchemaMapping
import Synchronization
import Testing

@testable import AgentService

@Suite struct AgentTests {
  @Test func `a version is deployed, in order, and reported with its log`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let version = try await fixture.release([
        try fixture.resource("b", "two", requires: ["a"]),
        try fixture.resource("a", "one", extra: ["secret": .secret("hidden-word")]),
      ])
      let states = try await fixture.settle(version)
      #expect(states.values.allSatisfy { $0.compliance == .compliant && !$0.isDeploying })
      #expect(fixture.world.things == ["a": "one", "b": "two"])
      #expect(fixture.world.runs == ["a", "b"])
      try await agent.waitUntilReported()

      let actions = try await fixture.actions("a")
      #expect(actions.map(\.change) == [.created])
      let entries = try #require(actions.first?.entries)
      #expect(entries.contains { $0.text == "reading a" && $0.arguments["name"] == "a" })
      #expect(!entries.contains { "\($0)".contains("hidden-word") })
      #expect(entries.map(\.sequence) == entries.map(\.sequence).sorted())
      let facts = try await ResourcesV1.ResourcesClient(fixture.channel).listFacts(
        ResourcesV1.ListFactsRequest(environment: "default")
      ).facts
      #expect(facts.map(\.name) == ["length", "length"])
    }
  }

  @Test func `a handler that says too much does not stop the reports`() async throws {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.talkative = ["b"] }
    try await fixture.withAgent { agent in
      let version = try await fixture.release([
        try fixture.resource("a", "one"), try fixture.resource("b", "two"),
      ])
      let states = try await fixture.settle(version)
      #expect(states["a"]?.compliance == .compliant)
      #expect(states["b"]?.handlerResult == .failed)
      #expect(states["b"]?.message.hasPrefix("too much: xxx") == true)
      try await agent.waitUntilReported()
      let facts = try await ResourcesV1.ResourcesClient(fixture.channel).listFacts(
        ResourcesV1.ListFactsRequest(environment: "default")
      ).facts.filter { $0.name == "flood" }
      #expect(facts.count == 1)
    }
  }

  @Test func `only what changed is touched by the next version`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let names = (0..<20).map { "n\($0)" }
      try await fixture.settle(
        try await fixture.release(try names.map { try fixture.resource($0, "x") }))
      #expect(fixture.world.runs.count == 20)
      let unchanged = try await fixture.release(try names.map { try fixture.resource($0, "x") })
      try await agent.waitForLog("version \(unchanged) is in force")
      let version = try await fixture.release(
        try names.map { try fixture.resource($0, $0 == "n7" ? "y" : "x") })
      try await fixture.settle(version)
      #expect(fixture.world.runs.count == 21)
      #expect(fixture.world.things["n7"] == "y")
    }
  }

  @Test func `without a server the agent repairs, and reports all of it once later`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release([
          try fixture.resource("a", "one"), try fixture.resource("b", "two"),
        ]))
      try await agent.waitUntilReported()
      fixture.gate.close()
      fixture.world.state.withLock { $0.things["a"] = "drifted" }
      for _ in 0..<3 {
        _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
        try await agent.waitUntilIdle()
      }
      #expect(fixture.world.things["a"] == "one")
      #expect(try await fixture.actions().count == 2)
      fixture.gate.reopen()
      try await agent.waitUntilReported()
      let actions = try await fixture.actions()
      #expect(actions.count == 8)
      #expect(Set(actions.map(\.id)).count == 8)
      #expect(actions.count { $0.change == .updated } == 1)
    }
  }

  @Test func `an agent that starts without a server enforces what is on its disk`() async throws {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.failing = ["b"] }
    let version = try await fixture.withAgent { agent in
      let version = try await fixture.release([
        try fixture.resource("a", "one"), try fixture.resource("b", "two"),
        try fixture.resource("c", "three", requires: ["b"]),
      ])
      let states = try await fixture.settle(version)
      #expect(states["b"]?.handlerResult == .failed)
      #expect(states["b"]?.message.contains("the world refuses b") == true)
      #expect(states["c"]?.blocked == .temporarilyBlocked)
      return version
    }
    fixture.gate.close()
    fixture.world.state.withLock { $0.failing = [] }
    try await fixture.withAgent { agent in
      try await agent.waitUntilIdle()
      #expect(fixture.world.things == ["a": "one", "b": "two", "c": "three"])
      #expect(fixture.world.runs.count { $0 == "a" } == 1)
      fixture.gate.reopen()
      try await agent.waitUntilReported()
      let states = try await fixture.settle(version)
      #expect(states.values.allSatisfy { $0.compliance == .compliant })
    }
  }

  @Test func `contents are fetched before a version is in force, and verified`() async throws {
    let fixture = try await Fixture()
    // Large enough for a file of its own.
    let text = String(repeating: "from a file ", count: 2_000)
    let bytes = Array(text.utf8)
    let digest = SHA256.digest(of: bytes)
    _ = try await FilesV1.FilesClient(fixture.channel).upload { writer in
      try await writer.write(
        FilesV1.UploadRequest(digest: digest.bytes, contents: bytes, last: true))
    }
    try await fixture.withAgent { _ in
      let version = try await fixture.release([
        try fixture.resource(
          "a", "one ", extra: ["file": .content(digest: digest, byteCount: bytes.count)])
      ])
      try await fixture.settle(version)
      #expect(fixture.world.things["a"] == "one " + text)
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.folder)/contents")
      #expect(names == [digest.hex])
    }
  }

  @Test func `a later version comes as what is different, and the rest stays`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let core = agent.agent.core
      let first = try ["a", "b", "c"].map { try fixture.resource($0, "one") }
      try await fixture.settle(try await fixture.release(first))
      let kept = try fixture.resource("a", "one")
      let second = [kept, try fixture.resource("b", "two"), try fixture.resource("d", "one")]
      let version = try await fixture.release(second)
      try await fixture.settle(version)
      #expect(await core.deployment.resources == second)
      #expect(await core.session.takenVersion == version)
      #expect(fixture.world.runs.count { $0 == "a" } == 1)

      // What an agent has not taken, it cannot change: the session ends, the next begins with all.
      await #expect(throws: RPCError.self) {
        try await core.receive(
          SessionsV1.DesiredState(version: 9, first: true, last: true, since: 8))
      }
      #expect(await core.deployment.resources == second)
    }
  }

  @Test func `a change is told to what requires it, and only then`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let second = try fixture.resource("b", "two", requires: ["a"])
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "1"), second]))
      #expect(fixture.world.state.withLock { $0.reloads } == ["b"])
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
      try await agent.waitUntilIdle()
      #expect(fixture.world.state.withLock { $0.reloads } == ["b"])
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "2"), second]))
      #expect(fixture.world.state.withLock { $0.reloads } == ["b", "b"])
    }
  }

  @Test func `a dry run shows differences and changes nothing`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release([
          try fixture.resource("a", "one"), try fixture.resource("b", "two"),
        ]))
      fixture.world.state.withLock { $0.things["a"] = "drifted" }
      let planned = try await ResourcesV1.ResourcesClient(fixture.channel).plan(
        ResourcesV1.PlanRequest(environment: "default"),
        options: CallOptions(timeout: .seconds(60))
      ) { responses in
        var planned: [ResourcesV1.PlannedResource] = []
        while let response = try await responses.next() { planned += response.resources }
        return planned
      }
      #expect(Set(planned.map(\.result)) == [.update, .unchanged])
      let change = planned.first { $0.result == .update }?.changes.first
      #expect(change?.field == "text")
      #expect(fixture.world.things["a"] == "drifted")
      // A check keeps what it found.
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .check))
      try await agent.waitUntilReported()
      let states = try await agent.control.listStates(AgentV1.ListStatesRequest()).states
      #expect(states.map(\.compliance) == [.nonCompliant, .compliant])
    }
  }

  @Test func `the server knows the drift that a check tells of, and a deployment repairs it`()
    async throws
  {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let resources = ResourcesV1.ResourcesClient(fixture.channel)
      let version = try await fixture.release([
        try fixture.resource("a", "one"), try fixture.resource("b", "two"),
      ])
      try await fixture.settle(version)
      for _ in 0..<30 {
        fixture.world.state.withLock { $0.things["a"] = "drifted" }
        let planned = try await resources.plan(
          ResourcesV1.PlanRequest(environment: "default", check: true),
          options: CallOptions(timeout: .seconds(60))
        ) { responses in
          var planned: [ResourcesV1.PlannedResource] = []
          while let response = try await responses.next() { planned += response.resources }
          return planned
        }
        #expect(Set(planned.map(\.result)) == [.update, .unchanged])
        let listed = try await resources.list(ResourcesV1.ListRequest(environment: "default"))
        #expect(listed.resources.map { $0.state?.compliance } == [.nonCompliant, .compliant])

        _ = try await resources.deploy(ResourcesV1.DeployRequest(environment: "default"))
        let states = try await fixture.settle(0)
        #expect(fixture.world.things["a"] == "one")
        #expect(states.values.allSatisfy { $0.compliance == .compliant })
      }
    }
  }

  @Test func `a repair that was asked for has ended when the watch ends`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let resources = ResourcesV1.ResourcesClient(fixture.channel)
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      for _ in 0..<30 {
        // Nobody but the agent can know of it, and it has not looked.
        fixture.world.state.withLock { $0.things["a"] = "drifted" }
        _ = try await resources.deploy(
          ResourcesV1.DeployRequest(environment: "default", mode: .repair))
        try await fixture.settle(0)
        #expect(fixture.world.things["a"] == "one")
      }
    }
  }

  @Test func `a removed resource is left alone and forgotten`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release([
          try fixture.resource("a", "one"), try fixture.resource("b", "two"),
        ]))
      let version = try await fixture.release([try fixture.resource("b", "two")])
      try await agent.waitForLog("version \(version) is in force")
      let status = try await agent.control.getStatus(AgentV1.GetStatusRequest())
      #expect(status.resources == 1 && status.version == version)
      #expect(fixture.world.things["a"] == "one")
    }
  }

  @Test func `a paused agent starts nothing`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      #expect(try await agent.control.pause(AgentV1.PauseRequest()).paused)
      let version = try await fixture.release([try fixture.resource("a", "one")])
      try await agent.waitForLog("version \(version) is in force")
      #expect(fixture.world.runs.isEmpty)
      _ = try await agent.control.resume(AgentV1.ResumeRequest())
      try await fixture.settle(version)
      #expect(fixture.world.things == ["a": "one"])
    }
  }

  @Test func `bad requests are refused with a reason`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      await #expect {
        _ = try await agent.cache.invalidate(AgentV1.InvalidateCacheRequest())
      } throws: {
        ($0 as? RPCError)?.code == .invalidArgument
      }
      await #expect {
        _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(resourceIDs: ["nonsense"]))
      } throws: {
        ($0 as? RPCError)?.message.contains("resource_ids[0]") == true
      }
      let dropped = try await agent.cache.invalidate(AgentV1.InvalidateCacheRequest(all: true))
      #expect(dropped.invalidated == 0)
    }
  }

  @Test func `a disk that refuses is said and survived`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      try await agent.waitUntilReported()
      // SQLite's own page limit stands for a full disk: the same error, at the same places.
      try await agent.limitPages(to: nil)
      let large = String(repeating: "x", count: 300_000)
      let version = try await fixture.release([try fixture.resource("a", large)])
      try await agent.waitForLog("the disk refuses the agent's state")
      #expect(fixture.world.things["a"] == "one")
      let status = try await agent.control.getStatus(AgentV1.GetStatusRequest())
      #expect(status.diskError.contains("full"), "\(status.diskError)")
      // The server knows, too, and a client that follows is not left waiting.
      let listed = try await fixture.agents()
      #expect(listed.first?.diskError == status.diskError)
      try await agent.limitPages(to: 1_000_000)
      try await fixture.settle(version)
      #expect(fixture.world.things["a"] == large)
      try await agent.waitForLog("the disk takes the agent's state again")
      #expect(try await agent.control.getStatus(AgentV1.GetStatusRequest()).diskError.isEmpty)
    }
  }

  @Test func `an agent with a full disk opens a session and says why it does nothing`() async throws
  {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      try await agent.waitUntilReported()
      try await agent.limitPages(to: nil)
      let large = String(repeating: "x", count: 300_000)
      let version = try await fixture.release([try fixture.resource("a", large)])
      try await agent.waitForLog("the disk refuses the agent's state")
      fixture.gate.close()
      while try await agent.control.getStatus(AgentV1.GetStatusRequest()).connected {
        try await Task.sleep(for: .milliseconds(5))
      }
      fixture.gate.reopen()
      while try await fixture.agents().first?.diskError.contains("full") != true {
        try await Task.sleep(for: .milliseconds(5))
      }
      try await agent.limitPages(to: 1_000_000)
      try await fixture.settle(version)
      #expect(fixture.world.things["a"] == large)
      try await agent.waitUntilReported()
    }
  }

  @Test func `a line is at the agent's and the server's listeners while its handler still runs`()
    async throws
  {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.held = ["a"] }
    try await fixture.withAgent { agent in
      try await agent.waitForLog("session with the server is open")
      try await LogsV1.LogsClient(fixture.channel).stream(
        LogsV1.StreamRequest(environment: "default", follow: true),
        options: CallOptions(timeout: .seconds(60))
      ) { responses in
        while let response = try await responses.next(), !response.isCurrent {}
        let version = try await fixture.release([try fixture.resource("a", "one")])
        while let response = try await responses.next() {
          if response.entries.contains(where: { $0.text == "reading a" }) { break }
        }
        try await agent.waitForLog("reading a")
        #expect(fixture.world.things.isEmpty, "the handler has not gone on")
        fixture.world.state.withLock { $0.held = [] }
        try await fixture.settle(version)
      }
    }
  }

  @Test(arguments: [
    (LogV1.LogFilter(contains: "reading b"), ["reading b"]),
    (LogV1.LogFilter(minimumLevel: .error), ["the world refuses b"]),
    (
      LogV1.LogFilter(minimumLevel: .info, resourceIDs: ["t::Thing[a1,name=a]"]),
      ["reading a"]
    ),
    (LogV1.LogFilter(minimumLevel: .info, resourceIDs: ["t::Thing*=a]"]), ["reading a"]),
    (LogV1.LogFilter(handlerIDs: ["no::Handler"]), []),
  ])
  func `a listener gets what it asked for, history first`(
    filter: LogV1.LogFilter, expected: [String]
  ) async throws {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.failing = ["b"] }
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release([
          try fixture.resource("a", "one"), try fixture.resource("b", "two"),
        ]))
      let texts = try await agent.logs.streamLogs(
        AgentV1.StreamLogsRequest(filter: filter, history: 1_000, historyOnly: true)
      ) { responses in
        var texts: [String] = []
        while let response = try await responses.next() { texts += response.entries.map(\.text) }
        return texts
      }
      let all = try await agent.history().map(\.text)
      #expect(texts == expected, "\(all)")
    }
  }

  @Test func `an agent that stops reports what ended, and gives its names back at once`()
    async throws
  {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release(try (0..<50).map { try fixture.resource("n\($0)", "x") }))
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
      try await agent.waitUntilIdle()
    }
    let actions = try await fixture.actions()
    #expect(actions.count == 100, "\(fixture.world.runs.count) runs")
    #expect(try await fixture.agents().contains { $0.connected } == false)
    // Another instance, with a data folder of its own, has the names without waiting for a lease.
    let other = try await Fixture(beside: fixture)
    try await other.withAgent { agent in
      try await agent.waitForLog("session with the server is open")
      #expect(try await agent.history().contains { $0.text.contains("ALREADY_EXISTS") } == false)
    }
  }

  @Test func `a session stays open after a reconnect`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      fixture.gate.close()
      try await agent.waitForLog("no session with the server")
      fixture.gate.reopen()
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "two")]))
      let sessions = await agent.agent.core.session.count
      for text in ["three", "four", "five"] {
        try await fixture.settle(try await fixture.release([try fixture.resource("a", text)]))
      }
      try await agent.waitUntilReported()
      #expect(await agent.agent.core.session.count == sessions)
    }
  }

  @Test func `what does not fit into one message is sent in several`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      let hub = agent.agent.core.hub
      for number in 0..<200 {
        let text = "long \(number) " + String(repeating: "y", count: 60_000)
        hub.append(
          LogEntry(
            sequence: 0, time: Timestamp(unixNanos: 0), level: .info, template: text, text: text,
            agent: "a1"))
      }
      let count = try await agent.logs.streamLogs(
        AgentV1.StreamLogsRequest(history: 200, historyOnly: true),
        options: CallOptions(timeout: .seconds(60))
      ) { responses in
        var count = 0
        while let response = try await responses.next() { count += response.entries.count }
        return count
      }
      #expect(count == 200)
      let version = try await fixture.release([try fixture.resource("a", "one")])
      try await fixture.settle(version)
    }
  }

  @Test func `what happened before a stop is reported after the next start`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { agent in
      try await fixture.settle(
        try await fixture.release(
          try (0..<50).map { try fixture.resource("n\($0)", "x") }))
      try await agent.waitUntilReported()
      fixture.gate.close()
      _ = try await agent.control.deploy(AgentV1.AgentDeployRequest(mode: .repair))
      try await agent.waitUntilIdle()
    }
    let runs = fixture.world.runs.count
    #expect(runs == 100)
    fixture.gate.reopen()
    try await fixture.withAgent { agent in
      try await agent.waitUntilReported()
      let actions = try await fixture.actions()
      #expect(actions.count == runs)
      #expect(Set(actions.map(\.id)).count == runs)
      #expect(fixture.world.runs.count == runs)
    }
  }

  @Test func `a new session alone is no reason to try again what failed`() async throws {
    let fixture = try await Fixture()
    fixture.world.state.withLock { $0.failing = ["a"] }
    try await fixture.withAgent { agent in
      try await fixture.settle(try await fixture.release([try fixture.resource("a", "one")]))
      try await agent.waitUntilReported()
      for _ in 0..<3 {
        let before = await agent.agent.core.session.count
        fixture.gate.close()
        fixture.gate.reopen()
        while await agent.agent.core.session.count == before { await Task.yield() }
        try await agent.waitUntilReported()
      }
      #expect(fixture.world.runs == ["a"])
    }
  }

  @Test func `a second agent with the same names is refused, and says so`() async throws {
    let fixture = try await Fixture()
    try await fixture.withAgent { first in
      try await first.waitForLog("session with the server is open")
      let other = try await Fixture(beside: fixture)
      try await other.withAgent { second in
        try await second.waitForLog("no session with the server")
        let entries = try await second.history()
        #expect(entries.contains { $0.level == .error && $0.text.contains("ALREADY_EXISTS") })
        #expect(try await !second.control.getStatus(AgentV1.GetStatusRequest()).connected)
      }
    }
  }
}
