import Foundation
import GRDB
import Resources

/// Statements of the spool; each within the transaction of its caller.
enum Spool {
  static let gapReason = "spool full"

  static func hasUnsealed(_ db: Database) throws -> Bool {
    for table in ["unsent_state", "unsent_action", "unsent_entries"] {
      let statement = try db.cachedStatement(sql: "SELECT 1 FROM \(table) LIMIT 1")
      if try Int.fetchOne(statement) != nil { return true }
    }
    return try Meta.number(.droppedCount, db) > 0
  }

  // MARK: - Adding

  static func add(_ batch: AgentBatch, _ db: Database) throws {
    try Rows.put("unsent_state", batch.states.lazy.map { (id: $0.key, part: $0.value) }, db)
    var facts = Dictionary(grouping: batch.facts, by: \.resourceID)
    var bytes = 0
    for var action in batch.actions {
      let entries = action.entries
      action.entries = []
      let found = facts.removeValue(forKey: action.resourceID) ?? []
      bytes += try add(action, facts: found, db)
      bytes += try add(entries, action: db.lastInsertedRowID, db)
    }
    let rest = facts.values.flatMap { $0 }
    if !rest.isEmpty { bytes += try add(nil, facts: rest, db) }
    bytes += try add(batch.entries, action: nil, db)
    try count(bytes, db)
  }

  /// Returns the bytes that it takes.
  private static func add(
    _ action: ResourceAction?, facts: [Fact], _ db: Database
  ) throws -> Int {
    var encoder = CanonicalEncoder()
    encoder.encodeAll(facts)
    let body = action?.canonicalBytes ?? []
    let bytes = body.count + encoder.bytes.count
    try db.cachedStatement(sql: "INSERT INTO unsent_action (bytes, body, facts) VALUES (?, ?, ?)")
      .execute(arguments: [bytes, Data(body), Data(encoder.bytes)])
    return bytes
  }

  /// One row for each level, so that the lowest can go first. Returns the bytes that they take.
  private static func add(_ entries: [LogEntry], action: Int64?, _ db: Database) throws -> Int {
    var bytes = 0
    for (level, group) in Dictionary(grouping: entries, by: \.level) {
      var encoder = CanonicalEncoder()
      encoder.encodeAll(group)
      try db.cachedStatement(
        sql: "INSERT INTO unsent_entries (action, level, count, bytes, body) VALUES (?, ?, ?, ?, ?)"
      ).execute(
        arguments: [action, level.rawValue, group.count, encoder.bytes.count, Data(encoder.bytes)])
      bytes += encoder.bytes.count
    }
    return bytes
  }

  // MARK: - Size

  static func count(_ delta: Int, _ db: Database) throws {
    guard delta != 0 else { return }
    let old = Int(clamping: try Meta.number(.spoolBytes, db))
    try Meta.set(.spoolBytes, UInt64(max(0, old + delta)), db)
  }

  static func resetCount(_ db: Database) throws {
    let bytes =
      try Int.fetchOne(
        db,
        sql: """
          SELECT (SELECT coalesce(sum(bytes), 0) FROM unsent_action)
            + (SELECT coalesce(sum(bytes), 0) FROM unsent_entries)
            + (SELECT coalesce(sum(bytes), 0) FROM report)
          """) ?? 0
    try Meta.set(.spoolBytes, UInt64(bytes), db)
  }

  /// Drops the oldest entries of the lowest level, then the oldest runs, until the rest fits.
  static func trim(_ limits: AgentStore.Limits, _ db: Database) throws {
    var bytes = Int(clamping: try Meta.number(.spoolBytes, db))
    guard bytes > limits.spoolBytesMax else { return }
    let before = bytes
    var dropped = UInt64(0)
    var highest = Int(clamping: try Meta.number(.droppedLevel, db))
    while bytes > limits.spoolBytesMax {
      let entries = try Row.fetchOne(
        db,
        sql: "SELECT number, level, count, bytes FROM unsent_entries ORDER BY level, number LIMIT 1"
      )
      if let row = entries {
        try db.execute(
          sql: "DELETE FROM unsent_entries WHERE number = ?", arguments: [row[0] as Int64])
        dropped += UInt64(row[2] as Int)
        highest = max(highest, row[1])
        bytes -= row[3] as Int
      } else if let row = try Row.fetchOne(
        db, sql: "SELECT number, bytes FROM unsent_action ORDER BY number LIMIT 1")
      {
        try db.execute(
          sql: "DELETE FROM unsent_action WHERE number = ?", arguments: [row[0] as Int64])
        dropped += 1
        highest = max(highest, LogLevel.info.rawValue)
        bytes -= row[1] as Int
      } else {
        break
      }
    }
    try count(bytes - before, db)
    try Meta.set(.droppedCount, try Meta.number(.droppedCount, db) + dropped, db)
    try Meta.set(.droppedLevel, UInt64(highest), db)
  }

