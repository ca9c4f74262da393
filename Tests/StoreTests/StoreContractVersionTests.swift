import Resources
import Store
import Testing

/// What every store does with environments and versions.
@Suite struct StoreContractVersionTests {
  @Test(arguments: StoreKind.allCases)
  func `environments are kept by name, once`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      await #expect(throws: StoreError.self) { try await store.createEnvironment(.lab) }
      let other = EnvironmentRecord(
        name: try EnvironmentName("a.b").unwrapped, description: "", created: .seconds(2))
      try await store.createEnvironment(other)
      #expect(try await store.environments() == [other, .lab])
      let settings = EnvironmentSettings(deployIntervalSeconds: 5, isProtected: true)
      let changed = try await store.updateSettings(settings, of: .lab)
      #expect(changed.settings == settings)
      #expect(try await store.setHalted(true, of: .lab).isHalted)
      let error = await #expect(throws: StoreError.self) {
        try await store.deleteEnvironment(.lab)
      }
      #expect(error?.code == .failedPrecondition)
      try await store.deleteEnvironment(other.name)
      #expect(try await store.environments().map(\.name) == [.lab])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a setting out of its range is refused by name`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let error = await #expect(throws: StoreError.self) {
        try await store.updateSettings(EnvironmentSettings(versionsKept: 0), of: .lab)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains("versions_kept is 0") == true)
      let kept = try await store.environment(.lab)
      #expect(kept.settings == EnvironmentSettings())
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a version comes back as it was put, in order of ids`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let motd = try file("/etc/motd", fields: ["content": "hi", "list": [1, 2.5, nil]])
      let issue = try file("/etc/issue", requires: [motd.id])
      let bindings = [HandlerBinding(resourceType: "std::File", handlerID: "builtin.file")]
      let outcome = try await store.putVersion(
        NewVersion(
          environment: .lab, message: "first", resources: [motd, issue], handlerBindings: bindings),
        at: .seconds(20))
      #expect(outcome.version.number == VersionNumber(1))
      #expect(outcome.version.status == .candidate)
      #expect(outcome.version.resourceCount == 2)
      let page = try await store.resources(
        of: try number(1), in: .lab, filter: .init(), page: PageRequest(limit: 10))
      #expect(page.resources == [issue, motd])
      #expect(page.nextAfter == nil)
      #expect(try await store.handlerBindings(of: try number(1), in: .lab) == bindings)
      let first = try await store.resources(
        of: try number(1), in: .lab, filter: .init(), page: PageRequest(limit: 1))
      #expect(first.nextAfter == issue.id.description)
      let second = try await store.resources(
        of: try number(1), in: .lab, filter: .init(),
        page: PageRequest(after: first.nextAfter, limit: 1))
      #expect(second.resources == [motd])
      #expect(second.nextAfter == nil)
      #expect(try await store.agents(of: try number(1), in: .lab) == ["web1": 2])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a version is what an older one is, and what is different`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let kept = try file("/kept", fields: ["content": "same"])
      let before = [
        kept, try file("/fields", fields: ["content": "old"]), try file("/gone"),
        try file("/requires"),
      ]
      let after = [
        kept, try file("/fields", fields: ["content": "new"]), try file("/new"),
        try file("/requires", requires: [kept.id]),
      ]
      for resources in [before, after] {
        _ = try await store.putVersion(
          NewVersion(environment: .lab, resources: resources), at: .seconds(20))
      }
      var found: [Resource] = []
      var next: String?
      repeat {
        let page = try await store.resources(
          of: try number(2), since: try number(1), in: .lab, filter: .init(),
          page: PageRequest(after: next, limit: 2))
        found += page.resources
        next = page.nextAfter
      } while next != nil
      #expect(found == Array(after.dropFirst()))
      #expect(
        try await store.removedResources(
          of: try number(2), since: try number(1), in: .lab, filter: .init()) == [before[2].id])
      #expect(
        try await store.removedResources(
          of: try number(2), since: try number(1), in: .lab, filter: .init(agents: ["other"]))
          == [])
      #expect(
        try await store.removedResources(
          of: try number(2), since: try number(3), in: .lab, filter: .init()) == nil)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a put that is repeated with its key stores nothing new`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let version = NewVersion(
        environment: .lab, idempotencyKey: "k1", resources: [try file("/a")])
      let first = try await store.putVersion(version, at: .seconds(1))
      let again = try await store.putVersion(version, at: .seconds(2))
      #expect(!first.isAlreadyStored)
      #expect(again == PutOutcome(version: first.version, isAlreadyStored: true))
      #expect(try await store.versions(in: .lab, before: nil, limit: 10).count == 1)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `numbers are reserved, used once, and skipped when never put`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let one = try await store.reserveVersion(in: .lab)
      let two = try await store.reserveVersion(in: .lab)
      #expect([one, two] == [try number(1), try number(2)])
      _ = try await store.putVersion(
        NewVersion(environment: .lab, number: two, resources: []), at: .seconds(1))
      let used = await #expect(throws: StoreError.self) {
        try await store.putVersion(
          NewVersion(environment: .lab, number: two, resources: []), at: .seconds(1))
      }
      #expect(used?.code == .alreadyExists)
      let unreserved = await #expect(throws: StoreError.self) {
        try await store.putVersion(
          NewVersion(environment: .lab, number: try number(9), resources: []), at: .seconds(1))
      }
      #expect(unreserved?.code == .failedPrecondition)
      #expect(unreserved?.message.contains("version 9") == true)
      #expect(try await store.deploy([]).number == VersionNumber(3))
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a version that cannot be is refused whole`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let loop = [
        try file("/a", requires: [fileID("/b")]), try file("/b", requires: [fileID("/a")]),
      ]
      let content = Value.content(digest: try digest(9), byteCount: 3)
      let cases: [(resources: [Resource], code: StoreError.Code, says: String)] = [
        ([try file("/a"), try file("/a")], .invalidArgument, "twice"),
        ([try file("/a", requires: [fileID("/gone")])], .invalidArgument, "/gone"),
        (loop, .invalidArgument, "cycle"),
        ([try file("/a", fields: ["content": content])], .failedPrecondition, "upload"),
      ]
      for row in cases {
        let error = await #expect(throws: StoreError.self) { try await store.deploy(row.resources) }
        #expect(error?.code == row.code)
        #expect(error?.message.contains(row.says) == true)
      }
      #expect(try await store.versions(in: .lab, before: nil, limit: 10).isEmpty)
      #expect(try await store.environment(.lab).releasedVersion == nil)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `status follows what was released`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      for _ in 1...4 {
        _ = try await store.putVersion(
          NewVersion(environment: .lab, resources: []), at: .seconds(1))
      }
      _ = try await store.releaseVersion(try number(1), in: .lab, at: .seconds(2))
      let released = try await store.releaseVersion(try number(3), in: .lab, at: .seconds(3))
      #expect(released.status == .active)
      #expect(
        try await store.versions(in: .lab, before: nil, limit: 10).map(\.status)
          == [.candidate, .active, .skippedCandidate, .retired])
      #expect(
        try await store.versions(in: .lab, before: try number(3), limit: 1).map(\.number)
          == [try number(2)])
      // Once more changes nothing.
      #expect(
        try await store.releaseVersion(try number(3), in: .lab, at: .seconds(9)) == released)
      let older = await #expect(throws: StoreError.self) {
        try await store.releaseVersion(try number(2), in: .lab, at: .seconds(4))
      }
      #expect(older?.code == .failedPrecondition)
      let unknown = await #expect(throws: StoreError.self) {
        try await store.releaseVersion(try number(77), in: .lab, at: .seconds(4))
      }
      #expect(unknown?.code == .notFound)
      let active = await #expect(throws: StoreError.self) {
        try await store.deleteVersion(try number(3), in: .lab)
      }
      #expect(active?.code == .failedPrecondition)
      try await store.deleteVersion(try number(2), in: .lab)
      #expect(try await store.versions(in: .lab, before: nil, limit: 10).count == 3)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `everything of an unknown environment is not found`(kind: StoreKind) async throws {
    try await kind.withStore { store in
      let gone = try EnvironmentName("gone").unwrapped
      let calls: [() async throws -> Void] = [
        { _ = try await store.environment(gone) },
        { _ = try await store.reserveVersion(in: gone) },
        { _ = try await store.putVersion(NewVersion(environment: gone, resources: []), at: .lab) },
        {
          _ = try await store.resourceViews(
            in: gone, filter: .init(), page: PageRequest(limit: 1), hasFields: false)
        },
        { _ = try await store.facts(in: gone, FactQuery(limit: 1), at: .lab) },
        { _ = try await store.logEntries(in: gone, filter: .init(), before: nil, limit: 1) },
        { try await store.deleteEnvironment(gone) },
      ]
      for call in calls {
        let error = await #expect(throws: StoreError.self) { try await call() }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("gone") == true)
      }
    }
  }
}

extension Timestamp {
  fileprivate static let lab = Timestamp.seconds(1)
}
