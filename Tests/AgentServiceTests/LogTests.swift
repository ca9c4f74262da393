import Foundation
import Resources
import Testing

@testable import AgentService

private func entry(_ text: String, _ level: LogLevel = .info) -> LogEntry {
  LogEntry(
    sequence: 0, time: Timestamp(unixNanos: 0), level: level, template: text, text: text, agent: "a"
  )
}

@Suite struct LogTests {
  @Test func `a slow subscriber loses entries, counted, and others lose none`() {
    let hub = LogHub(historyMax: 10, subscribersMax: 2)
    let slow = LogSubscription(filter: LogFilter(), entriesMax: 3)
    let fast = LogSubscription(filter: LogFilter(minimumLevel: .error), entriesMax: 100)
    #expect(hub.subscribe(slow, history: 0) == [])
    #expect(hub.subscribe(fast, history: 0) == [])
    #expect(hub.subscribe(LogSubscription(filter: LogFilter(), entriesMax: 1), history: 0) == nil)
    for number in 0..<10 { hub.append(entry("e\(number)", number == 9 ? .error : .info)) }
    let batch = slow.takeAll()
    #expect(batch.entries.map(\.text) == ["e0", "e1", "e2"])
    #expect(batch.gap == LogGap(dropped: 7, highestLevel: .error, reason: "subscriber queue full"))
    #expect(fast.takeAll().entries.map(\.text) == ["e9"])
    #expect(slow.takeAll().isEmpty)
  }

  @Test func `history is the newest that fits, and what follows has no hole`() {
    let hub = LogHub(historyMax: 4, subscribersMax: 9)
    hub.reserved(from: 100, count: 1_000)
    for number in 0..<6 { hub.append(entry("e\(number)")) }
    let subscription = LogSubscription(filter: LogFilter(), entriesMax: 9)
    let history = hub.subscribe(subscription, history: 3)
    #expect(history?.map(\.sequence) == [103, 104, 105])
    hub.append(entry("next"))
    #expect(subscription.takeAll().entries.map(\.sequence) == [106])
  }

  @Test func `waiting ends with the next entry, or with the task`() async {
    let subscription = LogSubscription(filter: LogFilter(), entriesMax: 9)
    let waiter = Task { await subscription.next()?.entries.map(\.text) }
    subscription.offer(entry("x"))
    #expect(await waiter.value == ["x"])
    let cancelled = Task { await subscription.next() == nil }
    cancelled.cancel()
    #expect(await cancelled.value)
  }

  @Test func `a run that logs too much says how much is missing`() {
    let hub = LogHub(historyMax: 10, subscribersMax: 1)
    let log = RunLog(hub: hub, bytesMax: 1_000)
    for _ in 0..<10 { log.add(entry("x")) }
    let entries = log.finish { gap in
      var entry = entry("missing")
      entry.gap = gap
      return entry
    }
    #expect(entries.last?.gap?.dropped == UInt64(10 - (entries.count - 1)))
    #expect(entries.count < 10)
  }

  @Test func `the logfile has one document a line and is rotated by size`() throws {
    let folder = NSTemporaryDirectory() + "log-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var file = LogFile(path: "\(folder)/agent.log", bytesMax: 300, filesMax: 3)
    for number in 0..<12 {
      var line = entry("line \(number) \"quoted\"")
      line.arguments = ["n": .int(Int64(number))]
      file.write(LogSubscription.Batch(entries: [line], gap: nil))
    }
    file.close()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.count <= 3 && names.contains("agent.log.1"))
    for name in names {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      #expect(text.utf8.count < 600)
      for line in text.split(separator: "\n") {
        let document = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect((document?["text"] as? String)?.hasSuffix("\"quoted\"") == true)
        #expect((document?["arguments"] as? [String: Any])?["n"] is Int)
      }
    }
  }
}
