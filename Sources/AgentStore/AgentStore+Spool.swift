public import Resources
internal import Foundation
internal import GRDB

// Reports on their way to the server.
//
// What happened lies unsealed (states coalesced by resource, runs and entries in order) until it is
// put into a report with a number. A sealed report stays until the server acknowledges its number,
// and never changes: after a crash it is sent again as it was.
extension AgentStore {
  /// Stores what happened.
  ///
  /// - Parameters:
  ///   - batch: What happened.
  ///   - reportsMax: Most reports to make of it at once. Done only if nothing older waits
  ///     unsealed, and if so many are enough; see ``sealReport(gapSequence:time:)``.
  /// - Returns: The reports, if some were made, in order.
  /// - Throws: ``AgentStoreError``; nothing is stored then.
  public func commit(
    _ batch: AgentBatch, sealing reportsMax: Int
  ) async throws(AgentStoreError) -> [SealedReport] {
    let limits = limits
    let reports = reportsMax > 0 ? batch.reports(limits) : []
    return try await write("store states and reports") { db in
      try Rows.put("state", batch.states.lazy.map { (id: $0.key, part: $0.value) }, db)
      for (id, memory) in batch.memories {
        if memory.flags == 0 {
          try Rows.delete("memory", id, db)
        } else {
          try db.cachedStatement(sql: "INSERT OR REPLACE INTO memory VALUES (?, ?)")
            .execute(arguments: [id.description, memory.flags])
        }
      }
      try Rows.put("remote", batch.remoteStates.lazy.map { (id: $0.key, part: $0.value) }, db)
      guard batch.hasReport else { return [] }
      if !reports.isEmpty, reports.count <= reportsMax, try !Spool.hasUnsealed(db) {
        return try reports.map { try Spool.seal($0, db) }
      }
      try Spool.add(batch, db)
      try Spool.trim(limits, db)
      return []
    }
  }

  /// Makes a report of what waits unsealed, up to the limits of one.
  ///
  /// - Parameters:
  ///   - gapSequence: Number for a record of entries that the spool had to drop.
  ///   - time: Its time.
  /// - Returns: The report; nil if nothing waits.
  /// - Throws: ``AgentStoreError``.
  public func sealReport(
    gapSequence: UInt64, time: Timestamp
  ) async throws(AgentStoreError) -> SealedReport? {
    let limits = limits
    return try await write("make a report") { db in
      guard try Spool.hasUnsealed(db) else { return nil }
      var report = try Spool.take(limits, db)
      if let gap = try Spool.takeGap(db) {
        report.entries.append(
          LogEntry(
            sequence: gapSequence, time: time, level: gap.highestLevel,
            template: "{dropped} log entries are missing: {reason}",
            arguments: [
              "dropped": .int(Int64(clamping: gap.dropped)), "reason": .string(gap.reason),
            ],
            text: "\(gap.dropped) log entries are missing: \(gap.reason)", agent: "", gap: gap))
      }
      return try Spool.seal(report, db)
    }
  }

  /// Reports that the server has not acknowledged, in order, after a number.
  ///
  /// - Parameters:
  ///   - number: Only those after it.
  ///   - limit: At most so many.
  /// - Returns: The reports.
  /// - Throws: ``AgentStoreError``.
  public func sealedReports(
    after number: UInt64, limit: Int
  ) async throws(AgentStoreError) -> [SealedReport] {
    try await write("read reports") { db in
      let bodies = try Data.fetchCursor(
        db, sql: "SELECT body FROM report WHERE number > ? ORDER BY number LIMIT ?",
        arguments: [Int64(clamping: number), limit])
      var reports: [SealedReport] = []
      while let body = try bodies.next() {
        reports.append(try SealedReport(canonicalBytes: [UInt8](body)))
      }
      return reports
    }
  }

  /// The server has stored all reports up to a number: they are forgotten.
  ///
  /// - Parameter number: The number.
  /// - Throws: ``AgentStoreError``.
  public func acknowledge(_ number: UInt64) async throws(AgentStoreError) {
    try await write("forget acknowledged reports") { db in
      guard number > (try Meta.number(.acknowledged, db)) else { return }
      let freed =
        try Int.fetchOne(
          db, sql: "SELECT sum(bytes) FROM report WHERE number <= ?",
          arguments: [Int64(clamping: number)]) ?? 0
      try db.execute(
        sql: "DELETE FROM report WHERE number <= ?", arguments: [Int64(clamping: number)])
      try Spool.count(-freed, db)
      try Meta.set(.acknowledged, number, db)
      if try Meta.number(.numbered, db) < number { try Meta.set(.numbered, number, db) }
    }
  }

  /// The server knows less than it had acknowledged: its store is another one. Numbers go on after
  /// the last that it knows, and every state is reported again.
  ///
  /// - Parameter number: The last number that it knows.
  /// - Throws: ``AgentStoreError``.
  public func restartNumbering(after number: UInt64) async throws(AgentStoreError) {
    try await write("number reports anew") { db in
      var next = number
      var reports: [SealedReport] = []
      let bodies = try Data.fetchAll(db, sql: "SELECT body FROM report ORDER BY number")
      for body in bodies { reports.append(try SealedReport(canonicalBytes: [UInt8](body))) }
      try db.execute(sql: "DELETE FROM report")
      try Spool.resetCount(db)
      for var report in reports {
        next += 1
        report.number = next
        try Spool.insert(report, db)
      }
      try Meta.set(.numbered, next, db)
      try Meta.set(.acknowledged, number, db)
      try db.execute(sql: "INSERT OR REPLACE INTO unsent_state SELECT id, body FROM state")
    }
  }

  /// Number of reports and of resources whose state the server has not acknowledged.
  ///
  /// - Returns: Sealed reports, and one if something waits unsealed.
  /// - Throws: ``AgentStoreError``.
  public func unsentReportCount() async throws(AgentStoreError) -> Int {
    try await write("count reports") { db in
      let sealed = try Int.fetchOne(db, sql: "SELECT count(*) FROM report") ?? 0
      return sealed + (try Spool.hasUnsealed(db) ? 1 : 0)
    }
  }
}
