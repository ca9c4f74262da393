import Foundation
import ProcessTesting
import Testing

/// All tests of the command line, one after the other: the machine is small.
@Suite(.serialized) enum CommandLineTests {}

/// Runs a body with the command line in a folder of its own; no service runs there.
func withFolder<R>(_ body: (Services) async throws -> R) async throws -> R {
  let folder = "\(NSTemporaryDirectory())southbound-cli-\(UUID().uuidString)"
  let services = try Services(folder: folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(services)
}

let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  .dropLast(3).joined(separator: "/")

extension Services {
  /// Writes a file below the folder and returns its path.
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  /// Writes bytes below the folder and returns the path.
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = "\(folder)/\(name)"
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    try FileManager.default.createDirectory(
      atPath: parent.joined(separator: "/"), withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Runs a verb that must end with `status`.
  @discardableResult
  func run(
    _ arguments: [String], expecting status: Int32 = 0, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> CommandResult {
    let result = try await southbound(arguments, within: limit)
    #expect(
      result.status == status, "\(arguments): \(result.output)\(result.errors)",
      sourceLocation: sourceLocation)
    return result
  }
}

/// Reads one JSON document.
func json(_ text: String) throws -> Any {
  try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
}

/// Reads one JSON object.
func object(_ text: String) throws -> [String: Any] {
  try #require(try json(text) as? [String: Any], "\(text) is no JSON object")
}

/// Reads a JSON list of objects.
func rows(_ text: String) throws -> [[String: Any]] {
  try #require(try json(text) as? [[String: Any]], "\(text) is no JSON list of objects")
}

/// Waits until a look at the world says yes. Throws when it has not after `limit`.
func wait(
  for what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw ProcessError("\(limit) without \(what)") }
    try await Task.sleep(for: .milliseconds(20))
  }
}

/// Content of a file, or nothing if there is none.
func content(_ path: String) -> String {
  (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
}
