internal import Dispatch
internal import GRDB
internal import Store
internal import Synchronization

/// Lets the writes of all callers share transactions: what waits while one commit is on its way to
/// the disk goes into the next one.
final class CommitQueue: Sendable {
  /// Answers a caller once the transaction is committed (nil) or lost (the error).
  typealias Answer = @Sendable ((any Error)?) -> Void

  /// A write that waits.
  struct Write: Sendable {
    /// Runs it in the transaction at hand.
    let run: @Sendable (Database) -> Answer
    /// Answers its caller when it never ran.
    let refuse: @Sendable (any Error) -> Void
  }

  /// Most writes in one transaction: bounds the time for which the first one waits.
  static let batchMax = 256
  /// Most writes that wait; more are refused, so that memory stays bounded.
  static let waitingMax = 16_384

  private struct Waiting: Sendable {
    var writes: [Write] = []
    var isDraining = false
  }

  private let pool: DatabasePool
  private let queue = DispatchQueue(label: "southbound.store.writer")
  private let waiting = Mutex(Waiting())

  init(_ pool: DatabasePool) { self.pool = pool }

  /// Runs a write, and returns after the commit. A write that throws leaves nothing behind.
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Result
  ) async throws(StoreError) -> Result {
    do {
      return try await withCheckedThrowingContinuation { continuation in
        let write = Write(
          run: { database in
            let result = Swift.Result { try Self.inSavepoint(database, body) }
            return { error in
              continuation.resume(with: error.map { .failure($0) } ?? result)
            }
          },
          refuse: { continuation.resume(throwing: $0) })
        if !enqueue(write) {
          write.refuse(
            StoreError(.exhausted, "\(Self.waitingMax) writes wait for the disk already"))
        }
      }
    } catch {
      throw StoreError(translating: error)
    }
  }

  private static func inSavepoint<Result>(
    _ database: Database, _ body: (Database) throws -> Result
  ) throws -> Result {
    var result: Result?
    try database.inSavepoint {
      result = try body(database)
      return .commit
    }
    guard let result else { throw StoreError(.internalError, "a write gave no result") }
    return result
  }

  private func enqueue(_ write: Write) -> Bool {
    let (isAccepted, startsDraining) = waiting.withLock { waiting in
      guard waiting.writes.count < Self.waitingMax else { return (false, false) }
      waiting.writes.append(write)
      defer { waiting.isDraining = true }
      return (true, !waiting.isDraining)
    }
    if startsDraining { queue.async { self.drain() } }
    return isAccepted
  }

  private func drain() {
    while true {
      let batch = waiting.withLock { waiting -> [Write] in
        let batch = Array(waiting.writes.prefix(Self.batchMax))
        waiting.writes.removeFirst(batch.count)
        if batch.isEmpty { waiting.isDraining = false }
        return batch
      }
      if batch.isEmpty { return }
      commit(batch)
    }
  }

  private func commit(_ batch: [Write]) {
    var answers: [Answer] = []
    var failure: (any Error)?
    do {
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          for write in batch {
            answers.append(write.run(database))
            // SQLite ends the whole transaction by itself when the disk is full.
            guard database.isInsideTransaction else {
              throw StoreError(.exhausted, "the database gave up a transaction: the disk is full")
            }
          }
          return .commit
        }
      }
    } catch {
      failure = error
    }
    for answer in answers { answer(failure) }
    if let failure { for write in batch[answers.count...] { write.refuse(failure) } }
  }
}

extension StoreError {
  /// Gives an error of the database a code; the message has no bound values.
  init(translating error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as DatabaseError:
      let text = error.message ?? "no message"
      switch error.resultCode {
      case .SQLITE_FULL: self.init(.exhausted, "the disk of the store is full", cause: error)
      case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY:
        self.init(.unavailable, "the store cannot be used just now: \(text)", cause: error)
      case .SQLITE_CORRUPT, .SQLITE_NOTADB:
        self.init(.corrupt, "the store is damaged: \(text)", cause: error)
      case .SQLITE_INTERRUPT, .SQLITE_ABORT:
        self.init(.cancelled, "the caller gave up", cause: error)
      default: self.init(.internalError, "the store failed: \(text)", cause: error)
      }
    case is CancellationError: self.init(.cancelled, "the caller gave up", cause: error)
    default: self.init(.internalError, "the store failed: \(type(of: error))", cause: error)
    }
  }
}
