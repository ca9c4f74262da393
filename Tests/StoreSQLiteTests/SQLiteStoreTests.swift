import Foundation
import Resources
import Store
import StoreSQLite
import Testing

@Suite struct SQLiteStoreTests {
  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("sqlite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  @Test func `a store that is opened again has everything`() async throws {
    try await withFolder { folder in
      let path = folder.appendingPathComponent("store.sqlite").path
      let lab = EnvironmentRecord(
        name: try #require(EnvironmentName("lab")), description: "ä ✓", created: .init(unixNanos: 5)
      )
      let first = try SQLiteStore(path: path)
      try await first.createEnvironment(lab)
      #expect(try await first.reserveVersion(in: lab.name).rawValue == 1)
      try first.close()
      let second = try SQLiteStore(path: path)
      #expect(try await second.environments() == [lab])
      #expect(try await second.reserveVersion(in: lab.name).rawValue == 2)
      try second.close()
    }
  }

  @Test func `one process at a time has a store`() async throws {
    try await withFolder { folder in
      let path = folder.appendingPathComponent("store.sqlite").path
      let first = try SQLiteStore(path: path)
      let refused = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
      #expect(refused?.code == .unavailable)
      #expect(refused?.message.contains("another process, \(getpid()), uses it") == true)
      #expect(refused?.message.contains(path) == true)
      #expect(try await first.environments().isEmpty)
      try first.close()
      // Let go without being closed: the lock goes, too.
      _ = try SQLiteStore(path: path)
      try SQLiteStore(path: path).close()
    }
  }

  @Test func `a file that is no store is refused with its path`() async throws {
    try await withFolder { folder in
      let path = folder.appendingPathComponent("notes.txt").path
      try Data(repeating: 0x41, count: 5_000).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains(path) == true)
      let missing = #expect(throws: StoreError.self) {
        try SQLiteStore(path: folder.appendingPathComponent("no/such/store").path)
      }
      #expect(missing?.code == .unavailable)
    }
  }

  @Test func `a write that fails does not disturb those that share its transaction`() async throws {
    try await withFolder { folder in
      let store = try SQLiteStore(path: folder.appendingPathComponent("store.sqlite").path)
      let lab = try #require(EnvironmentName("lab"))
      try await store.createEnvironment(
        EnvironmentRecord(name: lab, description: "", created: .init(unixNanos: 1)))
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<200 {
          group.addTask {
            // Every third one asks for a number that was never reserved.
            let number = index % 3 == 0 ? VersionNumber(9_000) : nil
            return
              (try? await store.putVersion(
                NewVersion(environment: lab, number: number, resources: []),
                at: .init(unixNanos: 2))) != nil
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(outcomes == 133)
      let versions = try await store.versions(in: lab, before: nil, limit: 1_000)
      #expect(versions.map(\.number.rawValue) == Array((1...133).reversed()))
      try store.close()
    }
  }

  @Test func `several writers at a time share commits`() async throws {
    try await withFolder { folder in
      let store = try SQLiteStore(path: folder.appendingPathComponent("store.sqlite").path)
      let lab = try #require(EnvironmentName("lab"))
      try await store.createEnvironment(
        EnvironmentRecord(name: lab, description: "", created: .init(unixNanos: 1)))
      let numbers = try await withThrowingTaskGroup(of: UInt64.self) { group in
        for _ in 0..<500 { group.addTask { try await store.reserveVersion(in: lab).rawValue } }
        return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
      }
      #expect(numbers == Set(1...500))
      try store.close()
    }
  }
}
