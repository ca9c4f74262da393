import Diagnostics
import Digest
import Exporting
import Model
import Resources
import SouthboundKit
import Testing

private func ids(_ result: ExportResult) -> [String] { result.resources.map(\.id.description) }

private func findings(_ result: ExportResult) -> [String] {
  result.findings.map { "\($0.id):\($0.location?.line ?? 0)" }
}

@Test func `instances become resources in order of their ids, with uploaded contents`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  let b = fixture.file("/b", on: host)
  fixture.file("/a", on: host, content: "other", requires: [b])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(ids(result) == ["t::File[web,path=/a]", "t::File[web,path=/b]"])
  #expect(result.resources.first?.requires.map(\.description) == ["t::File[web,path=/b]"])
  #expect(findings(result) == [])
  let digest = SHA256.digest(of: Array("other".utf8))
  #expect(result.resources.first?.fields["content"]?.contentDigest == digest)
  #expect(result.contents[digest] == Array("other".utf8))
  #expect(result.contents.count == 2)
  #expect(result.resources.first?.origin?.line == 3)
  #expect(result.handlerBindings.map(\.handlerID) == ["t::File"])
}

@Test func `the attribute hash covers id and fields, and not the requirements`() throws {
  func hash(content: Value = "x", size: Value = 1.0, requires: Bool = false) throws
    -> ContentDigest?
  {
    var fixture = ModelFixture()
    let host = fixture.host("web")
    let other = fixture.file("/z", on: host)
    fixture.file("/a", on: host, content: content, size: size, requires: requires ? [other] : [])
    let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
    return result.resources.first?.attributeHash
  }
  let base = try hash()
  #expect(base != nil)
  #expect(try hash(requires: true) == base)
  #expect(try hash(content: "y") != base)
  #expect(try hash(size: 1) != base)  // an integer is not a double
}

@Test func `an instance is exported once, as its most specific registered type`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  fixture.file("/s", on: host, type: 2)
  let parentOnly = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(ids(parentOnly) == ["t::File[web,path=/s]"])
  let secret = ResourceDefinition(
    "t::SecretFile", agentPath: "host.name", idAttribute: "path", fields: ["path"])
  let both = ModelExport.run(
    fixture.model, with: try ModelFixture.registry([ModelFixture.fileDefinition, secret]))
  #expect(ids(both) == ["t::SecretFile[web,path=/s]"])
}

@Test func `unmanaged and ignored instances are left out, each lost requirement is said`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  let unmanaged = fixture.file("/u", on: host, managed: false)
  fixture.file("/a", on: host, requires: [unmanaged, host])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(ids(result) == ["t::File[web,path=/a]"])
  #expect(result.ignoredCount == 1)
  #expect(findings(result) == ["dropped-requirement:3", "dropped-requirement:3"])
  #expect(!result.hasErrors)
}

@Test func `two instances with one id are an error at the second, with the place of the first`()
  throws
{
  var fixture = ModelFixture()
  let host = fixture.host("web")
  fixture.file("/a", on: host)
  fixture.file("/a", on: host)
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(findings(result) == ["duplicate-resource:3"])
  #expect(result.findings.first?.notes == ["the other is made at main.cf:2:5"])
  #expect(result.hasErrors)
}

@Test func `a resource that fits into no message is an error with its largest field`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  fixture.file("/a", on: host)
  let path = "/" + String(repeating: "b", count: WireBounds.resourceBytesMax)
  fixture.file(.string(path), on: host)
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(findings(result) == ["large-resource:3"])
  #expect(result.findings.first?.notes.first?.contains("the largest field is `path`") == true)
  #expect(result.hasErrors)
}

@Test func `a cycle is an error with all its ids`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  let a = fixture.file("/a", on: host)
  let b = fixture.file("/b", on: host, requires: [a])
  let c = fixture.file("/c", on: host, requires: [b])
  fixture.require(a, c)
  fixture.file("/d", on: host, requires: [a])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(result.findings.map(\.id.rawValue) == ["requirement-cycle"])
  let note = try #require(result.findings.first?.notes.first)
  #expect(["/a", "/b", "/c"].allSatisfy { note.contains("path=\($0)]") })
  #expect(!note.contains("/d"))
}

