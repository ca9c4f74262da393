import Foundation
import ProcessTesting
import Testing

/// All tests over real processes, one after the other: the machine is small.
@Suite(.serialized) enum Integration {}

/// Runs a body with a folder of its own, and removes it afterwards.
func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
  let folder = "\(NSTemporaryDirectory())southbound-test-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

/// Runs a body with the four services, started, and ends them afterwards.
func withServices<R>(_ body: (Services) async throws -> R) async throws -> R {
  try await withFolder { folder in
    let services = try Services(folder: folder, agentNames: ["web*"])
    return try await running(services) { try await body(services) }
  }
}

/// Runs a body with the four services and the website example, and ends all afterwards.
func withWebsite<R>(
  _ body: (Services, WebsiteExample) async throws -> R
) async throws -> R {
  try await withFolder { folder in
    let website = try WebsiteExample(copying: "\(repository)/\(websiteProject)", below: folder)
    let services = try Services(
      folder: folder, environment: website.environment, agentNames: ["web*"])
    do {
      let result = try await running(services) { try await body(services, website) }
      await website.stopWebServer()
      return result
    } catch {
      await website.stopWebServer()
      throw error
    }
  }
}

private let websiteProject = "Sources/Examples/website"

private let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  .dropLast(3).joined(separator: "/")

func running<R>(_ services: Services, _ body: () async throws -> R) async throws -> R {
  do {
    try await services.startAll()
    let result = try await body()
    await services.stopAll()
    return result
  } catch {
    await services.stopAll()
    for service in Services.Service.allCases {
      Issue.record("the end of the log of \(service):\n\(services.logEnd(of: service))")
    }
    throw error
  }
}

/// A resource as `southbound resources --json` shows it.
struct ResourceRow: Decodable {
  struct State: Decodable {
    let compliance: String
    let handler_result: String
    let blocked: String
    let message: String
  }

  let id: String
  let version: Int
  let state: State?

  var isCompliant: Bool { state?.compliance == "compliant" }
}

/// A handler run as `southbound actions --json` shows it.
struct ActionRow: Decodable {
  let resource_id: String
  let version: Int
  let kind: String
  let result: String
  let change: String
  let changes: [Change]

  struct Change: Decodable {
    let field: String
  }
}

/// An agent name as `southbound agents --json` shows it.
struct AgentRow: Decodable {
  let name: String
  let connected: Bool
  let address: String
}

extension Services {
  /// Writes a model of one file and returns its path.
  func write(model text: String, name: String = "model") throws -> String {
    let path = "\(folder)/\(name).cf"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Runs a verb that must end with `status`.
  @discardableResult
  func run(
    _ arguments: String..., expecting status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> CommandResult {
    let result = try await southbound(arguments)
    #expect(
      result.status == status, "\(arguments): \(result.output)\(result.errors)",
      sourceLocation: sourceLocation)
    return result
  }

  /// Runs a verb with `--json` and returns its rows.
  func rows<Row: Decodable>(_ arguments: String..., of type: Row.Type) async throws -> [Row] {
    let result = try await southbound(arguments + ["--json"])
    guard result.status == 0 else { throw ProcessError("\(arguments): \(result.errors)") }
    return try JSONDecoder().decode([Row].self, from: Data(result.output.utf8))
  }

  func resources() async throws -> [ResourceRow] {
    try await rows("resources", of: ResourceRow.self)
  }

  /// The resource whose id contains a text.
  func resource(_ text: String) async throws -> ResourceRow {
    let found = try await resources().filter { $0.id.contains(text) }
    return try #require(found.first, "there is no resource with `\(text)` in its id")
  }

  /// Waits until all resources of the released version are as desired.
  func waitUntilCompliant(
    count: Int, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    var rows: [ResourceRow] = []
    try await wait(for: "\(count) compliant resources", within: limit) {
      rows = (try? await resources()) ?? []
      return rows.count == count && rows.allSatisfy(\.isCompliant)
    }
    #expect(rows.count == count, sourceLocation: sourceLocation)
  }
}

/// Waits until a look at the world says yes. Throws when it has not after `limit`.
func wait(
  for what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw ProcessError("\(limit) without \(what)") }
    try await Task.sleep(for: .milliseconds(50))
  }
}

/// Content of a file, or nil if there is none.
func content(_ path: String) -> String? {
  try? String(contentsOfFile: path, encoding: .utf8)
}
