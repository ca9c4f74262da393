import Foundation
import Testing

/// Replays the corpus, and mutations of it from a fixed seed. `make fuzz` goes on from here.
@Suite struct CorpusTests {
  private func corpus(of target: FuzzTarget) throws -> [[UInt8]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Corpus/\(target.rawValue)")
    return try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
  }

  @Test(arguments: FuzzTarget.allCases)
  func `each input of the corpus is survived`(target: FuzzTarget) throws {
    let inputs = try corpus(of: target)
    #expect(!inputs.isEmpty)
    for input in inputs { target.run(input) }
  }

  @Test(arguments: FuzzTarget.allCases)
  func `mutations of the corpus are survived`(target: FuzzTarget) throws {
    let inputs = try corpus(of: target)
    var state: UInt64 = 20_261_124
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(count, 1)
    }
    for round in 0..<target.mutationCount {
      var input = inputs[round % inputs.count]
      for _ in 0...random(6) {
        switch random(4) {
        case 0 where !input.isEmpty: input[random(input.count)] = UInt8(random(256))
        case 1: input.insert(UInt8(random(256)), at: random(input.count + 1))
        case 2 where !input.isEmpty: input.remove(at: random(input.count))
        default:
          let other = inputs[random(inputs.count)]
          input += other.prefix(random(other.count))
        }
      }
      target.run(input)
    }
  }
}
