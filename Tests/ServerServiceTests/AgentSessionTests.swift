import RPCCore
import Resources
import Schema
import SchemaMapping
import Store
import Testing

@testable import ServerService

@Suite struct AgentSessionTests {
  @Test func `the first start makes the environment default, later ones nothing`() async throws {
    let fixture = try await ServerFixture()
    _ = try await fixture.environments.create(.init(name: "lab"))
    try await fixture.server.prepare()
    let names = try await fixture.environments.list(.init()).environments.map(\.name)
    #expect(names == ["default", "lab"])
  }

  @Test func `an agent gets the resources of its names, and the states that they need`()
    async throws
  {
    let fixture = try await ServerFixture()
    let db = try file("/db", on: "db1")
    let other = try file("/other", on: "db1")
    let web = try file("/web", on: "web1", requires: [db.id])
    try await fixture.withAgent(["web*"]) { agent in
      try await fixture.deploy([db, other, web])
      let desired = try await agent.acceptDesiredState()
      #expect(desired.version == 1)
      #expect(desired.resources.map(\.id) == [web.id.description])
      #expect(desired.states.map(\.resourceID) == [web.id.description])
      #expect(desired.remoteStates.map(\.resourceID) == [db.id.description])
      try await fixture.eventually { try await fixture.agent("web1")?.version == 1 }
      let listed = try await fixture.agent("web1")
      #expect(listed?.connected == true)
      #expect(listed?.resources == 1)
      #expect(try await fixture.agent("db1")?.connected == false)
    }
    #expect(try await fixture.agent("web1")?.connected == false)
  }

  @Test func `states of other agents are relayed to those that require them`() async throws {
    let fixture = try await ServerFixture()
    let db = try file("/db", on: "db1")
    try await fixture.deploy([db, file("/web", requires: [db.id])])
    try await fixture.withAgent(["web1"], id: 1) { web in
      try await web.acceptDesiredState()
      try await fixture.withAgent(["db1"], id: 2) { agent in
        try await agent.acceptDesiredState()
        try await agent.report(1, states: [state(db.id)])
      }
      let relayed = try await web.receive { message in
        if case .remoteStates(let states) = message { states } else { nil }
      }
      #expect(relayed.states.map(\.resourceID) == [db.id.description])
      #expect(relayed.states.first?.compliance == .compliant)
    }
  }

