public import Resources
internal import GRDB
internal import Synchronization

/// What an agent keeps on its disk: identity, desired state, states, reports that the server has
/// not acknowledged, and file contents.
///
/// One process at a time may open a folder. Each call is one transaction that is on the disk when
/// it returns. All calls but ``contents`` suspend without blocking a thread of the pool.
public final class AgentStore: Sendable {
  /// Names and sizes of the limits.
  public struct Limits: Sendable, Hashable {
    /// Bytes of handler runs and log entries that wait for the server. When it is full, the oldest
    /// entries of the lowest level go first, and a record of missing entries takes their place.
    public var spoolBytesMax: Int
    /// Bytes of one report, about.
    public var reportBytesMax: Int
    /// States in one report.
    public var reportStatesMax: Int
    /// Handler runs in one report.
    public var reportActionsMax: Int

    /// Makes limits.
    public init(
      spoolBytesMax: Int = 64 << 20, reportBytesMax: Int = 1 << 20, reportStatesMax: Int = 2_000,
      reportActionsMax: Int = 1_000
    ) {
      self.spoolBytesMax = spoolBytesMax
      self.reportBytesMax = reportBytesMax
      self.reportStatesMax = reportStatesMax
      self.reportActionsMax = reportActionsMax
    }
  }

  /// File contents.
  public let contents: ContentFolder

  let folder: String
  let limits: Limits
  let queue: DatabaseQueue
  private let lock: Mutex<Int32?>

  /// Opens the data folder of an agent, and makes it if needed.
  ///
  /// - Parameters:
  ///   - folder: Path of the folder; its parent must exist.
  ///   - limits: Limits.
  ///   - digest: Computes SHA-256.
  /// - Throws: ``AgentStoreError`` if the folder cannot be used.
  public init(
    folder: String, limits: Limits = Limits(),
    digest: @escaping @Sendable ([UInt8]) -> ContentDigest
  ) throws(AgentStoreError) {
    self.folder = folder
    self.limits = limits
    try Syscalls.makeFolder(folder)
    let lock = try Syscalls.lock("\(folder)/lock")
    self.lock = Mutex(lock)
    contents = try ContentFolder("\(folder)/contents", digest: digest)
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // A deployment of thousands fits between two checkpoints, each of which syncs twice.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      }
      queue = try DatabaseQueue(path: "\(folder)/agent.sqlite", configuration: configuration)
      try Migrations.migrator.migrate(queue)
    } catch {
      throw AgentStoreError(translating: error, "open \(folder)/agent.sqlite")
    }
  }

  /// Closes the database. No call may follow.
  public func close() {
    try? queue.close()
    lock.withLock { descriptor in
      if let descriptor { Syscalls.unlock(descriptor) }
      descriptor = nil
    }
  }

  deinit { close() }

  // MARK: - Start

  /// Reads everything that an agent needs to start; draws the instance id the first time.
  ///
  /// - Returns: What is stored.
  /// - Throws: ``AgentStoreError``.
  public func load() async throws(AgentStoreError) -> StoredAgent {
    try await write("read the agent's state") { db in
      var stored = StoredAgent(instanceID: try Meta.instanceID(db))
      stored.version = VersionNumber(try Meta.number(.version, db))
      stored.acknowledged = try Meta.number(.acknowledged, db)
      stored.isHalted = try Meta.number(.halted, db) != 0
      stored.resources = try Rows.all("resource", db)
      stored.resources.sort { $0.id < $1.id }
      stored.states = try Rows.all("state", db)
      stored.remoteStates = try Rows.all("remote", db)
      if let bytes = try Meta.bytes(.bindings, db) {
        var decoder = CanonicalDecoder(bytes)
        stored.bindings = try decoder.decodeAll()
      }
      let rows = try Row.fetchCursor(db, sql: "SELECT id, flags FROM memory")
      while let row = try rows.next() {
        stored.memories.append(
          ResourceMemory(id: try ResourceID(parsing: row[0]), flags: row[1]))
      }
      return stored
    }
  }

  /// Takes numbers for log entries; none of them was or will be returned again.
  ///
  /// - Parameter count: How many.
  /// - Returns: The first of them.
  /// - Throws: ``AgentStoreError``.
  public func reserveSequences(_ count: UInt64) async throws(AgentStoreError) -> UInt64 {
    try await write("number log entries") { db in
      let next = max(1, try Meta.number(.sequence, db))
      try Meta.set(.sequence, next + count, db)
      return next
    }
  }

  // MARK: - Desired state

  /// Replaces the desired state.
  ///
  /// - Parameter change: What is different.
  /// - Throws: ``AgentStoreError``; the earlier desired state is kept then.
  public func store(_ change: DesiredStateChange) async throws(AgentStoreError) {
    try await write("store version \(change.version)") { db in
      try Rows.put("resource", change.changed.lazy.map { (id: $0.id, part: $0) }, db)
      for id in change.removed {
        for table in ["resource", "state", "memory", "unsent_state"] {
          try Rows.delete(table, id, db)
        }
      }
      var encoder = CanonicalEncoder()
      encoder.encodeAll(change.bindings)
      try Meta.set(.bindings, bytes: encoder.bytes, db)
      try db.execute(sql: "DELETE FROM remote")
      try Rows.put("remote", change.remoteStates.lazy.map { (id: $0.id, part: $0) }, db)
      try Meta.set(.version, change.version.rawValue, db)
    }
  }

  /// Keeps whether deployment is stopped in the environment.
  ///
  /// - Parameter isHalted: Whether it is.
  /// - Throws: ``AgentStoreError``.
  public func store(isHalted: Bool) async throws(AgentStoreError) {
    try await write("store that deployment is stopped") { db in
      try Meta.set(.halted, isHalted ? 1 : 0, db)
    }
  }

  // MARK: - Helpers

  func write<Result: Sendable>(
    _ doing: String, _ body: @Sendable @escaping (Database) throws -> Result
  ) async throws(AgentStoreError) -> Result {
    do {
      return try await queue.write(body)
    } catch {
      throw AgentStoreError(translating: error, "\(doing) in \(folder)")
    }
  }
}
