import Resources
import Testing

private let everyKind: Value = [
  "null": nil, "yes": true, "no": false, "least": .int(.min), "most": .int(.max), "pi": 3.14,
  "text": "grüße\u{1F600}", "raw": .bytes([0, 255]), "list": [1, [2]], "map": ["b": 1, "a": 2],
  "unknown": .unknown(source: "fact"), "secret": .secret("s"),
  "file": .reference(type: "t", arguments: ["x": 1]),
]

private func encoded(_ value: Value) -> [UInt8] {
  var encoder = CanonicalEncoder()
  encoder.encode(value)
  return encoder.bytes
}

@Test func `every kind of value comes back as it was`() throws {
  var decoder = CanonicalDecoder(encoded(everyKind))
  #expect(try decoder.decodeValue() == everyKind)
  #expect(decoder.isAtEnd)
}

@Test func `the form does not depend on the order of insertion`() {
  var first: [String: Value] = [:]
  var second: [String: Value] = [:]
  for number in 0..<100 { first["k\(number)"] = .int(Int64(number)) }
  for number in (0..<100).reversed() { second["k\(number)"] = .int(Int64(number)) }
  #expect(encoded(.map(first)) == encoded(.map(second)))
  #expect(encoded(1) != encoded(1.0))
  #expect(encoded(.double(0)) == encoded(.double(-0.0)))
}

@Test func `every truncation and every flipped byte is refused or decodes, and never traps`() {
  let bytes = encoded(everyKind)
  for length in 0..<bytes.count {
    var decoder = CanonicalDecoder(Array(bytes[..<length]))
    #expect(throws: CanonicalDecoder.Malformed.self) { try decoder.decodeValue() }
  }
  for index in bytes.indices {
    for flip in [UInt8(1), 0x80, 0xff] {
      var damaged = bytes
      damaged[index] ^= flip
      var decoder = CanonicalDecoder(damaged)
      _ = try? decoder.decodeValue()
    }
  }
}

@Test func `nesting beyond the limit is refused`() {
  var value: Value = 1
  for _ in 0..<Value.depthMax { value = [value] }
  var decoder = CanonicalDecoder(encoded(value))
  #expect(throws: Never.self) { try decoder.decodeValue() }
  decoder = CanonicalDecoder(encoded([value]))
  #expect(throws: CanonicalDecoder.Malformed.self) { try decoder.decodeValue() }
}

@Test func `an action with log entries comes back as it was`() throws {
  let id = try ResourceID(parsing: "std::File[web1,path=/etc/motd]")
  let entry = LogEntry(
    sequence: 7, time: Timestamp(unixNanos: -5), level: .warning, template: "{a}",
    arguments: ["a": 1], text: "1", agent: "web1", resourceID: id, handlerID: "std.file",
    actionID: .random(), version: VersionNumber(3),
    error: ErrorInfo(type: "T", message: "m", causes: ["x: y"]),
    gap: LogGap(dropped: 2, highestLevel: .error, reason: "spool full"))
  let action = ResourceAction(
    id: .random(), resourceID: id, version: VersionNumber(3), kind: .repair,
    started: Timestamp(unixNanos: 1), finished: Timestamp(unixNanos: 2), result: .failed,
    change: .updated, changes: [AttributeChange(field: "mode", current: 1, desired: nil)],
    message: "m", entries: [entry])
  #expect(try ResourceAction(canonicalBytes: action.canonicalBytes) == action)
  #expect(throws: CanonicalDecoder.Malformed.self) {
    try ResourceAction(canonicalBytes: action.canonicalBytes + [0])
  }
}

@Test func `contents are found wherever they are named`() throws {
  let digest = try #require(ContentDigest(hex: String(repeating: "ab", count: 32)))
  let content = Value.content(digest: digest, byteCount: 5)
  var found: Set<ContentDigest> = []
  Value.list([["x": .secret(content)]]).collectContentDigests(into: &found)
  #expect(found == [digest])
  #expect(content.contentByteCount == 5)
}
