import Resources
import Store
import Testing

/// What every store does with states and reports.
@Suite struct StoreContractStateTests {
  @Test(arguments: StoreKind.allCases)
  func `an unchanged resource keeps its state over a release`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let same = try file("/same")
      let changing = try file("/changing")
      try await store.deploy([same, changing])
      let agent = try await store.openAgent()
      _ = try await store.apply(
        AgentReport(
          instance: agent.key, number: 1, states: [deployed(same.id), deployed(changing.id)]),
        in: .lab, at: .seconds(60))
      try await store.deploy([same, try file("/changing", hash: 2), try file("/new")])
      #expect(try await store.state(same.id)?.compliance == .compliant)
      let changed = try await store.state(changing.id)
      #expect(changed?.compliance == .hasUpdate)
      #expect(changed?.handlerResult == .successful)
      let new = try await store.state(fileID("/new"))
      #expect(new?.compliance == .hasUpdate)
      #expect(new?.handlerResult == .new)
      // Back to what is still on the machine.
      try await store.deploy([same, changing])
      #expect(try await store.state(changing.id)?.compliance == .compliant)
      #expect(try await store.complianceCounts(in: .lab) == [.compliant: 2])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a resource that leaves and comes back is new`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a")])
      let agent = try await store.openAgent()
      let fact = Fact(
        resourceID: try fileID("/a"), name: "size", value: 3, time: .seconds(1), expires: false)
      _ = try await store.apply(
        AgentReport(
          instance: agent.key, number: 1, states: [deployed(fileID("/a"))], facts: [fact]),
        in: .lab, at: .seconds(60))
      try await store.deploy([])
      #expect(try await store.state(fileID("/a")) == nil)
      try await store.deploy([file("/a")])
      #expect(try await store.state(fileID("/a"))?.compliance == .hasUpdate)
      #expect(try await store.facts(in: .lab, FactQuery(limit: 10), at: .seconds(61)).isEmpty)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `what requires something undefined is blocked, however far`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let base = try file("/base", isUndefined: true)
      let middle = try file("/middle", requires: [base.id])
      let top = try file("/top", requires: [middle.id])
      let free = try file("/free")
      try await store.deploy([base, middle, top, free])
      #expect(try await store.state(base.id)?.compliance == .undefined)
      #expect(try await store.state(base.id)?.blocked == .blocked)
      #expect(try await store.state(top.id)?.compliance == .hasUpdate)
      #expect(try await store.state(top.id)?.blocked == .blocked)
      #expect(try await store.state(free.id)?.blocked == .notBlocked)
      // The next version knows the value.
      try await store.deploy([try file("/base", hash: 2), middle, top, free])
      #expect(try await store.state(top.id)?.blocked == .notBlocked)
      #expect(try await store.state(base.id)?.compliance == .hasUpdate)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a report about an older version leaves the update`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a", hash: 1)])
      let agent = try await store.openAgent()
      try await store.deploy([file("/a", hash: 2)])
      let outcome = try await store.apply(
        AgentReport(instance: agent.key, number: 1, states: [deployed(fileID("/a"), hash: 1)]),
        in: .lab, at: .seconds(60))
      #expect(outcome.states.map(\.compliance) == [.hasUpdate])
      #expect(outcome.states.map(\.handlerResult) == [.successful])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a report is stored once, and gaps are refused`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a")])
      let agent = try await store.openAgent()
      let report = AgentReport(
        instance: agent.key, number: 1, states: [try deployed(fileID("/a"))],
        entries: [logEntry(1, "one")])
      #expect(try await store.apply(report, in: .lab, at: .seconds(60)).isNew)
      let again = try await store.apply(report, in: .lab, at: .seconds(61))
      #expect(again == ReportOutcome(isNew: false, acknowledged: 1, states: []))
      let log = try await store.logEntries(in: .lab, filter: .init(), before: nil, limit: 10)
      #expect(log.entries.map(\.entry.text) == ["one"])
      let gap = await #expect(throws: StoreError.self) {
        try await store.apply(
          AgentReport(instance: agent.key, number: 3), in: .lab, at: .seconds(62))
      }
      #expect(gap?.code == .failedPrecondition)
      #expect(gap?.message.contains("report 3") == true)
      // The number survives the session; a server that lost it takes that of the agent.
      #expect(try await store.openAgent().hello.acknowledged == 1)
      #expect(try await store.openAgent(8, acknowledged: 41).hello.acknowledged == 41)
      #expect(try await store.instances(in: .lab).count == 2)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `views join resources and states, and filter`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let a = try file("/a")
      let b = try file("/b", on: "web2", requires: [a.id])
      try await store.deploy([a, b])
      let agent = try await store.openAgent()
      _ = try await store.apply(
        AgentReport(instance: agent.key, number: 1, states: [deployed(a.id)]),
        in: .lab, at: .seconds(60))
      func ids(_ filter: ResourceFilter) async throws -> [ResourceID] {
        try await store.resourceViews(
          in: .lab, filter: filter, page: PageRequest(limit: 10), hasFields: false
        ).views.map(\.resource.id)
      }
      #expect(try await ids(.init()) == [a.id, b.id])
      #expect(try await ids(.init(agents: ["web2"])) == [b.id])
      #expect(try await ids(.init(compliance: [.compliant])) == [a.id])
      #expect(try await ids(.init(patterns: [GlobPattern("*path=/b]")])) == [b.id])
      #expect(try await ids(.init(types: ["std::Directory"])).isEmpty)
      let view = try await store.resourceView(b.id, in: .lab)
      #expect(view.resource == b)
      #expect(view.state.compliance == .hasUpdate)
      #expect(try await store.remoteRequirers(of: try number(1), in: .lab) == [a.id: ["web2"]])
      let missing = await #expect(throws: StoreError.self) {
        try await store.resourceView(fileID("/no"), in: .lab)
      }
      #expect(missing?.code == .notFound)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `wishes are kept until they are removed by their number`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let all = PendingTrigger(agent: "web1", mode: .repair, resourceIDs: [])
      let two = PendingTrigger(
        agent: "web2", mode: .check, resourceIDs: [try fileID("/a"), try fileID("/b")])
      let one = PendingTrigger(agent: "web2", mode: .check, resourceIDs: [try fileID("/a")])
      let first = try await store.addPendingTriggers([all, two, all], in: .lab)
      #expect(
        try await store.pendingTriggers(in: .lab) == [
          StoredTrigger(number: first, trigger: all), StoredTrigger(number: first, trigger: two),
        ])
      // What is asked for again ends with the newer wish, not with the older one.
      let second = try await store.addPendingTriggers([one], in: .lab)
      #expect(first < second)
      try await store.removePendingTriggers([first], of: ["web1", "web2"], in: .lab)
      #expect(
        try await store.pendingTriggers(in: .lab) == [StoredTrigger(number: second, trigger: one)])
      // The wish of another agent stays.
      try await store.removePendingTriggers([second], of: ["web1"], in: .lab)
      #expect(try await store.pendingTriggers(in: .lab).count == 1)
      try await store.removePendingTriggers([second], of: ["web2"], in: .lab)
      #expect(try await store.pendingTriggers(in: .lab).isEmpty)
      // A number is never used again.
      #expect(try await store.addPendingTriggers([all], in: .lab) > second)
    }
  }
}
