import Resources
import Testing

struct IDRow: Sendable {
  var text: String
  var parts: [String]?
  var version: UInt64?
}

@Test(arguments: [
  IDRow(text: "std::File[web1,path=/etc/motd]", parts: ["std::File", "web1", "path", "/etc/motd"]),
  IDRow(text: "a::b::C[x,k=v],v=12", parts: ["a::b::C", "x", "k", "v"], version: 12),
  IDRow(text: "a::C[x,k=v],v=0", parts: ["a::C", "x", "k", "v"]),  // v=0 stands for no version
  IDRow(text: "a::C[x,k=a=b,c [d]", parts: ["a::C", "x", "k", "a=b,c [d"]),
  // The last bracket closes: nothing that a value contains is mistaken for the end or a version.
  IDRow(text: "a::C[x,k=v]]", parts: ["a::C", "x", "k", "v]"]),
  IDRow(text: "a::C[x,k=a[1]b],v=3", parts: ["a::C", "x", "k", "a[1]b"], version: 3),
  IDRow(text: "a::C[x,k=v],v=3]", parts: ["a::C", "x", "k", "v],v=3"]),
  IDRow(text: "a::C[x,k=v],v=3],v=4", parts: ["a::C", "x", "k", "v],v=3"], version: 4),
  IDRow(text: "a::C[x]y,k=v]", parts: ["a::C", "x]y", "k", "v"]),  // as for the agent
  IDRow(text: "C[x,k=v]", parts: nil),  // a type has a namespace
  IDRow(text: "a::C[x,k=v]x", parts: nil),
  IDRow(text: "a::C[,k=v]", parts: nil),
  IDRow(text: "a::C[x,k=]", parts: nil),
  IDRow(text: "a::C[x,k=v],v=-1", parts: nil),
  IDRow(text: "", parts: nil),
])
func `an id parses to its parts or is refused`(row: IDRow) {
  let parsed = (try? ResourceID.parse(row.text)).flatMap { $0 }
  #expect(parsed.map { [$0.id.type, $0.id.agent, $0.id.attribute, $0.id.value] } == row.parts)
  #expect(parsed?.version?.rawValue == row.version)
}

@Test func `what is printed parses back, whatever the parts contain`() throws {
  var random = SeededRandom(state: 1)
  let alphabet = Array("][,=v3: *é\n")
  func text(without reserved: Set<Character> = []) -> String {
    let allowed = alphabet.filter { !reserved.contains($0) }
    return String(
      (0..<Int.random(in: 1...8, using: &random)).map { _ in allowed.randomElement(using: &random)!
      })
  }
  for _ in 0..<20_000 {
    let id = try ResourceID(
      type: "a::B", agent: text(without: [","]), attribute: text(without: [",", "="]),
      value: text())
    #expect(try ResourceID(parsing: id.description) == id)
    let parsed = try #require(try ResourceID.parse("\(id),v=12"))
    #expect(parsed.version?.rawValue == 12)
    #expect(
      [parsed.id.type, parsed.id.agent, parsed.id.attribute, parsed.id.value]
        == [id.type, id.agent, id.attribute, id.value])
  }
}

/// Numbers that are the same in each run (xorshift64).
private struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Test func `parts that would not parse back are refused with their name`() {
  #expect(throws: ResourceID.Malformed.self) {
    try ResourceID(type: "a::B", agent: "x,y", attribute: "k", value: "v")
  }
  #expect(throws: ResourceID.Malformed.self) {
    try ResourceID(type: "a::B", agent: "x", attribute: "k", value: "v\0")
  }
  #expect(throws: ResourceID.Malformed.self) {
    try ResourceID(type: "a::B", agent: "x", attribute: "k=", value: "v")
  }
}

@Test func `globs match whole texts`() {
  #expect(GlobPattern("web*").matches("web1"))
  #expect(GlobPattern("*1*").matches("web1"))
  #expect(!GlobPattern("web").matches("web1"))
  #expect(GlobPattern("*").matches(""))
  #expect(!GlobPattern("a*b").matches("abc"))
}

@Test func `values print as JSON with sorted keys and hidden secrets`() {
  let value: Value = [
    "b": [1, 1.0, nil, true], "a": .secret("x"), "ä": "q\"\n\u{1}", "c": .unknown(source: ""),
  ]
  #expect(
    value.json
      == #"{"a":"••••••","b":[1,1.0,null,true],"c":{"unknown":true},"ä":"q\"\n\u0001"}"#)
  #expect(value.containsUnknown)
  #expect(value.depth == 2)
}

@Test func `timestamps print as ISO 8601 in UTC`() {
  #expect(Timestamp(unixNanos: 0).iso8601 == "1970-01-01T00:00:00.000000Z")
  #expect(Timestamp(unixNanos: -1).iso8601 == "1969-12-31T23:59:59.999999Z")
  #expect(Timestamp(unixNanos: 1_709_210_096_123_456_789).iso8601 == "2024-02-29T12:34:56.123456Z")
}
