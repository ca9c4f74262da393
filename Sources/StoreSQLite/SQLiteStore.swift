internal import Dispatch
internal import GRDB
public import Store

/// A store in one SQLite file: WAL, `synchronous=FULL`, grouped commits.
public final class SQLiteStore: Store {
  let pool: DatabasePool
  let commits: CommitQueue
  /// Encodes and checks large inputs, so that neither a caller's loop nor the writer does.
  private let preparation = DispatchQueue(
    label: "southbound.store.preparation", attributes: .concurrent)

  /// Most readers at a time.
  static let readersMax = 4
  /// Milliseconds for which another process may hold the database before a write is refused.
  static let busySeconds = 5.0

  /// Opens a store, makes it if there is none, and brings its tables up to date. Blocks; call it at
  /// the start of the process.
  ///
  /// - Parameter path: Path of the database file; two more files are kept beside it.
  /// - Throws: ``StoreError`` if the file cannot be opened or is no store.
  public init(path: String) throws(StoreError) {
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
      let error = StoreError(translating: error)
      throw StoreError(
        error.code, "the store \(path) cannot be opened: \(error.message)", cause: error.cause)
    }
    commits = CommitQueue(pool)
  }

  /// Closes the store; what is on its way is finished first.
  ///
  /// - Throws: ``StoreError`` if the database is still in use.
  public func close() throws(StoreError) {
    do { try pool.close() } catch { throw StoreError(translating: error) }
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
