import Resources
import Store
import Testing

/// What every store does with runs, entries, facts, files and their age.
@Suite struct StoreContractHistoryTests {
  private func run(
    _ path: String, started: Int64, entries: [LogEntry] = []
  ) throws -> ResourceAction {
    ResourceAction(
      id: .random(), resourceID: try fileID(path), version: VersionNumber(1), kind: .deploy,
      started: .seconds(started), finished: .seconds(started + 1), result: .successful,
      change: .updated,
      changes: [AttributeChange(field: "mode", current: 384, desired: 420)], message: "updated",
      entries: entries)
  }

  @Test(arguments: StoreKind.allCases)
  func `runs come newest first, with entries if asked`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a"), file("/b")])
      let agent = try await store.openAgent()
      let old = try run("/a", started: 10, entries: [logEntry(1, "reading")])
      let new = try run("/a", started: 30)
      let other = try run("/b", started: 20)
      _ = try await store.apply(
        AgentReport(instance: agent.key, number: 1, actions: [old, new, other]),
        in: .lab, at: .seconds(60))
      let all = try await store.actions(in: .lab, ActionQuery(limit: 10, hasEntries: true))
      #expect(all.map(\.action) == [new, other, old])
      let ofA = try await store.actions(
        in: .lab,
        ActionQuery(
          resourceID: fileID("/a"), after: .before(.seconds(30)), limit: 10, hasEntries: false))
      var bare = old
      bare.entries = []
      #expect(ofA.map(\.action) == [bare])
      #expect(
        try await store.actions(in: .lab, ActionQuery(limit: 1, hasEntries: false)).map(\.action.id)
          == [new.id])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `runs and facts come page by page, none twice and none left out`(
    kind: StoreKind
  ) async throws {
    try await kind.withStore { store in
      let names = (0..<7).map { "/file\($0)" }
      try await store.deploy(try names.map { try file($0) })
      let agent = try await store.openAgent()
      // All began at the same time.
      let runs = try names.map { try run($0, started: 10) }
      let facts = try names.flatMap { name in
        try ["é", "a", "z"].map { fact in
          Fact(resourceID: try fileID(name), name: fact, value: 1, time: .seconds(1))
        }
      }
      _ = try await store.apply(
        AgentReport(instance: agent.key, number: 1, actions: runs, facts: facts),
        in: .lab, at: .seconds(60))
      var seen: [ActionID] = []
      var place: ActionCursor?
      while true {
        let page = try await store.actions(
          in: .lab, ActionQuery(after: place, limit: 2, hasEntries: false))
        guard let last = page.last else { break }
        seen += page.map(\.action.id)
        place = last.cursor
      }
      #expect(seen == runs.reversed().map(\.id))
      var found: [FactKey] = []
      var after: FactKey?
      while true {
        let page = try await store.facts(
          in: .lab, FactQuery(after: after, limit: 4), at: .seconds(60))
        guard let last = page.last else { break }
        found += page.map(\.key)
        after = last.key
      }
      #expect(found == facts.map(\.key).sorted { $0.precedes($1) })
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `the log has the order of arrival, and filters`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a")])
      let agent = try await store.openAgent()
      let other = try await store.openAgent(9)
      let inRun = [logEntry(1, "reading"), logEntry(3, "it broke", level: .error)]
      _ = try await store.apply(
        AgentReport(
          instance: agent.key, number: 1, actions: [run("/a", started: 5, entries: inRun)],
          entries: [logEntry(2, "connected")]), in: .lab, at: .seconds(60))
      _ = try await store.apply(
        AgentReport(instance: other.key, number: 1, entries: [logEntry(1, "hello", agent: "db")]),
        in: .lab, at: .seconds(61))
      func texts(_ filter: LogFilter, limit: Int = 10) async throws -> [String] {
        try await store.logEntries(in: .lab, filter: filter, before: nil, limit: limit)
          .entries.map(\.entry.text)
      }
      #expect(try await texts(.init()) == ["reading", "it broke", "connected", "hello"])
      #expect(try await texts(.init(), limit: 2) == ["connected", "hello"])
      #expect(try await texts(.init(minimumLevel: .error)) == ["it broke"])
      #expect(try await texts(.init(agents: ["db"])) == ["hello"])
      #expect(try await texts(.init(contains: "nn")) == ["connected"])
      let stored = try await store.logEntries(in: .lab, filter: .init(), before: nil, limit: 10)
      #expect(stored.entries.first?.entry.arguments == ["n": 1])
      #expect(stored.entries.last?.source == other.key)
      #expect(stored.nextBefore == nil)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a fact expires by the clock of the server`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      try await store.deploy([file("/a")])
      let agent = try await store.openAgent()
      // The agent's clock is a day off.
      let short = Fact(
        resourceID: try fileID("/a"), name: "load", value: 0.5, time: .seconds(-86_400))
      let long = Fact(
        resourceID: try fileID("/a"), name: "serial", value: "x7", time: .seconds(0),
        expires: false)
      _ = try await store.apply(
        AgentReport(instance: agent.key, number: 1, facts: [short, long]),
        in: .lab, at: .seconds(1_000))
      let valid = try await store.facts(
        in: .lab, FactQuery(resourceID: fileID("/a"), limit: 10), at: .seconds(4_599))
      #expect(valid.map(\.name) == ["load", "serial"])
      #expect(valid.first?.expiry == .seconds(4_600))
      #expect(
        try await store.facts(in: .lab, FactQuery(limit: 10), at: .seconds(4_600)).map(\.name)
          == ["serial"])
      #expect(try await store.removeExpired(at: .seconds(4_600)).facts == 1)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `files come back whole and in parts`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let bytes = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 / 7) }
      let big = FileContents(digest: try digest(1), bytes: bytes)
      let empty = FileContents(digest: try digest(2), bytes: [])
      #expect(
        try await store.missingFiles(of: [digest(1), digest(2), digest(1)], at: .seconds(1))
          == [digest(1), digest(2)])
      try await store.putFiles([big, empty, big], at: .seconds(1))
      #expect(
        try await store.missingFiles(of: [digest(1), digest(3)], at: .seconds(1)) == [digest(3)])
      #expect(try await store.fileSize(digest(1)) == bytes.count)
      #expect(try await store.fileSize(digest(2)) == 0)
      #expect(try await store.fileSize(digest(3)) == nil)
      #expect(
        try await store.readFile(digest(1), offset: 0, bytesMax: 1 << 20) == bytes)
      #expect(
        try await store.readFile(digest(1), offset: 262_140, bytesMax: 300_000)
          == Array(bytes[262_140..<562_140]))
      #expect(try await store.readFile(digest(1), offset: 700_001, bytesMax: 10) == [])
      let ids = [try digest(2), try digest(1), try digest(3), try digest(2)]
      #expect(try await store.readFiles(ids, bytesMax: 700_001) == [empty, big])
      #expect(try await store.readFiles(ids, bytesMax: 700_000) == [empty])
      #expect(try await store.readFiles([digest(3)], bytesMax: 1) == [])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `retention removes what is old, and keeps what is in force`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      _ = try await store.updateSettings(
        EnvironmentSettings(versionsKept: 2, actionRetentionDays: 1), of: .lab)
      try await store.putFiles(
        [
          FileContents(digest: try digest(1), bytes: [1]),
          FileContents(digest: try digest(2), bytes: [2]),
        ], at: .seconds(10))
      let content = Value.content(digest: try digest(1), byteCount: 1)
      try await store.deploy([file("/a", fields: ["content": content])])
      for _ in 1...3 {
        _ = try await store.putVersion(
          NewVersion(environment: .lab, resources: [file("/a", hash: 2)]), at: .seconds(11))
      }
      let agent = try await store.openAgent()
      _ = try await store.apply(
        AgentReport(
          instance: agent.key, number: 1, actions: [run("/a", started: 5)],
          entries: [logEntry(1, "x")]), in: .lab, at: .seconds(60))
      let summary = try await store.removeExpired(at: .seconds(60 + 86_401))
      #expect(summary.versions == 1)
      #expect(summary.actions == 2)
      #expect(summary.files == 1)
      #expect(
        try await store.versions(in: .lab, before: nil, limit: 10).map(\.number.rawValue)
          == [4, 3, 1])
      #expect(try await store.fileSize(digest(1)) == 1)
      let kept = try await store.resourceView(fileID("/a"), in: .lab)
      #expect(kept.resource.fields == ["content": content])
    }
  }
}
