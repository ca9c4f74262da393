import RPCCore
import Resources
import Schema
import SchemaMapping
import Store
import Testing

@testable import ServerService

@Suite struct LogStreamTests {
  /// Reads texts until there are so many.
  private func texts(
    _ responses: ResponseStream<LogsV1.StreamResponse>, count: Int
  ) async throws -> [String] {
    var texts: [String] = []
    while texts.count < count, let response = try await responses.next() {
      texts += response.entries.map(\.text)
    }
    return texts
  }

  private func show(_ entries: [LogEntry], _ agent: TestAgent) async throws {
    try await agent.writer.write(
      .init(kind: .liveEntries(.init(entries: entries.map { .init($0) }))))
  }

  @Test func `history comes first, then each live entry once`() async throws {
    let fixture = try await ServerFixture()
    let web = try file("/web")
    try await fixture.deploy([web])
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.report(1, entries: [logEntry(1, "one"), logEntry(2, "two")])
      try await fixture.logs.stream(.init(environment: "default", history: 1, follow: true)) {
        responses in
        #expect(try await texts(responses, count: 1) == ["two"])
        #expect(try await responses.next()?.isCurrent == true)
        // Shown while the run goes on, and again in its report.
        try await show([logEntry(3, "three"), logEntry(4, "four")], agent)
        let action = ResourceAction(
          id: .random(), resourceID: web.id, version: VersionNumber(1), kind: .deploy,
          started: Timestamp(unixNanos: 1), finished: Timestamp(unixNanos: 2),
          result: .successful, change: .created,
          entries: [logEntry(3, "three"), logEntry(4, "four"), logEntry(5, "five")])
        try await agent.report(2, actions: [action])
        try await agent.report(3, entries: [logEntry(6, "six")])
        #expect(try await texts(responses, count: 4) == ["three", "four", "five", "six"])
      }
    }
    let all = try await fixture.logs.stream(.init(environment: "default")) { responses in
      try await texts(responses, count: 100)
    }
    // Without `follow` the stream ends; the server's order is that of arrival.
    #expect(all == ["one", "two", "three", "four", "five", "six"])
  }

  @Test func `filters hold for history and live entries`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web1"]) { agent in
      try await agent.report(
        1, entries: [logEntry(1, "fine"), logEntry(2, "old trouble", level: .error)])
      let request = LogsV1.StreamRequest(
        environment: "default", filter: .init(minimumLevel: .warning, contains: "trouble"),
        follow: true)
      try await fixture.logs.stream(request) { responses in
        #expect(try await texts(responses, count: 1) == ["old trouble"])
        try await show(
          [
            logEntry(3, "no trouble at all"), logEntry(4, "failed", level: .error),
            logEntry(5, "new trouble", level: .critical),
          ], agent)
        #expect(try await texts(responses, count: 1) == ["new trouble"])
      }
    }
  }

  @Test func `a slow subscriber is told what it missed, and slows nobody`() async throws {
    let fixture = try await ServerFixture()
    try await fixture.withAgent(["web1"]) { agent in
      try await fixture.logs.stream(
        .init(environment: "default", skipHistory: true, follow: true)
      ) { responses in
        #expect(try await responses.next()?.isCurrent == true)
        let long = String(repeating: "x", count: 200)
        let count = UInt64(ServerLimits.subscriberEntriesMax) + 5_000
        var next: UInt64 = 1
        while next <= count {
          try await show((next..<next + 500).map { logEntry($0, long, level: .warning) }, agent)
          next += 500
        }
        // The agent's stream goes on although nobody has read: the report is acknowledged.
        try await agent.report(1)
        var received: UInt64 = 0
        var missed: UInt64 = 0
        while received + missed < count, let response = try await responses.next() {
          received += UInt64(response.entries.count)
          if let gap = response.gap {
            missed += gap.dropped
            #expect(gap.reason == "subscriber queue full")
            #expect(gap.highestLevel == .warning)
          }
        }
        #expect(received + missed == count)
        #expect(missed > 0)
      }
    }
  }

  @Test func `a set of numbers knows each of them, in any order`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      var set = SequenceSet()
      var reference: Set<UInt64> = []
      for _ in 0..<300 {
        let number = UInt64.random(in: 1...200, using: &generator)
        #expect(set.insert(number) == reference.insert(number).inserted)
      }
    }
  }
}

@Suite struct MailboxTests {
  struct Numbers: MailboxContents {
    var numbers: [Int] = []
    var isEmpty: Bool { numbers.isEmpty }
  }

  @Test func `what waits is taken at once`() async throws {
    let mailbox = Mailbox<Numbers>()
    mailbox.update { $0.numbers.append(1) }
    mailbox.update { $0.numbers.append(2) }
    #expect(try await mailbox.take().numbers == [1, 2])
    async let later = mailbox.take()
    mailbox.update { $0.numbers.append(3) }
    #expect(try await later.numbers == [3])
  }

  @Test func `closing and cancelling wake the consumer`() async throws {
    let closed = Mailbox<Numbers>()
    let taken = Task { try await closed.take() }
    closed.close(RPCError(.aborted, "taken over"))
    let error = await #expect(throws: RPCError.self) { try await taken.value }
    #expect(error?.code == .aborted)
    let cancelled = Mailbox<Numbers>()
    let task = Task { try await cancelled.take() }
    task.cancel()
    let end = await #expect(throws: RPCError.self) { try await task.value }
    #expect(end?.code == .cancelled)
  }
}