@Test func `every resource on a cycle is on one that is reported`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  let alone = fixture.file("/alone", on: host)
  fixture.require(alone, alone)
  let a = fixture.file("/a", on: host)
  let b = fixture.file("/b", on: host, requires: [a])
  let c = fixture.file("/c", on: host, requires: [b])
  fixture.require(a, b)
  fixture.require(b, c)
  fixture.file("/d", on: host, requires: [a, alone])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  let notes = result.findings.flatMap(\.notes)
  #expect(findings(result).allSatisfy { $0.hasPrefix("requirement-cycle:") })
  // Alone; a and b; b and c.
  #expect(result.findings.count == 3)
  for path in ["/alone", "/a", "/b", "/c"] {
    #expect(notes.contains { $0.contains("path=\(path)]") })
  }
  #expect(!notes.contains { $0.contains("path=/d]") })
}

@Test func `of very many cycles only the first are reported`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  for number in 0..<100 {
    let file = fixture.file(.string("/\(number)"), on: host)
    fixture.require(file, file)
  }
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(result.findings.count == 21)
  #expect(result.findings.last?.severity == .warning)
}

@Test func `a value that could not leave the compiler is never exported`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  let file = fixture.file("/a", on: host)
  fixture.model.instances[file.index].unportable = [2: "1 is too large"]
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(findings(result) == ["value-not-exportable:2"])
  #expect(result.findings.first?.title.contains("1 is too large") == true)
  #expect(result.resources.isEmpty)
}

@Test func `a chain of 20,000 requirements needs no deep stack`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  var last = fixture.file("/0", on: host)
  for number in 1..<20_000 {
    last = fixture.file(.string("/\(number)"), on: host, requires: [last])
  }
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(result.resources.count == 20_000)
  #expect(!result.hasErrors)
}

struct BadRow: Sendable {
  var path: Value = "/a"
  var host: Value = "web"
  var size: Value = 1.0
  var finding: String
}

@Test(arguments: [
  BadRow(host: 1, finding: "no-resource-id:2"),
  BadRow(host: "a,b", finding: "no-resource-id:2"),
  BadRow(host: "", finding: "no-resource-id:2"),
  BadRow(path: "", finding: "no-resource-id:2"),
  BadRow(path: [1], finding: "no-resource-id:2"),
  BadRow(host: .unknown(source: "fact"), finding: "unknown-in-id:2"),
  BadRow(path: .unknown(source: "fact"), finding: "unknown-in-id:2"),
  BadRow(size: .double(.nan), finding: "value-not-exportable:2"),
  BadRow(size: ["k": [.double(.infinity)]], finding: "value-not-exportable:2"),
  BadRow(size: "a\0b", finding: "value-not-exportable:2"),
])
func `what cannot be exported is found at the line that made the instance`(row: BadRow) throws {
  var fixture = ModelFixture()
  let host = fixture.host(row.host)
  fixture.file(row.path, on: host, size: row.size)
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(findings(result) == [row.finding])
  #expect(result.resources.isEmpty)
}

@Test func `an entity in a field and a missing attribute are errors`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  fixture.file("/a", on: host)
  let definition = ResourceDefinition(
    "t::File", agentPath: "host.name", idAttribute: "path", fields: ["path", "host", "nothing"])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry([definition]))
  #expect(findings(result) == ["entity-in-field:2", "field-failed:2"])
}

@Test func `an unknown value makes the field unknown and the resource undefined`() throws {
  var fixture = ModelFixture()
  let host = fixture.host("web")
  fixture.file("/a", on: host, content: .unknown(source: "fact"), size: [.unknown(source: "x")])
  let result = ModelExport.run(fixture.model, with: try ModelFixture.registry())
  #expect(result.resources.first?.unknownFields == ["content", "size"])
  #expect(result.resources.first?.isUndefined == true)
}
