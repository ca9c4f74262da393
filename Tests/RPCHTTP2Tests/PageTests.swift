import Foundation
import RPCCore
import RPCHTTP2
import Testing

/// The example of the page: it is what is compiled here, and it works.
@Suite(.timeLimit(.minutes(1)))
struct PageTests {
  @Test func `the example of the page is this file`() throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let file = try String(
      contentsOf: here.appending(path: "PageExample.swift"), encoding: .utf8)
    let parts = file.components(separatedBy: "// --- page\n")
    try #require(parts.count == 3)
    let page = try String(
      contentsOf: here.appending(path: "../../Sources/RPCHTTP2/README.md"), encoding: .utf8)
    #expect(page.contains("```swift\n\(parts[1])```\n"), "copy the example into the page")
  }

  @Test func `the example works`() async throws {
    let server = try serve(at: "tcp://127.0.0.1:0")
    let address = try #require(try await server.start().first)
    let seen = try await talk(to: "\(address)")
    #expect(seen == [[1, 2], [0], [1], [2], [9], [2]])
    await server.shutdown()
  }
}
