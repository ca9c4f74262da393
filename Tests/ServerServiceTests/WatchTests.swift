import RPCCore
import Resources
import Schema
import SchemaMapping
import Store
import Testing

@testable import ServerService

@Suite struct WatchTests {
  /// What a watch that ends when settled says: the last state of each resource.
  private func settle(
    _ fixture: ServerFixture, version: UInt64
  ) async throws -> [String: ResourceV1.ResourceState] {
    try await fixture.resources.watch(
      .init(environment: "default", untilSettled: true, version: version)
    ) { responses in
      var states: [String: ResourceV1.ResourceState] = [:]
      while let response = try await responses.next() {
        for state in response.states { states[state.resourceID] = state }
        if response.settled { break }
      }
      return states
    }
  }

  @Test func `a watch ends when everything that could be done is done`() async throws {
    let fixture = try await ServerFixture()
    let good = try file("/good")
    let bad = try file("/bad")
    let behind = try file("/behind", requires: [bad.id])
    let unknown = try file("/unknown", unknown: ["content"])
    try await fixture.withAgent(["web1"]) { agent in
      try await fixture.deploy([good, bad, behind, unknown])
      async let watched = settle(fixture, version: 1)
      try await agent.acceptDesiredState()
      try await agent.report(
        1, states: [state(good.id, .hasUpdate, .new, isDeploying: true)])
      try await agent.report(2, states: [state(good.id)])
      try await agent.report(
        3,
        states: [
          state(bad.id, .nonCompliant, .failed),
          state(behind.id, .hasUpdate, .skipped, blocked: .temporarilyBlocked),
        ])
      let states = try await watched
      #expect(states[good.id.description]?.compliance == .compliant)
      #expect(states[bad.id.description]?.handlerResult == .failed)
      #expect(states[behind.id.description]?.blocked == .temporarilyBlocked)
      #expect(states[unknown.id.description]?.blocked == .blocked)
    }
  }

  @Test func `a version that changes nothing settles at once`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      try await agent.report(1, states: [state(web.id)])
    }
    let version = try await fixture.deploy([web])
    #expect(
      try await settle(fixture, version: version)[web.id.description]?.compliance == .compliant)
    #expect(try await settle(fixture, version: fixture.deploy([])).isEmpty)
  }

  @Test func `an agent that nobody ever saw is not waited for, and that is said`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    let version = try await fixture.deploy([web])
    async let watched = settle(fixture, version: version)
    // The time passes while the watch looks at the clock with each tick.
    let clock = Task {
      while !Task.isCancelled {
        fixture.clock.advance(seconds: 1)
        await fixture.server.tick()
        await Task.yield()
      }
    }
    let states = try await watched
    clock.cancel()
    let found = states[web.id.description]
    #expect(found?.message == "waits for agent web1, which is not connected")
    #expect(found?.compliance == .hasUpdate)
  }

  @Test func `a watch follows the next release`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.deploy([file("/old")])
    let new = try fileID("/new").description
    try await fixture.resources.watch(.init(environment: "default")) { responses in
      while let response = try await responses.next(), !response.isCurrent {}
      try await fixture.deploy([file("/new")])
      while let response = try await responses.next() {
        guard response.version == 2 else { continue }
        #expect(response.states.map(\.resourceID) == [new])
        return
      }
      Issue.record("the watch ended")
    }
  }

  @Test func `a deleted environment ends its watches`() async throws {
    let fixture = try await ServerFixture()
    let code = await code {
      try await fixture.resources.watch(.init(environment: "default")) { responses in
        while let response = try await responses.next(), !response.isCurrent {}
        _ = try await fixture.environments.delete(.init(name: "default"))
        while try await responses.next() != nil {}
      }
    }
    #expect(code == .notFound)
  }
}