  @Test func `a report is stored once, however often it comes`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    let action = ResourceAction(
      id: .random(), resourceID: web.id, version: VersionNumber(1), kind: .deploy,
      started: Timestamp(unixNanos: 1), finished: Timestamp(unixNanos: 2), result: .successful,
      change: .created, entries: [logEntry(1, "made")])
    for _ in 1...2 {
      try await fixture.withAgent(["web1"]) { agent in
        try await agent.report(1, states: [state(web.id)], actions: [action])
      }
    }
    let actions = try await fixture.resources.listActions(
      .init(environment: "default", withEntries: true)
    ).actions
    #expect(actions.map(\.actionID) == [action.id.bytes])
    #expect(actions.first?.entries.map(\.text) == ["made"])
    // A gap is the end of the session, not of the data.
    let gap = await code { try await fixture.withAgent(["web1"]) { try await $0.report(7) } }
    #expect(gap == .failedPrecondition)
  }

  @Test func `an agent cannot report states of names that it does not serve`() async throws {
    let fixture = try await ServerFixture()
    let db = try file("/db", on: "db1")
    try await fixture.deploy([db])
    try await fixture.withAgent(["web1"]) { try await $0.report(1, states: [state(db.id)]) }
    let view = try await fixture.resources.get(
      .init(environment: "default", resourceID: db.id.description))
    #expect(view.state?.compliance == .hasUpdate)
  }

  @Test func `the same instance takes over its session`() async throws {
    let fixture = try await ServerFixture()
    let code = await code {
      try await fixture.withAgent(["web1"]) { older in
        try await fixture.withAgent(["web1"]) { newer in
          try await newer.report(1)
          #expect(try await fixture.agent("web1")?.connected == true)
          while try await older.responses.next() != nil {}
        }
      }
    }
    #expect(code == .aborted)
  }

  @Test func `an agent that was refused and gave up is forgotten`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web*"], id: 1) { first in
      _ = await code { try await fixture.withAgent(["web*"], id: 2) { _ in } }
      #expect(try await fixture.agent("web*")?.refused.count == 1)
      fixture.clock.advance(seconds: 119)
      try await first.report(1)
      await fixture.server.tick()
      #expect(try await fixture.agent("web*")?.refused.count == 1)
      fixture.clock.advance(seconds: 1)
      await fixture.server.tick()
      #expect(try await fixture.agent("web*")?.refused.isEmpty == true)
    }
  }

  @Test func `two agents with the same name: the second is refused until the lease ends`()
    async throws
  {
    let fixture = try await ServerFixture()
    let end = await code {
      try await fixture.withAgent(["web*"], id: 1) { first in
        do {
          try await fixture.withAgent(["web*"], id: 2) { _ in }
          Issue.record("it was let in")
        } catch let error as RPCError {
          #expect(error.code == .alreadyExists)
          #expect(error.message.contains("web*"))
          #expect(error.message.contains("tcp://127.0.0.1:7001"))
        }
        let refused = try await fixture.agent("web*")?.refused
        #expect(refused?.map(\.address) == ["tcp://127.0.0.1:7002"])
        #expect(refused?.first?.message.contains("served by another instance") == true)
        fixture.clock.advance(seconds: 29)
        // A sign of life; the agent's clock is a day off, which does not matter.
        try await first.writer.write(
          .init(kind: .heartbeat(.init(timeUnixNanos: -86_400_000_000_000))))
        try await first.report(1)
        fixture.clock.advance(seconds: 29)
        #expect(
          await code { try await fixture.withAgent(["web*"], id: 2) { _ in } } == .alreadyExists)
        fixture.clock.advance(seconds: 2)
        try await fixture.withAgent(["web*"], id: 2) { second in
          #expect(try await fixture.agent("web*")?.refused.isEmpty == true)
          try await second.report(1)
          while try await first.responses.next() != nil {}
        }
      }
    }
    #expect(end == .aborted)
  }

  @Test func `an agent that says good-bye gives its names back at once`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web1"], id: 1) { _ in }
    try await fixture.withAgent(["web1"], id: 2) { try await $0.report(1) }
  }

  @Test func `the longest literal match serves a name, and names move`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.deploy([file("/a", on: "db1"), file("/b", on: "web1")])
    try await fixture.withAgent(["*"], id: 1) { all in
      #expect(try await all.acceptDesiredState().resources.count == 2)
      try await fixture.withAgent(["web*"], id: 2) { web in
        let onWeb = try await web.acceptDesiredState().resources.map(\.id)
        #expect(onWeb == ["std::File[web1,path=/b]"])
        let rest = try await all.acceptDesiredState().resources.map(\.id)
        #expect(rest == ["std::File[db1,path=/a]"])
      }
      #expect(try await all.acceptDesiredState().resources.count == 2)
    }
  }

  @Test func `an agent without names in the version gets an empty desired state`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.deploy([file("/a", on: "db1")])
    try await fixture.withAgent(["web1"], version: 9) { agent in
      let desired = try await agent.acceptDesiredState()
      #expect(desired.version == 1)
      #expect(desired.resources.isEmpty)
    }
  }

  @Test func `a secret goes to the agent, and to nobody else`() async throws {
    let fixture = try await ServerFixture()
    var web = try file("/web")
    web.fields = ["password": .secret("hunter2")]
    try await fixture.withAgent(["web1"]) { agent in
      try await fixture.deploy([web])
      var next = web
      next.fields = ["password": .secret("hunter3")]
      next.attributeHash = try digest(2)
      let desired = try await agent.desiredState()
      #expect(try desired.resources.map { try Resource($0).fields } == [web.fields])
      try await fixture.deploy([next])
    }
    let views = try await fixture.resources.list(.init(environment: "default", withFields: true))
    let view = try await fixture.resources.get(
      .init(environment: "default", resourceID: web.id.description))
    let resources = try await fixture.versions.getResources(.init(environment: "default")) {
      try await $0.next()
    }
    let difference = try await fixture.versions.diff(
      .init(environment: "default", fromVersion: 1, toVersion: 2)
    ) { try await $0.next() }
    for shown in ["\(views)", "\(view)", "\(String(describing: resources))"] {
      #expect(shown.contains("password"))
      #expect(shown.contains(Value.redactionMark))
      #expect(!shown.contains("hunter"))
    }
    // That it differs shows; what it is does not.
    #expect(difference?.fields.map(\.field) == ["password"])
    #expect(!String(describing: difference).contains("hunter"))
  }

  @Test func `settings and halt reach the agent`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web1"]) { agent in
      _ = try await fixture.environments.updateSettings(
        .init(name: "default", settings: .init(deployIntervalSeconds: 7)))
      _ = try await fixture.environments.halt(.init(name: "default"))
      let settings = try await agent.receive { message in
        if case .settings(let settings) = message, settings.halted { settings } else { nil }
      }
      #expect(settings.deployIntervalSeconds == 7)
      #expect(settings.repairIntervalSeconds == 86_400)
    }
  }

  @Test func `heartbeats go to agents by the clock of the server`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web1"]) { agent in
      fixture.clock.advance(seconds: 11)
      await fixture.server.tick()
      let beat = try await agent.receive { message in
        if case .heartbeat(let beat) = message { beat } else { nil }
      }
      #expect(beat.timeUnixNanos == 1_000_011_000_000_000)
    }
  }

  @Test func `a session that begins wrongly is refused with the reason`() async throws {
    let fixture = try await ServerFixture()
    func refused(_ hello: SessionsV1.Hello) async -> StatusCode? {
      await code {
        try await fixture.sessions.connect { writer, responses in
          try await writer.write(.init(kind: .hello(hello)))
          _ = try await responses.next()
        }
      }
    }
    let names = ["web1"]
    #expect(
      await refused(.init(environment: "default", namePatterns: names)) == .invalidArgument)
    #expect(await refused(.init(environment: "default", instanceID: [1])) == .invalidArgument)
    #expect(
      await refused(.init(environment: "default", instanceID: [1], namePatterns: [""]))
        == .invalidArgument)
    #expect(
      await refused(.init(environment: "no/pe", instanceID: [1], namePatterns: names))
        == .invalidArgument)
    #expect(
      await refused(.init(environment: "gone", instanceID: [1], namePatterns: names))
        == .notFound)
    let silent = await code {
      try await fixture.sessions.connect { writer, responses in
        try await writer.write(.init(kind: .heartbeat(.init())))
        _ = try await responses.next()
      }
    }
    #expect(silent == .invalidArgument)
  }
}
