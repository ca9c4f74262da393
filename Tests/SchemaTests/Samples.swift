import RPCCore
import Schema

/// One of each shape of value.
let sampleValues: [ValueV1.Value] = [
  ValueV1.Value(kind: .nullValue(.unspecified)),
  ValueV1.Value(kind: .boolValue(false)),
  ValueV1.Value(kind: .boolValue(true)),
  ValueV1.Value(kind: .intValue(0)),
  ValueV1.Value(kind: .intValue(.min)),
  ValueV1.Value(kind: .intValue(.max)),
  ValueV1.Value(kind: .doubleValue(0)),
  ValueV1.Value(kind: .doubleValue(-1.5e300)),
  ValueV1.Value(kind: .stringValue("")),
  ValueV1.Value(kind: .stringValue("Zoë ☃ \u{1F600}")),
  ValueV1.Value(kind: .bytesValue([])),
  ValueV1.Value(kind: .bytesValue([0, 255, 0])),
  ValueV1.Value(kind: .listValue(.init())),
  ValueV1.Value(kind: .unknownValue(.init(source: "a fact"))),
  ValueV1.Value(kind: .secretValue(.init(value: .init(kind: .stringValue("hush"))))),
  ValueV1.Value(
    kind: .referenceValue(
      .init(type: "std::Environment", arguments: ["name": .init(kind: .stringValue("HOME"))]))),
  ValueV1.Value(
    kind: .mapValue(
      .init(entries: [
        "b": .init(kind: .intValue(2)),
        "a": .init(kind: .listValue(.init(values: [.init(kind: .nullValue(.unspecified))]))),
        "": .init(kind: .mapValue(.init())),
        "é": .init(kind: .boolValue(true)),
      ]))),
]

func encoded(_ message: some RPCMessage) -> [UInt8] {
  var bytes: [UInt8] = []
  message.serialize(into: &bytes)
  return bytes
}

func decoded<Message: RPCMessage>(
  _ bytes: [UInt8], as type: Message.Type = Message.self
) throws(RPCError) -> Message {
  unsafe try Message(serializedBytes: bytes.span.bytes)
}

/// A length-prefixed field.
func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
  var length: [UInt8] = []
  var rest = content.count
  while rest >= 128 {
    length.append(UInt8(rest & 127) | 128)
    rest >>= 7
  }
  length.append(UInt8(rest))
  return [number << 3 | 2] + length + content
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
