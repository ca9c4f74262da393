import Foundation
import GRDB
import Resources
import Testing

@testable import AgentStore

/// A data folder that is removed at the end.
final class Folder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "agent-store-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func open(_ limits: AgentStore.Limits = AgentStore.Limits()) throws -> AgentStore {
    try AgentStore(folder: "\(path)/data", limits: limits, digest: sum)
  }
}

/// Enough of a digest to tell contents apart.
@Sendable func sum(_ bytes: [UInt8]) -> ContentDigest {
  var digest = [UInt8](repeating: 0, count: 32)
  for (index, byte) in bytes.enumerated() { digest[index % 32] &+= byte &+ UInt8(index % 7) }
  guard let digest = ContentDigest(bytes: digest) else { preconditionFailure("32 bytes") }
  return digest
}

func id(_ name: String) throws -> ResourceID {
  try ResourceID(type: "t::R", agent: "a", attribute: "k", value: name)
}

func resource(_ name: String, _ text: String = "") throws -> Resource {
  Resource(
    id: try id(name), fields: ["text": .string(text)], requires: [],
    attributeHash: sum(Array(text.utf8)), sendsEvents: true, receivesEvents: true)
}

func action(_ name: String, entries: [(LogLevel, String)], from sequence: UInt64 = 1) throws
  -> ResourceAction
{
  let time = Timestamp(unixNanos: 1)
  var action = ResourceAction(
    id: .random(), resourceID: try id(name), version: nil, kind: .deploy, started: time,
    finished: time, result: .successful, change: .none)
  for (index, (level, text)) in entries.enumerated() {
    action.entries.append(
      LogEntry(
        sequence: sequence + UInt64(index), time: time, level: level, template: text, text: text,
        agent: "a"))
  }
  return action
}

func batch(_ names: String..., version: UInt64 = 1) throws -> AgentBatch {
  var batch = AgentBatch()
  for name in names {
    batch.states[try id(name)] = ResourceState(id: try id(name), version: VersionNumber(version))
  }
  return batch
}

private let time = Timestamp(unixNanos: 5)

@Test func `what was stored is there after a restart, and the instance stays the same`()
  async throws
{
  let folder = try Folder()
  let store = try folder.open()
  let first = try await store.load()
  #expect(first.instanceID.count == 16 && first.version == nil)
  let version = try #require(VersionNumber(3))
  try await store.store(
    DesiredStateChange(
      version: version, changed: [try resource("b"), try resource("a", "x")], removed: [],
      bindings: [HandlerBinding(resourceType: "t::R", handlerID: "h")],
      remoteStates: [ResourceState(id: try id("far"))]))
  var changes = try batch("a", "b")
  changes.memories[try id("a")] = ResourceMemory(
    id: try id("a"), hasEvent: true, needsRepair: false, wasInterrupted: true)
  _ = try await store.commit(changes, sealing: 0)
  try await store.store(isHalted: true)
  store.close()

  let again = try await folder.open().load()
  #expect(again.instanceID == first.instanceID)
  #expect(again.version == version && again.isHalted)
  #expect(again.resources == [try resource("a", "x"), try resource("b")])
  #expect(again.bindings.map(\.handlerID) == ["h"])
  #expect(again.states.count == 2)
  #expect(again.remoteStates.map(\.id) == [try id("far")])
  #expect(again.memories == Array(changes.memories.values))
}

@Test func `a removed resource takes its state and memory along`() async throws {
  let store = try Folder().open()
  let version = try #require(VersionNumber(1))
  try await store.store(
    DesiredStateChange(
      version: version, changed: [try resource("a")], removed: [], bindings: [], remoteStates: []))
  _ = try await store.commit(try batch("a"), sealing: 0)
  try await store.store(
    DesiredStateChange(
      version: version.next, changed: [], removed: [try id("a")], bindings: [], remoteStates: []))
  let stored = try await store.load()
  #expect(stored.resources.isEmpty && stored.states.isEmpty)
  #expect(try await store.sealReport(gapSequence: 1, time: time) == nil)
}

@Test func `states that wait are coalesced, and a number names one report for ever`() async throws {
  let folder = try Folder()
  let store = try folder.open()
  for version in 1...3 {
    _ = try await store.commit(try batch("a", version: UInt64(version)), sealing: 0)
  }
  let report = try #require(try await store.sealReport(gapSequence: 1, time: time))
  #expect(report.number == 1)
  #expect(report.states.map(\.version) == [VersionNumber(3)])
  let second = try await store.commit(try batch("b"), sealing: 1).first
  #expect(second?.number == 2)
  store.close()

  // After a crash the same reports are sent again.
  let again = try folder.open()
  #expect(try await again.sealedReports(after: 0, limit: 10) == [report, try #require(second)])
  try await again.acknowledge(1)
  #expect(try await again.sealedReports(after: 0, limit: 10).map(\.number) == [2])
  try await again.acknowledge(1)
  try await again.acknowledge(2)
  #expect(try await again.unsentReportCount() == 0)
  #expect(try await again.commit(try batch("c"), sealing: 1).map(\.number) == [3])
  #expect(try await again.load().acknowledged == 2)
}

