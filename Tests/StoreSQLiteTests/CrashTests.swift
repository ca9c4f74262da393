import Foundation
import Resources
import Store
import StoreSQLite
import Testing

/// A process that writes is killed; what it acknowledged must be there.
@Suite(.serialized) struct CrashTests {
  /// Runs the writer until it acknowledged `lines` writes, kills it, and returns what it printed.
  private func runWriter(store: String, lines: Int) throws -> [String] {
    let writer = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("StoreCrashWriter")
    let process = Process()
    process.executableURL = writer
    process.arguments = [store]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    var output = Data()
    while output.count(where: { $0 == 10 }) < lines {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { break }
      output.append(more)
    }
    kill(process.processIdentifier, SIGKILL)
    while case let more = pipe.fileHandleForReading.availableData, !more.isEmpty {
      output.append(more)
    }
    process.waitUntilExit()
    // The last line may be cut.
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `what was acknowledged survives kill -9, again and again`() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("store.sqlite").path
    var keys: Set<String> = []
    var reports: UInt64 = 0
    for lines in [1, 40, 90, 160] {
      let printed = try runWriter(store: path, lines: lines)
      #expect(printed.count >= lines)
      for line in printed {
        let words = line.split(separator: " ")
        if words.first == "put" { keys.insert(String(words[1])) }
        if words.first == "report" { reports = max(reports, UInt64(words[1]) ?? 0) }
      }
      let store = try SQLiteStore(path: path)
      let lab = try #require(EnvironmentName("lab"))
      for key in keys {
        let again = try await store.putVersion(
          NewVersion(environment: lab, idempotencyKey: key, resources: []),
          at: Timestamp(unixNanos: 2))
        #expect(again.isAlreadyStored, "version \(key) is lost")
        #expect(again.version.resourceCount == 1)
      }
      let instance = try #require(try await store.instances(in: lab).first)
      #expect(instance.hello.acknowledged >= reports)
      let log = try await store.logEntries(in: lab, filter: .init(), before: nil, limit: 100_000)
      // Each report is there once, in order, with nothing between missing.
      #expect(log.entries.map(\.entry.sequence) == Array(1...instance.hello.acknowledged))
      try store.close()
    }
  }
}