  static func takeGap(_ db: Database) throws -> LogGap? {
    let dropped = try Meta.number(.droppedCount, db)
    guard dropped > 0 else { return nil }
    let level = Int(clamping: try Meta.number(.droppedLevel, db))
    try Meta.set(.droppedCount, 0, db)
    try Meta.set(.droppedLevel, 0, db)
    return LogGap(
      dropped: dropped, highestLevel: LogLevel(rawValue: level) ?? .trace, reason: gapReason)
  }

  // MARK: - Sealing

  /// Takes out what fits into one report.
  static func take(_ limits: AgentStore.Limits, _ db: Database) throws -> SealedReport {
    var report = SealedReport(number: 0, states: [], actions: [], facts: [], entries: [])
    try takeStates(limits, into: &report, db)
    let bytes = try takeActions(limits, into: &report, db)
    // Entries whose run was dropped go with those that belong to none.
    if bytes < limits.reportBytesMax {
      let condition = """
        number IN (SELECT e.number FROM unsent_entries e WHERE e.action IS NULL
          OR NOT EXISTS (SELECT 1 FROM unsent_action a WHERE a.number = e.action)
          ORDER BY e.number LIMIT 100)
        """
      report.entries += try takeEntries(where: condition, [], db).values.flatMap { $0 }
    }
    report.entries.sort { $0.sequence < $1.sequence }
    return report
  }

  private static func takeStates(
    _ limits: AgentStore.Limits, into report: inout SealedReport, _ db: Database
  ) throws {
    let states = try Row.fetchAll(
      db, sql: "SELECT id, body FROM unsent_state ORDER BY id LIMIT ?",
      arguments: [limits.reportStatesMax])
    for row in states {
      report.states.append(try ResourceState(canonicalBytes: [UInt8](row[1] as Data)))
    }
    guard let last = states.last?[0] as String? else { return }
    try db.execute(sql: "DELETE FROM unsent_state WHERE id <= ?", arguments: [last])
  }

  /// Takes the oldest runs with their entries. Returns the bytes that they took.
  private static func takeActions(
    _ limits: AgentStore.Limits, into report: inout SealedReport, _ db: Database
  ) throws -> Int {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT number, body, facts, bytes,
          (SELECT coalesce(sum(e.bytes), 0) FROM unsent_entries e WHERE e.action = a.number)
        FROM unsent_action a ORDER BY number LIMIT ?
        """, arguments: [limits.reportActionsMax])
    var taken: [(number: Int64, action: ResourceAction?)] = []
    var bytes = 0
    var freed = 0
    while bytes < limits.reportBytesMax, let row = try rows.next() {
      let body = [UInt8](row[1] as Data)
      var decoder = CanonicalDecoder([UInt8](row[2] as Data))
      report.facts += try decoder.decodeAll() as [Fact]
      taken.append((row[0], body.isEmpty ? nil : try ResourceAction(canonicalBytes: body)))
      freed += row[3] as Int
      bytes += (row[3] as Int) + (row[4] as Int)
    }
    guard let last = taken.last?.number else { return 0 }
    var entries = try takeEntries(where: "action <= ?", [last], db)
    for (number, action) in taken {
      guard var action else { continue }
      action.entries = entries.removeValue(forKey: number) ?? []
      report.actions.append(action)
    }
    report.entries += entries.values.flatMap { $0 }
    try db.execute(sql: "DELETE FROM unsent_action WHERE number <= ?", arguments: [last])
    try count(-freed, db)
    return bytes
  }

  /// Takes entries out, by the run that they belong to, each in order.
  private static func takeEntries(
    where condition: String, _ arguments: StatementArguments, _ db: Database
  ) throws -> [Int64?: [LogEntry]] {
    let rows = try Row.fetchCursor(
      db, sql: "SELECT action, body, bytes FROM unsent_entries WHERE \(condition)",
      arguments: arguments)
    var entries: [Int64?: [LogEntry]] = [:]
    var bytes = 0
    while let row = try rows.next() {
      var decoder = CanonicalDecoder([UInt8](row[1] as Data))
      entries[row[0], default: []] += try decoder.decodeAll() as [LogEntry]
      bytes += row[2] as Int
    }
    guard !entries.isEmpty else { return [:] }
    try db.execute(sql: "DELETE FROM unsent_entries WHERE \(condition)", arguments: arguments)
    try count(-bytes, db)
    return entries.mapValues { $0.sorted { $0.sequence < $1.sequence } }
  }

  static func seal(_ report: SealedReport, _ db: Database) throws -> SealedReport {
    var report = report
    report.number = try Meta.number(.numbered, db) + 1
    try Meta.set(.numbered, report.number, db)
    try insert(report, db)
    return report
  }

  static func insert(_ report: SealedReport, _ db: Database) throws {
    let body = report.canonicalBytes
    try db.cachedStatement(sql: "INSERT INTO report (number, bytes, body) VALUES (?, ?, ?)")
      .execute(arguments: [Int64(clamping: report.number), body.count, Data(body)])
    try count(body.count, db)
  }
}
