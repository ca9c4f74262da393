import Foundation
import Testing

/// `SOUTHBOUND_SEED=17 swift test --filter Simulation` repeats one world and prints its steps.
private let chosenSeed = ProcessInfo.processInfo.environment["SOUTHBOUND_SEED"].flatMap(UInt64.init)

@Suite struct SimulationTests {
  @Test(arguments: 0..<10)
  func `every promise holds in 1,000 random worlds`(block: Int) {
    let seeds = chosenSeed.map { block == 0 ? [$0] : [] }
    for seed in seeds ?? (0..<100).map({ UInt64(block * 100 + $0 + 1) }) {
      var simulation = Simulation(seed: seed, isTracing: chosenSeed != nil)
      do {
        try simulation.run()
      } catch {
        Issue.record(
          """
          seed \(seed), step \(simulation.steps): \(error)
          again with its steps: SOUTHBOUND_SEED=\(seed)
          \(simulation.trace.joined(separator: "\n"))
          """)
      }
      if chosenSeed != nil { print(simulation.trace.joined(separator: "\n")) }
    }
  }
}