@Test func `nothing is sealed past what waits already`() async throws {
  let store = try Folder().open()
  _ = try await store.commit(try batch("a"), sealing: 0)
  #expect(try await store.commit(try batch("b"), sealing: 1).isEmpty)
  let report = try await store.sealReport(gapSequence: 1, time: time)
  #expect(report?.states.count == 2)
}

@Test func `a server that lost its store is told everything again`() async throws {
  let store = try Folder().open()
  for name in ["a", "b", "c"] { _ = try await store.commit(try batch(name), sealing: 1) }
  try await store.acknowledge(2)
  try await store.restartNumbering(after: 0)
  let sealed = try await store.sealedReports(after: 0, limit: 10)
  #expect(sealed.map(\.number) == [1])
  let report = try #require(try await store.sealReport(gapSequence: 1, time: time))
  #expect(report.number == 2 && report.states.count == 3)
}

@Test func `a full spool drops the oldest of the lowest level and says how much`() async throws {
  let store = try Folder().open(AgentStore.Limits(spoolBytesMax: 4_000))
  let long = String(repeating: "x", count: 300)
  for number in 0..<10 {
    var batch = try batch("r\(number)")
    batch.actions = [
      try action(
        "r\(number)", entries: [(.debug, "d\(number) \(long)"), (.error, "e\(number) \(long)")],
        from: UInt64(number * 2 + 1))
    ]
    _ = try await store.commit(batch, sealing: 0)
  }
  let report = try #require(try await store.sealReport(gapSequence: 99, time: time))
  #expect(report.states.count == 10)
  #expect(report.actions.count == 10)
  let entries = report.actions.flatMap(\.entries)
  let gap = try #require(report.entries.compactMap(\.gap).first)
  #expect(Int(gap.dropped) == 20 - entries.count)
  #expect(entries.allSatisfy { $0.level == .error })
  #expect(entries.last?.text.hasPrefix("e9") == true)
  #expect(gap.reason == "spool full" && report.entries.first?.sequence == 99)
  #expect(try await store.sealReport(gapSequence: 1, time: time) == nil)
}

@Test func `a report has limits, and entries come in order`() async throws {
  let store = try Folder().open(AgentStore.Limits(reportBytesMax: 1, reportStatesMax: 2))
  var batch = try batch("a", "b", "c")
  batch.actions = [
    try action("a", entries: [(.info, "1"), (.debug, "2"), (.info, "3")]),
    try action("b", entries: [(.info, "4")], from: 4),
  ]
  batch.facts = [Fact(resourceID: try id("b"), name: "f", value: 1, time: time)]
  _ = try await store.commit(batch, sealing: 0)
  var reports: [SealedReport] = []
  while let report = try await store.sealReport(gapSequence: 1, time: time) {
    reports.append(report)
  }
  #expect(reports.map(\.states.count) == [2, 1])
  #expect(reports.map { $0.actions.flatMap(\.entries).map(\.text) } == [["1", "2", "3"], ["4"]])
  #expect(reports.flatMap(\.facts).map(\.name) == ["f"])
}

@Test func `numbers of log entries are never given twice`() async throws {
  let folder = try Folder()
  let store = try folder.open()
  #expect(try await store.reserveSequences(10) == 1)
  #expect(try await store.reserveSequences(10) == 11)
  store.close()
  #expect(try await folder.open().reserveSequences(1) == 21)
}

@Test func `contents are verified on the way in and on the way out`() throws {
  let folder = try Folder()
  let store = try folder.open()
  let bytes = Array("hello".utf8)
  try store.contents.write(bytes, as: sum(bytes))
  #expect(store.contents.contains(sum(bytes)))
  #expect(try store.contents.read(sum(bytes)) == bytes)
  #expect(throws: AgentStoreError.self) { try store.contents.write([1], as: sum(bytes)) }

  // Damage is found, and the file is fetched again.
  try Data("damage".utf8).write(to: URL(filePath: "\(folder.path)/data/contents/\(sum(bytes).hex)"))
  #expect { try store.contents.read(sum(bytes)) } throws: {
    ($0 as? AgentStoreError)?.code == .corrupt
  }
  #expect(!store.contents.contains(sum(bytes)))
  #expect { try store.contents.read(sum(bytes)) } throws: {
    ($0 as? AgentStoreError)?.code == .missing
  }
}

