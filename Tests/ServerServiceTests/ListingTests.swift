import RPCCore
import Resources
import Schema
import Testing

@testable import ServerService

/// Lists of any length go in messages that every client accepts.
@Suite struct ListingTests {
  @Test func `lists of many megabytes come in pages that fit into messages`() async throws {
    let fixture = try await ServerFixture()
    let text = String(repeating: "x", count: 60_000)
    let files = try (0..<100).map { number in
      var resource = try file("/\(number)")
      resource.fields["text"] = .string(text)
      return resource
    }
    try await fixture.deploy(files)
    let actions = files.enumerated().map { number, resource in
      ResourceAction(
        id: .random(), resourceID: resource.id, version: VersionNumber(1), kind: .deploy,
        started: Timestamp(unixNanos: 7), finished: Timestamp(unixNanos: 8), result: .successful,
        change: .created, entries: [logEntry(UInt64(number) + 1, text)])
    }
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      for (index, part) in (0..<10).map({ $0 * 10..<$0 * 10 + 10 }).enumerated() {
        try await agent.report(
          UInt64(index) + 1, states: try files[part].map { try state($0.id) },
          actions: Array(actions[part]),
          facts: files[part].map { resource in
            Fact(
              resourceID: resource.id, name: "é: text", value: .string(text),
              time: Timestamp(unixNanos: 1))
          })
      }
    }

