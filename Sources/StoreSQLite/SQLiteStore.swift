internal import Dispatch
internal import GRDB
public import Store
internal import Synchronization

/// A store in one SQLite file: WAL, `synchronous=FULL`, grouped commits.
public final class SQLiteStore: Store {
  let pool: DatabasePool
  let commits: CommitQueue
  /// Encodes and checks large inputs, so that neither a caller's loop nor the writer does.
  private let preparation = DispatchQueue(
    label: "southbound.store.preparation", attributes: .concurrent)

  /// Descriptor of the file beside the database that only one process can lock; nil once closed.
  private let lock: Mutex<Int32?>

  /// Most readers at a time.
  static let readersMax = 4
  /// Seconds for which another process may hold the database before a write is refused.
  static let busySeconds = 5.0

  /// Opens a store, makes it if there is none, and brings its tables up to date. Blocks; call it at
  /// the start of the process.
  ///
  /// One process at a time has a store: a second one is refused. The lock goes with the process.
  ///
  /// - Parameter path: Path of the database file; three more files are kept beside it.
  /// - Throws: ``StoreError`` if the file cannot be opened or is no store, or if another process
  ///   has it open.
  public init(path: String) throws(StoreError) {
    func refused(_ error: any Error) -> StoreError {
      let error = StoreError(translating: error)
      return StoreError(
        error.code, "the store \(path) cannot be opened: \(error.message)", cause: error.cause)
    }
    let descriptor: Int32
    do { descriptor = try Syscalls.lock(path + ".lock") } catch { throw refused(error) }
    var configuration = Configuration()
    configuration.label = "southbound.store"
    configuration.maximumReaderCount = Self.readersMax
    configuration.busyMode = .timeout(Self.busySeconds)
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      try database.execute(sql: "PRAGMA cache_size = -8000")
    }
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      try Migrations.make().migrate(pool)
    } catch {
      Syscalls.unlock(descriptor)
      throw refused(error)
    }
    commits = CommitQueue(pool)
    lock = Mutex(descriptor)
  }

  deinit { unlock() }

  private func unlock() {
    lock.withLock { descriptor in
      if let descriptor { Syscalls.unlock(descriptor) }
      descriptor = nil
    }
  }

  /// Closes the store; what is on its way is finished first.
  ///
  /// - Throws: ``StoreError`` if the database is still in use.
  public func close() throws(StoreError) {
    do { try pool.close() } catch { throw StoreError(translating: error) }
    unlock()
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Result
  ) async throws(StoreError) -> Result {
    do { return try await pool.read(body) } catch { throw StoreError(translating: error) }
  }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Result
  ) async throws(StoreError) -> Result {
    try await commits.write(body)
  }

  /// Runs work that takes long on a thread of its own.
  func prepare<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws(StoreError) -> Result {
    do {
      return try await withCheckedThrowingContinuation { continuation in
        preparation.async { continuation.resume(with: Swift.Result { try body() }) }
      }
    } catch {
      throw StoreError(translating: error)
    }
  }
}
