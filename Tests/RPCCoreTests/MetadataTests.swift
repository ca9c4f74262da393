import RPCCore
import Testing

@Suite struct MetadataTests {
  @Test func `keys become lowercase and keep their values in order`() throws {
    var metadata = Metadata()
    try metadata.append("one", forKey: "X-Key")
    try metadata.append("  two ", forKey: "x-key")
    try metadata.append(binary: [1], forKey: "x-raw-bin")
    #expect(metadata["x-key"] == "one")
    #expect(metadata.values(forKey: "x-key") == ["one", "two"])
    #expect(metadata[binary: "x-raw-bin"] == [1])
    #expect(metadata["x-raw-bin"] == nil)
    #expect(metadata.count == 3)
    metadata.removeAll(forKey: "x-key")
    #expect(metadata.map(\.key) == ["x-raw-bin"])
  }

  @Test(arguments: [
    "", "with space", "ümlaut", "grpc-status", "grpc-anything", ":path", "te", "content-type",
    "connection", "host", "x-raw-bin",
  ])
  func `a text value is refused under a wrong or reserved key`(key: String) {
    var metadata = Metadata()
    #expect(throws: RPCError.self) { try metadata.append("v", forKey: key) }
    #expect(metadata.isEmpty)
  }

  @Test(arguments: ["line\nbreak", "nul\u{0}", "ünicode", "\u{7F}"])
  func `a text value that is not printable ASCII is refused`(value: String) {
    var metadata = Metadata()
    #expect(throws: RPCError.self) { try metadata.append(value, forKey: "x") }
  }

  @Test func `a binary value needs a key that says so`() {
    var metadata = Metadata()
    #expect(throws: RPCError.self) { try metadata.append(binary: [1], forKey: "x-raw") }
  }

  @Test func `base64 goes there and back at every length, padded or not`() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
      let text = Base64.encode(bytes)
      #expect(!text.contains("="))
      #expect(Base64.decode(text) == bytes)
      let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
      #expect(Base64.decode(text + padding) == bytes)
    }
  }

  @Test(arguments: ["a", "ab!d", "abcde", "ä", "a=b="])
  func `what no encoder makes is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
