internal import Foundation
internal import GRDB
internal import Resources
internal import Store

/// An environment with the number that its rows carry.
struct EnvironmentRow {
  var id: Int64
  var lastVersion: Int64
  var record: EnvironmentRecord

  static let columns = """
    id, last_version, name, description, is_halted, created, released_version,
    deploy_interval_seconds, repair_interval_seconds, versions_kept, action_retention_days,
    fact_validity_seconds, is_protected
    """

  init(_ row: Row) throws {
    guard let name = EnvironmentName(row[2]) else { throw damaged("an environment") }
    id = row[0]
    lastVersion = row[1]
    record = EnvironmentRecord(
      name: name, description: row[3],
      settings: EnvironmentSettings(
        deployIntervalSeconds: row[7], repairIntervalSeconds: row[8], versionsKept: row[9],
        actionRetentionDays: row[10], factValiditySeconds: row[11], isProtected: row[12]),
      isHalted: row[4], created: Timestamp(unixNanos: row[5]),
      releasedVersion: row.version(6))
  }

  static func find(_ name: EnvironmentName, _ database: Database) throws -> EnvironmentRow {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM environment WHERE name = ?")
    guard let row = try Row.fetchOne(statement, arguments: [name.rawValue]) else {
      throw StoreError(.notFound, "there is no environment \(name)")
    }
    return try EnvironmentRow(row)
  }

  func active() throws -> VersionNumber {
    guard let version = record.releasedVersion else {
      throw StoreError(.notFound, "environment \(record.name) has no released version")
    }
    return version
  }
}

func damaged(_ what: String) -> StoreError {
  StoreError(.corrupt, "\(what) in the store cannot be read")
}

extension Database {
  /// Runs a statement that is prepared once.
  func run(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}

extension VersionNumber {
  /// The number as a column.
  var column: Int64 { Int64(clamping: rawValue) }
}

extension ContentDigest {
  /// The digest as a column.
  var column: Data { Data(bytes) }
}

extension Row {
  func version(_ index: Int) -> VersionNumber? {
    (self[index] as Int64?).flatMap { VersionNumber(UInt64(clamping: $0)) }
  }

  func time(_ index: Int) -> Timestamp? {
    (self[index] as Int64?).map(Timestamp.init(unixNanos:))
  }

  /// Copied once, out of the memory of SQLite; empty for NULL.
  func bytes(_ index: Int) throws -> [UInt8] {
    try withUnsafeData(atIndex: index) { data in data.map { [UInt8]($0) } ?? [] }
  }

  func digest(_ index: Int) throws -> ContentDigest {
    guard let digest = ContentDigest(bytes: try bytes(index)) else { throw damaged("a digest") }
    return digest
  }

  func resourceID(_ index: Int) throws -> ResourceID {
    do { return try ResourceID(parsing: self[index]) } catch { throw damaged("a resource id") }
  }

  func named<Case: RawRepresentable<String>>(_ index: Int, _ type: Case.Type) throws -> Case {
    guard let value = Case(rawValue: self[index]) else { throw damaged("a \(Case.self)") }
    return value
  }

  func undeployable(_ index: Int) throws -> Undeployable {
    guard let value = Undeployable(rawValue: self[index]) else { throw damaged("a resource") }
    return value
  }
}

/// What a version says of a resource beside its fields, id and attribute hash.
struct ResourceHead: CanonicalCodable {
  var requires: [ResourceID]
  var sendsEvents: Bool
  var receivesEvents: Bool
  var origin: SourceRange?
  var unknownFields: [String]

  init(of resource: Resource) {
    requires = resource.requires
    sendsEvents = resource.sendsEvents
    receivesEvents = resource.receivesEvents
    origin = resource.origin
    unknownFields = resource.unknownFields
  }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    requires = try decoder.decodeList(ResourceID.init(from:))
    let flags = try decoder.decodeByte()
    sendsEvents = flags & 1 != 0
    receivesEvents = flags & 2 != 0
    origin = try decoder.decodeOptional(SourceRange.init(from:))
    unknownFields = try decoder.decodeList { decoder throws(CanonicalDecoder.Malformed) in
      try decoder.decodeString()
    }
  }

  func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: requires) { $1.encode(to: &$0) }
    encoder.encode(byte: (sendsEvents ? 1 : 0) | (receivesEvents ? 2 : 0))
    encoder.encode(optional: origin) { $1.encode(to: &$0) }
    encoder.encode(list: unknownFields) { $0.encode($1) }
  }

  func resource(
    _ id: ResourceID, hash: ContentDigest, fields: [String: Value]
  ) -> Resource {
    Resource(
      id: id, fields: fields, requires: requires, attributeHash: hash, sendsEvents: sendsEvents,
      receivesEvents: receivesEvents, origin: origin, unknownFields: unknownFields)
  }
}

/// A list of things as one column.
func encodeColumn<Part: CanonicalCodable>(_ parts: [Part]) -> Data {
  var encoder = CanonicalEncoder()
  encoder.encode(list: parts) { $1.encode(to: &$0) }
  return Data(encoder.bytes)
}

/// Reads what `encodeColumn` made.
func decodeColumn<Part: CanonicalCodable>(_ bytes: [UInt8], _ type: Part.Type) throws -> [Part] {
  var decoder = CanonicalDecoder(bytes)
  do { return try decoder.decodeList(Part.init(from:)) } catch { throw damaged("a \(Part.self)") }
}

/// Reads one thing of a column.
func decodeColumn<Part: CanonicalCodable>(_ bytes: [UInt8], as type: Part.Type) throws -> Part {
  do { return try Part(canonicalBytes: bytes) } catch { throw damaged("a \(Part.self)") }
}

/// Reads the fields of a resource.
func decodeFields(_ bytes: [UInt8]) throws -> [String: Value] {
  var decoder = CanonicalDecoder(bytes)
  do { return try decoder.decodeEntries() } catch { throw damaged("the fields of a resource") }
}
