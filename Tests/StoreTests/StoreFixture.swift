import Foundation
import Resources
import Store
import StoreSQLite

/// The stores that the contract suite runs against.
enum StoreKind: CaseIterable, Sendable {
  case memory, sqlite

  /// Runs a body on a new, empty store with one environment, `lab`.
  func withStore(_ body: (any Store) async throws -> Void) async throws {
    switch self {
    case .memory:
      let store = InMemoryStore()
      try await store.createEnvironment(.lab)
      try await body(store)
    case .sqlite:
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("store-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let store = try SQLiteStore(path: folder.appendingPathComponent("store.sqlite").path)
      try await store.createEnvironment(.lab)
      try await body(store)
      try store.close()
    }
  }
}

extension EnvironmentName {
  static let lab = EnvironmentName("lab") ?? { preconditionFailure("lab is a name") }()
}

extension EnvironmentRecord {
  static let lab = EnvironmentRecord(name: .lab, description: "a lab", created: .seconds(1))
}

extension Timestamp {
  static func seconds(_ seconds: Int64) -> Timestamp {
    Timestamp(unixNanos: seconds * 1_000_000_000)
  }
}

struct Missing: Error {}

extension Optional {
  var unwrapped: Wrapped {
    get throws {
      guard let self else { throw Missing() }
      return self
    }
  }
}

func number(_ number: UInt64) throws -> VersionNumber { try VersionNumber(number).unwrapped }

func digest(_ byte: UInt8) throws -> ContentDigest {
  try ContentDigest(bytes: Array(repeating: byte, count: 32)).unwrapped
}

func fileID(_ path: String, on agent: String = "web1") throws -> ResourceID {
  try ResourceID(type: "std::File", agent: agent, attribute: "path", value: path)
}

/// A resource whose attribute hash is made of one byte.
func file(
  _ path: String, on agent: String = "web1", hash: UInt8 = 1, requires: [ResourceID] = [],
  isUndefined: Bool = false, fields: [String: Value] = ["mode": 420]
) throws -> Resource {
  Resource(
    id: try fileID(path, on: agent), fields: fields, requires: requires,
    attributeHash: try digest(hash), sendsEvents: true, receivesEvents: false,
    origin: SourceRange(file: "main.cf", line: 3, column: 1, endLine: 3, endColumn: 9),
    unknownFields: isUndefined ? ["content"] : [])
}

/// What an agent reports after a run that made the resource as desired.
func deployed(
  _ id: ResourceID, hash: UInt8 = 1, version: UInt64 = 1, change: Change = .created
) throws -> ResourceState {
  ResourceState(
    id: id, compliance: .compliant, handlerResult: .successful,
    version: VersionNumber(version), attributeHash: try digest(hash), change: change,
    time: .seconds(50))
}

func logEntry(
  _ sequence: UInt64, _ text: String, level: LogLevel = .info, agent: String = "web1"
) -> LogEntry {
  LogEntry(
    sequence: sequence, time: .seconds(40), level: level, template: text,
    arguments: ["n": .int(Int64(sequence))], text: text, agent: agent)
}

extension Store {
  /// Opens an instance that serves everything.
  func openAgent(_ byte: UInt8 = 7, acknowledged: UInt64 = 0) async throws -> AgentInstanceRecord {
    try await openInstance(
      AgentHello(
        instanceID: Array(repeating: byte, count: 16), namePatterns: ["web*", "*"],
        address: "tcp://127.0.0.1:7410", acknowledged: acknowledged), in: .lab, at: .seconds(9))
  }

  /// Stores and releases a version.
  @discardableResult
  func deploy(_ resources: [Resource]) async throws -> VersionRecord {
    try await putVersion(
      NewVersion(environment: .lab, isReleased: true, resources: resources), at: .seconds(10)
    ).version
  }

  func state(_ id: ResourceID) async throws -> ResourceState? {
    try await states(of: [id], in: .lab).first
  }
}