/// The rules, one by one.
@Suite struct SettleTrackerTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let rule: String
    let state: @Sendable (ResourceID) throws -> ResourceState
    var stored: UInt64? = 2
    var quiet: Int64 = 0
    let settles: Bool
    var testDescription: String { rule }
  }

  static let rows: [Row] = [
    Row(rule: "new", state: { ResourceState(id: $0) }, settles: false),
    Row(rule: "compliant", state: { try state($0) }, settles: true),
    Row(rule: "runs", state: { try state($0, isDeploying: true) }, settles: false),
    Row(
      rule: "runs, long", state: { try state($0, isDeploying: true) }, quiet: 500, settles: false),
    Row(
      rule: "failed in this version", state: { try state($0, .nonCompliant, .failed, version: 2) },
      settles: true),
    Row(
      rule: "failed in the version before",
      state: { try state($0, .nonCompliant, .failed, version: 1) }, settles: false),
    Row(
      rule: "failed, version not on disk yet",
      state: { try state($0, .nonCompliant, .failed, version: 2) }, stored: 1, settles: false),
    Row(
      rule: "drifted in a check",
      state: { try state($0, .nonCompliant, .successful, version: 2) }, settles: true),
    Row(
      rule: "temporarily blocked",
      state: { try state($0, .hasUpdate, .skipped, blocked: .temporarilyBlocked) }, settles: true),
    // Nothing came for two minutes, and nothing runs.
    Row(rule: "quiet", state: { ResourceState(id: $0) }, quiet: 120, settles: true),
  ]

  @Test(arguments: rows) func `a resource settles or not`(row: Row) throws {
    let web = try file("/web")
    var tracker = SettleTracker(version: try #require(VersionNumber(2)), at: .zero)
    tracker.add(
      ResourceView(resource: web, state: try row.state(web.id), undeployable: .no))
    let verdict = tracker.verdict(at: .seconds(row.quiet), isHalted: false) { _ in
      .connected(storedVersion: row.stored.flatMap(VersionNumber.init))
    }
    #expect((verdict == .settled(absent: [])) == row.settles)
  }

  @Test func `a change is waited for by what reacts to it, for five seconds`() throws {
    let config = try file("/config")
    let reload = try file("/reload", requires: [config.id], receivesEvents: true)
    var tracker = SettleTracker(version: try #require(VersionNumber(2)), at: .zero)
    for resource in [config, reload] {
      tracker.add(
        ResourceView(
          resource: resource, state: try state(resource.id, time: 10), undeployable: .no))
    }
    let version = VersionNumber(2)
    func settles(_ seconds: Int64) -> Bool {
      tracker.verdict(at: .seconds(seconds), isHalted: false) { _ in
        .connected(storedVersion: version)
      } == .settled(absent: [])
    }
    #expect(settles(1))
    tracker.apply(try state(config.id, change: .updated, time: 20), at: .seconds(2))
    #expect(!settles(3))
    #expect(settles(7))
    tracker.apply(try state(reload.id, time: 30), at: .seconds(3))
    #expect(settles(3))
  }

  @Test func `an agent that is kept from work is waited for as long as a run goes on`() throws {
    let web = try file("/web")
    func verdict(
      _ hindrance: Hindrance, _ now: Int64, isDeploying: Bool = false, stored: UInt64 = 2
    ) throws -> SettleTracker.Verdict {
      var tracker = SettleTracker(version: try #require(VersionNumber(2)), at: .seconds(100))
      tracker.add(
        ResourceView(
          resource: web,
          state: try state(
            web.id, .nonCompliant, .failed, version: isDeploying ? 1 : 2, isDeploying: isDeploying),
          undeployable: .no))
      return tracker.verdict(at: .seconds(now), isHalted: false) { _ in
        .connected(storedVersion: VersionNumber(stored), hindrance: hindrance)
      }
    }
    let paused = Hindrance(isPaused: true, since: .zero)
    let full = Hindrance(diskError: "full", since: .seconds(101))
    #expect(try verdict(paused, 200, isDeploying: true) == .waits)
    // A paused agent takes versions; what failed in this one has settled anyway.
    #expect(try verdict(paused, 200, stored: 1) == .waits)
    #expect(try verdict(paused, 200) == .settled(absent: []))
    #expect(try verdict(full, 103, stored: 1) == .waits)
    #expect(try verdict(full, 104, stored: 1) == .settled(absent: [], hindered: ["web1"]))
  }

  @Test func `an absent agent is waited for as long as its lease`() throws {
    let web = try file("/web")
    var tracker = SettleTracker(version: try #require(VersionNumber(2)), at: .seconds(100))
    tracker.add(
      ResourceView(resource: web, state: ResourceState(id: web.id), undeployable: .no))
    func verdict(_ now: Int64, isKnown: Bool, isHalted: Bool = false) -> SettleTracker.Verdict {
      tracker.verdict(at: .seconds(now), isHalted: isHalted) { _ in
        .absent(since: .seconds(0), isKnown: isKnown)
      }
    }
    #expect(verdict(102, isKnown: false) == .waits)
    #expect(verdict(103, isKnown: false) == .settled(absent: [web.id]))
    #expect(verdict(129, isKnown: true) == .waits)
    #expect(verdict(130, isKnown: true) == .settled(absent: [web.id]))
    #expect(verdict(100, isKnown: true, isHalted: true) == .settled(absent: [web.id]))
  }
}
