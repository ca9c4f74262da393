import HTTP2
import Testing

@Suite("StreamTable")
struct StreamTableTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let id: @Sendable (Int32) -> Int32
    var testDescription: String { name }
  }

  @Test(
    "holds what a dictionary would hold",
    arguments: [
      Row(name: "ids in a row") { 2 * $0 + 1 },
      Row(name: "ids of the server") { 2 * $0 + 2 },
      // All of them belong in the same few places.
      Row(name: "ids that collide") { 4096 * $0 + 1 },
      Row(name: "ids all over") { Int32(truncatingIfNeeded: Int($0) * 2_654_435_761) & .max | 1 },
    ])
  func holds(row: Row) {
    var table = StreamTable<String>()
    var expected: [StreamID: String] = [:]
    var generator = Numbers(state: 7)
    for step in 0..<4000 {
      let id = StreamID(row.id(Int32.random(in: 0..<150, using: &generator)))
      if step % 3 == 0 {
        #expect(table.removeValue(of: id) == expected.removeValue(forKey: id))
      } else {
        table[id] = "\(step)"
        expected[id] = "\(step)"
      }
      #expect(table[id] == expected[id])
      #expect(table.contains(id) == (expected[id] != nil))
      #expect(table.count == expected.count)
    }
    #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.id, $0.value) }) == expected)
    for id in expected.keys { table[id] = nil }
    #expect(table.isEmpty)
  }

  private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 16 | state << 48
    }
  }
}
