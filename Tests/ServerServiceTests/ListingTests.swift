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