@Test func `small and large contents are found, verified, and removed when nothing names them`()
  async throws
{
  let folder = try Folder()
  let store = try folder.open()
  let small = Array("small".utf8)
  let large = [UInt8](repeating: 3, count: AgentStore.rowBytesMax + 1)
  let old: [UInt8] = [9]
  try store.contents.write(old, as: sum(old))
  try await store.writeContents([(sum(small), small), (sum(large), large), (sum(small), small)])
  #expect(store.contents.contains(sum(large)) && !store.contents.contains(sum(small)))
  let all: Set = [sum(small), sum(large), sum(old), sum([1])]
  #expect(try await store.missingContents(all) == [sum([1])])
  // Many are looked for in the list of the folder.
  let many = all.union((10..<40).map { sum([$0]) })
  #expect(try await store.missingContents(many).count == many.count - 3)
  for bytes in [small, large, old] { #expect(try await store.readContents(sum(bytes)) == bytes) }
  #expect(try await store.readContents(sum([1])) == nil)
  await #expect(throws: AgentStoreError.self) { try await store.writeContents([(sum([1]), [2])]) }
  #expect(try await store.missingContents([sum([1])]) == [sum([1])])

  try await store.removeContents(except: [sum(small)])
  #expect(try await store.missingContents(all).count == 3)
  // Damage is found, and the contents are fetched again.
  try await store.queue.write { try $0.execute(sql: "UPDATE content SET bytes = x'00'") }
  await #expect { _ = try await store.readContents(sum(small)) } throws: {
    ($0 as? AgentStoreError)?.code == .corrupt
  }
  #expect(try await store.readContents(sum(small)) == nil)
}

@Test func `what happened is cut into reports, each resource's state with its last run`() throws {
  var batch = try batch("a", "b", "c", "d", "e")
  batch.actions = [try action("b", entries: []), try action("a", entries: [(.info, "x")])]
  batch.actions.append(try action("b", entries: []))
  batch.facts = [Fact(resourceID: try id("b"), name: "f", value: 1, time: time)]
  let limits = AgentStore.Limits(reportStatesMax: 2, reportActionsMax: 2)
  let reports = batch.reports(limits)
  #expect(reports.map { $0.actions.map(\.resourceID.value) } == [["b", "a"], ["b"], [], []])
  #expect(reports.map { $0.states.map(\.id.value) } == [["a"], ["b", "c"], ["d", "e"], []])
  #expect(reports.flatMap(\.facts).count == 1)
  #expect(batch.reports(AgentStore.Limits(reportBytesMax: 1)).count == 7)
  #expect(AgentBatch().reports(limits).isEmpty)
}

@Test func `what happened since the last commit becomes several reports, or none`() async throws {
  let store = try Folder().open(AgentStore.Limits(reportStatesMax: 2))
  #expect(try await store.commit(try batch("a", "b", "c"), sealing: 1).isEmpty)
  #expect(try await store.sealReport(gapSequence: 1, time: time)?.number == 1)
  #expect(try await store.sealReport(gapSequence: 1, time: time)?.number == 2)
  #expect(
    try await store.commit(try batch("a", "b", "c"), sealing: 2).map(\.number) == [3, 4])
}

@Test func `what a crash left of contents is removed at the next start`() throws {
  let folder = try Folder()
  let store = try folder.open()
  let bytes: [UInt8] = [1, 2]
  try store.contents.write(bytes, as: sum(bytes))
  let part = "\(folder.path)/data/contents/\(sum([3]).hex).part"
  try Data([3]).write(to: URL(filePath: part))
  store.close()
  let again = try folder.open()
  #expect(!FileManager.default.fileExists(atPath: part))
  try again.contents.removeAll(except: [])
  #expect(!again.contents.contains(sum(bytes)))
}

@Test func `a full disk refuses a commit whole, and it succeeds when there is room`() async throws {
  let store = try Folder().open()
  // SQLite's own page limit stands for a full disk: the same error, at the same places.
  try await store.queue.writeWithoutTransaction { db in
    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    try db.execute(sql: "PRAGMA max_page_count = \(pages)")
  }
  var large = try batch("a")
  large.actions = [try action("a", entries: [(.info, String(repeating: "x", count: 500_000))])]
  await #expect { _ = try await store.commit(large, sealing: 1) } throws: {
    ($0 as? AgentStoreError)?.code == .diskFull
  }
  #expect(try await store.load().states.isEmpty)
  try await store.queue.writeWithoutTransaction {
    try $0.execute(sql: "PRAGMA max_page_count = 100000")
  }
  #expect(try await store.commit(large, sealing: 1).map(\.number) == [1])
}

@Test func `a data folder belongs to one process at a time`() throws {
  let folder = try Folder()
  let store = try folder.open()
  #expect { try folder.open() } throws: { "\($0)".contains("another process uses") }
  store.close()
  _ = try folder.open()
}

@Test func `many contents are kept together, or none of them gets its name`() throws {
  let folder = try Folder()
  let store = try folder.open()
  let files = (0..<20).map { [UInt8($0), 7] }.map { (id: sum($0), bytes: $0) }
  try store.contents.write(files)
  for file in files { #expect(try store.contents.read(file.id) == file.bytes) }
  let other: [UInt8] = [99]
  #expect(throws: AgentStoreError.self) {
    try store.contents.write([(sum(other), other), (sum([1]), [2])])
  }
  #expect(!store.contents.contains(sum(other)))
}
