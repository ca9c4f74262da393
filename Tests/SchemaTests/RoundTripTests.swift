import GRPCSchema
import RPCCore
import Schema
import Testing
import TestingSchema

struct RoundTripTests {
  @Test(arguments: sampleValues)
  func `a value comes back as it was`(value: ValueV1.Value) throws {
    #expect(try decoded(encoded(value)) == value)
  }

  @Test func `encoding appends to what the buffer holds`() throws {
    var buffer: [UInt8] = [1, 2, 3]
    ValueV1.Value(kind: .boolValue(true)).serialize(into: &buffer)
    #expect(buffer == [1, 2, 3, 0x10, 1])
  }

  @Test func `the bytes are those of the encoding specification`() {
    let value = ValueV1.Value(
      kind: .mapValue(
        .init(entries: ["a": .init(kind: .intValue(300)), "b": .init(kind: .stringValue("x"))])))
    let first = field(1, field(1, [97]) + field(2, [0x18, 0xac, 0x02]))
    let second = field(1, field(1, [98]) + field(2, field(5, [120])))
    #expect(encoded(value) == field(8, first + second))
  }

  @Test func `maps are sorted by the bytes of their keys, however they were made`() throws {
    var generator = SeededGenerator(seed: 7)
    var keys = (0..<200).map { "key\($0)" } + ["", "é", "e\u{301}x", "\u{FFFF}", "\u{10000}"]
    let entries = Dictionary(
      uniqueKeysWithValues: keys.map { ($0, ValueV1.Value(kind: .stringValue($0))) })
    let expected = encoded(ValueV1.MapValue(entries: entries))
    for _ in 0..<10 {
      keys.shuffle(using: &generator)
      var shuffled = ValueV1.MapValue()
      for key in keys { shuffled.entries[key] = entries[key] }
      #expect(encoded(shuffled) == expected)
    }
    keys.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var byHand: [UInt8] = []
    for key in keys {
      let value = field(5, Array(key.utf8))
      byHand += field(1, (key.isEmpty ? [0x0a, 0] : field(1, Array(key.utf8))) + field(2, value))
    }
    // protobuf-c leaves an empty key out, as proto3 leaves out every default; both forms decode.
    #expect(try decoded(byHand, as: ValueV1.MapValue.self) == decoded(expected))
  }

  @Test func `every kind of field survives`() throws {
    let resource = ResourceV1.Resource(
      id: "std::File[web1,path=/etc/motd]", fields: ["mode": .init(kind: .intValue(0o644))],
      requires: ["a", "", "b"], attributeHash: [UInt8](0..<32), sendEvent: true,
      origin: .init(file: "main.cf", line: 3, column: 1, endLine: 4, endColumn: 1),
      unknownFields: ["content"])
    #expect(try decoded(encoded(resource)) == resource)
    let filter = ResourcesV1.ResourceFilter(
      types: ["x"], compliance: [.compliant, .unrecognized(77), .unspecified])
    #expect(try decoded(encoded(filter)) == filter)
    let files = GRPCReflectionV1.FileDescriptorResponse(fileDescriptorProto: [[1], [], [2, 3]])
    #expect(try decoded(encoded(files)) == files)
    let numbers = GRPCReflectionV1.ExtensionNumberResponse(extensionNumber: [-1, 0, .max])
    #expect(try decoded(encoded(numbers)) == numbers)
    let request = VersionsV1.PutRequest(kind: .batch(.init(resources: [resource, resource])))
    #expect(try decoded(encoded(request)) == request)
  }

  @Test func `a large payload comes back`() throws {
    let payload = Bench.Payload(data: [UInt8](repeating: 0xa5, count: 4 << 20))
    #expect(try decoded(encoded(payload)) == payload)
  }

  @Test func `an enum keeps numbers that it does not know`() throws {
    let bytes: [UInt8] = [0x08, 0x63]
    let response: GRPCHealthV1.HealthCheckResponse = try decoded(bytes)
    #expect(response.status == .unrecognized(99))
    #expect(encoded(response) == bytes)
    for status in GRPCHealthV1.HealthCheckResponse.ServingStatus.allCases {
      #expect(type(of: status).init(rawValue: status.rawValue) == status)
    }
  }

  @Test func `text with a NUL is never sent`() throws {
    let value = ValueV1.Value(kind: .stringValue("a\0b"))
    #expect(try decoded(encoded(value)) == ValueV1.Value(kind: .stringValue("a\u{FFFD}b")))
  }

  @Test func `a service descriptor holds its file after everything that it imports`() throws {
    let descriptor = VersionsV1.VersionsMethods.service
    #expect(descriptor.fullName == "southbound.versions.v1.Versions")
    #expect(descriptor.methods.map(\.path).contains("/southbound.versions.v1.Versions/Put"))
    #expect(VersionsV1.VersionsMethods.put.kind == .clientStreaming)
    #expect(VersionsV1.VersionsMethods.getResources.kind == .serverStreaming)
    #expect(Bench.BenchMethods.pingPong.kind == .bidirectional)
    var seen: Set<String> = []
    for file in descriptor.fileDescriptors {
      #expect(!file.serialized.isEmpty)
      #expect(seen.isSuperset(of: file.dependencies))
      seen.insert(file.name)
    }
    #expect(seen.contains("southbound/value/v1/value.proto"))
    #expect(descriptor.fileDescriptors.last?.name == "southbound/versions/v1/versions.proto")
    #expect(
      descriptor.fileDescriptors.last?.symbols.contains("southbound.versions.v1.Versions.Put")
        == true)
  }
}
