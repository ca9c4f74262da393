import GRPCSchema
import RPCCore
import Schema
import Testing

private func refusal<Message: RPCMessage>(
  of bytes: [UInt8], as type: Message.Type
) -> RPCError? {
  do throws(RPCError) {
    _ = try decoded(bytes, as: type)
    return nil
  } catch {
    return error
  }
}

struct HostileBytesTests {
  /// A value inside `levels` lists.
  private func nested(_ levels: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x10, 1]
    for _ in 0..<levels { bytes = field(7, field(1, bytes)) }
    return bytes
  }

  @Test func `thirty levels of values are read, one more is refused`() throws {
    _ = try decoded(nested(30), as: ValueV1.Value.self)
    let error = refusal(of: nested(31), as: ValueV1.Value.self)
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.hasSuffix("more than 31 levels of Value") == true)
  }

  @Test(arguments: [300, 600, 10_000, 100_000])
  func `a depth bomb is refused on a small stack`(levels: Int) {
    #expect(refusal(of: nested(levels), as: ValueV1.Value.self)?.code == .invalidArgument)
  }

  @Test func `four megabytes of empty submessages are refused before memory is taken`() {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 << 20)
    while bytes.count < 4 << 20 {
      bytes.append(0x0a)
      bytes.append(0)
    }
    let error = refusal(of: bytes, as: ValueV1.ListValue.self)
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("too many elements") == true)
  }

  @Test func `a submessage that comes in very many parts is refused`() {
    // Each part makes protobuf-c copy the list that it has so far.
    var bytes: [UInt8] = []
    let part = field(2, field(1, [97]))
    for _ in 0..<200_000 { bytes += part }
    #expect(refusal(of: bytes, as: ResourcesV1.ListRequest.self)?.code == .invalidArgument)
  }

  struct TextRow: Sendable {
    var bytes: [UInt8]
    var reason: String
  }

  @Test(arguments: [
    TextRow(bytes: [97, 0, 98], reason: "the text holds a NUL character"),
    TextRow(bytes: [0], reason: "the text holds a NUL character"),
    TextRow(bytes: [0xff], reason: "the text is not UTF-8"),
    TextRow(bytes: [0xc3], reason: "the text is not UTF-8"),
    TextRow(bytes: [0xed, 0xa0, 0x80], reason: "the text is not UTF-8"),
    TextRow(bytes: [0xf4, 0x90, 0x80, 0x80], reason: "the text is not UTF-8"),
  ])
  func `bad text is refused with its path, never cut`(row: TextRow) {
    let inList = field(7, field(1, [0x10, 1]) + field(1, field(5, row.bytes)))
    let error = refusal(of: inList, as: ValueV1.Value.self)
    #expect(error?.code == .invalidArgument)
    #expect(
      error?.message
        == "malformed southbound.value.v1.Value: list_value.values[1].string_value: \(row.reason)")
    let asKey = field(1, field(1, row.bytes) + field(2, [0x10, 1]))
    #expect(refusal(of: asKey, as: ValueV1.MapValue.self)?.code == .invalidArgument)
    let inRepeated = field(3, [97]) + field(3, row.bytes)
    #expect(
      refusal(of: inRepeated, as: ResourceV1.Resource.self)?.message
        == "malformed southbound.resource.v1.Resource: requires[1]: \(row.reason)")
  }

  @Test func `a truncated message is refused at each byte or is a smaller message`() throws {
    let whole = encoded(sampleValues[sampleValues.count - 1])
    for count in 1..<whole.count {
      let error = refusal(of: Array(whole.prefix(count)), as: ValueV1.Value.self)
      #expect(error?.code == .invalidArgument, "\(count) bytes")
    }
    let batch = VersionsV1.PutBatch(resources: [
      .init(id: "a", fields: ["x": sampleValues[9]], attributeHash: [1, 2])
    ])
    let bytes = encoded(batch)
    for count in 1..<bytes.count {
      #expect(
        refusal(of: Array(bytes.prefix(count)), as: VersionsV1.PutBatch.self) != nil,
        "\(count) bytes")
    }
  }

  @Test func `unknown fields, groups and other wire types are passed over`() throws {
    let known: [UInt8] = [0x10, 1]
    let unknown: [[UInt8]] = [
      [0x98, 0x06, 0x2a],  // field 99, varint
      [0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],  // field 99, 64 bits
      [0x9a, 0x06, 2, 0xff, 0],  // field 99, bytes
      [0x9d, 0x06, 1, 2, 3, 4],  // field 99, 32 bits
      [0x9b, 0x06, 0x0b, 0x08, 1, 0x0c, 0x9c, 0x06],  // field 99, group in group
      [0x28, 7],  // string_value as a varint
      [0x15, 0, 0, 0, 0],  // bool_value as 32 bits
    ]
    let expected = ValueV1.Value(kind: .boolValue(true))
    for extra in unknown {
      #expect(try decoded(extra + known) == expected)
      #expect(try decoded(known + extra) == expected)
      let list: ValueV1.ListValue = try decoded(field(1, extra + known) + extra)
      #expect(list.values == [expected])
    }
  }

  @Test func `the last member of a oneof wins, and the parts of a message are merged`() throws {
    let value: ValueV1.Value = try decoded(field(5, [97]) + [0x18, 7] + [0x10, 1])
    #expect(value.kind == .boolValue(true))
    let other: ValueV1.Value = try decoded([0x10, 1] + field(5, [97]))
    #expect(other.kind == .stringValue("a"))
    // protobuf-c does not merge a oneof's message that comes in two parts; no encoder splits one.
    let split: ValueV1.Value = try decoded(
      field(7, field(1, [0x10, 1])) + field(7, field(1, [0x18, 2])))
    #expect(split.kind == .listValue(.init(values: [.init(kind: .intValue(2))])))
    let merged: ResourcesV1.ListRequest = try decoded(
      field(2, field(1, [97])) + field(2, field(1, [98]) + field(2, [99])))
    #expect(merged.filter == .init(resourceIDs: ["a", "b"], agents: ["c"]))
  }

  @Test func `the last entry of a key wins and missing parts are empty`() throws {
    let entry = { (number: UInt8) in field(1, field(1, [97]) + field(2, [0x18, number])) }
    let map: ValueV1.MapValue = try decoded(entry(1) + entry(2))
    #expect(map.entries == ["a": .init(kind: .intValue(2))])
    let empty: ValueV1.MapValue = try decoded(field(1, []))
    #expect(empty.entries == ["": .init()])
  }

  @Test func `repeated numbers come packed or one by one`() throws {
    let packed: GRPCReflectionV1.ExtensionNumberResponse = try decoded(
      field(2, [1, 0xac, 0x02, 3]))
    let single: GRPCReflectionV1.ExtensionNumberResponse = try decoded([
      0x10, 1, 0x10, 0xac, 0x02, 0x10, 3,
    ])
    let both = [0x10, 1] + field(2, [0xac, 0x02]) + [0x10, 3]
    let mixed: GRPCReflectionV1.ExtensionNumberResponse = try decoded(both)
    for message in [packed, single, mixed] { #expect(message.extensionNumber == [1, 300, 3]) }
    let none: GRPCReflectionV1.ExtensionNumberResponse = try decoded(field(2, []))
    #expect(none.extensionNumber.isEmpty)
  }

  @Test func `random bytes never do harm`() {
    var generator = SeededGenerator(seed: 20_261_123)
    var refused = 0
    for _ in 0..<10_000 {
      let count = Int.random(in: 0...64, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      if !survives(bytes) { refused += 1 }
    }
    #expect(refused > 5_000)
  }

  @Test func `damaged messages never do harm`() {
    var generator = SeededGenerator(seed: 42)
    let originals =
      sampleValues.map(encoded) + [
        encoded(
          VersionsV1.PutBatch(resources: [
            .init(id: "a", fields: ["x": sampleValues[16]], requires: ["b"], attributeHash: [1, 2])
          ]))
      ]
    var accepted = 0
    for round in 0..<10_000 {
      var bytes = originals[round % originals.count]
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: bytes.remove(at: index)
        default: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: index)
        }
      }
      if survives(bytes) { accepted += 1 }
    }
    #expect(accepted > 1_000)
  }

  /// Decodes as several types; what is accepted must come back the same from its own encoding.
  private func survives(_ bytes: [UInt8]) -> Bool {
    func isStable<Message: RPCMessage & Hashable>(_ type: Message.Type) -> Bool {
      guard let message = try? decoded(bytes, as: type) else { return false }
      let canonical = encoded(message)
      guard let again = try? decoded(canonical, as: type) else {
        Issue.record("\(bytes) decodes as \(type), but its own encoding does not")
        return true
      }
      // NaN is not equal to itself, its encoding is.
      #expect(encoded(again) == canonical, "\(bytes) as \(type)")
      return true
    }
    let results = [
      isStable(ValueV1.Value.self), isStable(VersionsV1.PutBatch.self),
      isStable(SessionsV1.AgentMessage.self), isStable(LogV1.LogEntry.self),
      isStable(GRPCReflectionV1.ServerReflectionRequest.self),
    ]
    return results.contains(true)
  }
}
