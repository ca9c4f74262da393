import Foundation
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
private let names = [
  "asks", "blocked", "check-and-repair", "crash", "cycle", "events", "gating", "incremental",
  "order",
  "outdated", "pause", "remote", "removed", "retry", "urgent",
]

/// `SOUTHBOUND_ACCEPT=1 swift test` writes the traces into the files: read the difference.
@Test(arguments: names)
func `the engine does what the script says`(name: String) throws {
  let file = folder.appending(path: "\(name).txt")
  let expected = try String(contentsOf: file, encoding: .utf8)
  let actual = try Script.run(expected)
  if ProcessInfo.processInfo.environment["SOUTHBOUND_ACCEPT"] == "1" {
    try actual.write(to: file, atomically: true, encoding: .utf8)
  } else {
    let difference = actual.split(separator: "\n").difference(from: expected.split(separator: "\n"))
    #expect(difference.isEmpty, "\(name).txt has another trace:\n\(actual)")
  }
}

@Test func `every script is run`() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
  #expect(files.sorted() == names.map { "\($0).txt" })
}