    let resources = try await pages { after in
      let page = try await fixture.resources.list(
        .init(environment: "default", after: after, withFields: true))
      return (page.serialized().count, page.resources.map { $0.resource?.id ?? "" }, page.nextAfter)
    }
    #expect(resources == files.map(\.id.description).sorted())
    let runs = try await pages { after in
      let page = try await fixture.resources.listActions(
        .init(environment: "default", withEntries: true, after: after))
      return (page.serialized().count, page.actions.map(\.resourceID), page.nextAfter)
    }
    #expect(runs == files.reversed().map(\.id.description))
    let facts = try await pages { after in
      let page = try await fixture.resources.listFacts(
        .init(environment: "default", after: after))
      return (page.serialized().count, page.facts.map(\.resourceID), page.nextAfter)
    }
    #expect(facts == files.map(\.id.description).sorted())
  }

  @Test func `agents, environments and versions come in pages, too`() async throws {
    let fixture = try await ServerFixture()
    let text = String(repeating: "d", count: 4_000)
    let names = (0..<300).map { "lab\(1000 + $0)" }
    for name in names {
      _ = try await fixture.environments.create(.init(name: name, description: text))
    }
    let environments = try await pages { after in
      let page = try await fixture.environments.list(.init(after: after))
      return (page.serialized().count, page.environments.map(\.name), page.nextAfter)
    }
    #expect(environments == ["default"] + names)

    for _ in 0..<300 {
      _ = try await fixture.versions.put { writer in
        try await writer.write(
          .init(kind: .start(.init(environment: "default", message: text))))
        try await writer.write(.init(kind: .end(.init())))
      }
    }
    let versions = try await pages { after in
      let page = try await fixture.versions.list(
        .init(environment: "default", limit: 1_000, before: UInt64(after) ?? 0))
      let numbers = page.versions.map { String($0.number) }
      return (page.serialized().count, numbers, page.nextBefore == 0 ? "" : "\(page.nextBefore)")
    }
    #expect(versions == (1...300).reversed().map(String.init))

  }

  @Test func `agents come in pages, also those of one name`() async throws {
    let fixture = try await ServerFixture()
    // A row has all patterns of its instance. The first instance serves the names; the second one
    // serves none, and is listed by its patterns, which are the same.
    let names = (0..<64).map { "\(100 + $0)" + String(repeating: "p", count: 1_000) }
    try await fixture.deploy(try names.map { try file("/page", on: $0) })
    try await fixture.withAgent(names.map { $0 + "*" }, id: 1) { _ in
      try await fixture.withAgent(names, id: 2) { _ in
        let agents = try await pages { after in
          let page = try await fixture.sessions.list(.init(environment: "default", after: after))
          let rows = page.agents.map { "\($0.name.prefix(3)) \($0.address.suffix(4))" }
          return (page.serialized().count, rows, page.nextAfter)
        }
        let rows = (100..<164).flatMap { name in ["7001", "7002"].map { "\(name) \($0)" } }
        #expect(agents == rows)
      }
    }
    #expect(
      await code {
        _ = try await fixture.sessions.list(.init(environment: "default", after: "x"))
      } == .invalidArgument)
  }

  @Test func `a resource that fits into no message is refused by its name`() async throws {
    let fixture = try await ServerFixture()
    var large = try file("/large")
    large.fields["text"] = .string(String(repeating: "x", count: WireBounds.resourceBytesMax))
    do {
      try await fixture.deploy([try file("/small"), large])
      Issue.record("it was stored")
    } catch let error as RPCError {
      #expect(error.code == .invalidArgument)
      #expect(error.message.contains("\(large.id) has about"), "\(error)")
    }
    #expect(try await fixture.versions.list(.init(environment: "default")).versions.isEmpty)
  }

  @Test func `the largest resources reach their agents, and can be compared`() async throws {
    let fixture = try await ServerFixture()
    func version(_ character: String) throws -> [Resource] {
      try (0..<4).map { number in
        var resource = try file("/\(number)", hash: character == "x" ? 1 : 2)
        resource.fields["text"] = .string(
          String(repeating: character, count: WireBounds.resourceBytesMax - 500))
        return resource
      }
    }
    for character in ["x", "y"] {
      for resource in try version(character) { try await fixture.put([resource]) }
    }
    try await fixture.put(try version("y"))
    try await fixture.withAgent(["web1"]) { agent in
      let state = try await agent.desiredState()
      #expect(state.resources.count == 4)
    }
    try await fixture.versions.diff(
      .init(environment: "default", fromVersion: 1, toVersion: 5)
    ) { responses in
      let difference = try #require(try await responses.next())
      #expect(difference.fields.map(\.field) == ["text"])
      #expect(difference.fields.first?.toValue?.kind == .stringValue(Self.note(2_096_660)))
    }
  }

  private static func note(_ bytes: Int) -> String { "(\(bytes) bytes, too large to show)" }

  @Test func `what a report has too much of does not end sessions and lists`() async throws {
    // Larger than what stock clients accept: what comes back is measured here.
    let fixture = try await ServerFixture(messageBytesMax: 64 << 20)
    let text = String(repeating: "ä", count: 3 << 20)
    let files = try (0..<2).map { try file("/\($0)") }
    try await fixture.deploy(files)
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      var failed = try state(files[0].id, .nonCompliant, .failed)
      failed.message = text
      let action = ResourceAction(
        id: .random(), resourceID: files[0].id, version: VersionNumber(1), kind: .deploy,
        started: Timestamp(unixNanos: 7), finished: Timestamp(unixNanos: 8), result: .failed,
        change: .none,
        changes: [AttributeChange(field: "text", current: .string(text), desired: "short")],
        message: text, entries: [logEntry(1, text), logEntry(2, "second")])
      let fact = Fact(
        resourceID: files[0].id, name: "text", value: .string(text),
        time: Timestamp(unixNanos: 1))
      try await agent.report(
        1, states: [failed], actions: [action], entries: [logEntry(3, text)], facts: [fact])
    }
    let limit = CallLimits.messageBytesMax
    let list = try await fixture.resources.list(.init(environment: "default"))
    #expect(list.serialized().count < limit)
    #expect(list.resources.first?.state?.message.hasPrefix("ä") == true)
    let actions = try await fixture.resources.listActions(
      .init(environment: "default", withEntries: true))
    #expect(actions.serialized().count < limit)
    let change = try #require(actions.actions.first?.changes.first)
    #expect(change.current?.kind == .stringValue(Self.note(text.utf8.count + 8)))
    #expect(actions.actions.first?.entries.map(\.sequence) == [1, 2])
    let facts = try await fixture.resources.listFacts(.init(environment: "default"))
    #expect(
      facts.facts.map(\.value?.kind) == [.stringValue(Self.note(text.utf8.count + 8))])
    try await fixture.logs.stream(.init(environment: "default")) { responses in
      for try await response in responses { #expect(response.serialized().count < limit) }
    }
    // The next session gets the state, and the watch.
    try await fixture.withAgent(["web1"], acknowledged: 1) { agent in
      let state = try await agent.desiredState()
      #expect(state.serialized().count < limit)
    }
  }

  @Test func `a wish for more resources than fit into a message is one for all`() async throws {
    let fixture = try await ServerFixture()
    let folder = String(repeating: "f", count: 100)
    let files = try (0..<10_000).map { try file("/\(folder)/\($0)") }
    try await fixture.deploy(files)
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.acceptDesiredState()
      let filter = ResourcesV1.ResourceFilter(types: ["std::File"])
      let answer = try await fixture.resources.deploy(
        .init(environment: "default", mode: .repair, filter: filter))
      #expect(answer.resources == 10_000)
      let trigger = try await agent.receive { message in
        if case .trigger(let trigger) = message { trigger } else { nil }
      }
      #expect(trigger.resourceIDs.isEmpty)
      #expect(trigger.mode == .repair)
    }
  }

  @Test(arguments: ["x", "1", "1:", ":1", "1:2:3", "99999999999999999999:1"])
  func `a place that no list gave is refused`(after: String) async throws {
    let fixture = try await ServerFixture()
    #expect(
      await code {
        _ = try await fixture.resources.listActions(.init(environment: "default", after: after))
      } == .invalidArgument)
    #expect(
      await code {
        _ = try await fixture.resources.listFacts(.init(environment: "default", after: after))
      } == .invalidArgument)
  }

  /// All elements of a list whose pages are below the usual limit of messages; more than one.
  private func pages(
    _ page: (_ after: String) async throws -> (bytes: Int, elements: [String], nextAfter: String)
  ) async throws -> [String] {
    var elements: [String] = []
    var after = ""
    var count = 0
    repeat {
      let next = try await page(after)
      #expect(next.bytes < CallLimits.messageBytesMax)
      elements += next.elements
      after = next.nextAfter
      count += 1
    } while !after.isEmpty
    #expect(count > 1)
    return elements
  }
}
