import Testing

@testable import EventLoop

@Suite struct TimerQueueTests {
  private static let start = ContinuousClock.now

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
    Self.start + .milliseconds(milliseconds)
  }

  private func run(_ queue: inout TimerQueue, until milliseconds: Int) {
    while let callback = queue.popExpired(now: at(milliseconds)) { callback() }
  }

  @Test func `timers call back in the order of their instants, none early`() {
    var queue = TimerQueue()
    var called: [Int] = []
    for instant in [30, 10, 20, 10] { _ = queue.add(at: at(instant)) { called.append(instant) } }
    run(&queue, until: 9)
    #expect(called == [])
    #expect(queue.wait(now: at(9)) == .milliseconds(1))
    run(&queue, until: 20)
    #expect(called == [10, 10, 20])
    run(&queue, until: 1000)
    #expect(called == [10, 10, 20, 30])
    #expect(queue.isEmpty)
    #expect(queue.wait(now: at(0)) == nil)
  }

  @Test func `a timer that is due waits for nothing`() {
    var queue = TimerQueue()
    _ = queue.add(at: at(5)) {}
    #expect(queue.wait(now: at(50)) == .zero)
  }

  @Test func `a cancelled timer never calls, and cancelling twice does nothing`() {
    var queue = TimerQueue()
    var called = 0
    let first = queue.add(at: at(1)) { called += 1 }
    let second = queue.add(at: at(2)) { called += 10 }
    queue.cancel(first)
    queue.cancel(first)
    #expect(queue.wait(now: at(0)) == .milliseconds(2), "the cancelled one is passed over")
    run(&queue, until: 10)
    queue.cancel(second)
    #expect(called == 10)
  }

  @Test func `cancelled timers do not pile up`() {
    var queue = TimerQueue()
    let kept = queue.add(at: at(1_000_000)) {}
    for number in 0..<100_000 { queue.cancel(queue.add(at: at(number + 10)) {}) }
    #expect(queue.wait(now: at(0)) == .milliseconds(1_000_000))
    queue.cancel(kept)
    #expect(queue.isEmpty)
  }

  @Test func `any order of adding and cancelling is that of a sorted list`() {
    var generator = Generator(state: 11)
    for _ in 0..<50 {
      var queue = TimerQueue()
      var expected: [(instant: Int, number: Int)] = []
      var called: [Int] = []
      var ids: [(id: UInt64, number: Int)] = []
      for number in 0..<300 {
        let instant = Int.random(in: 0..<1000, using: &generator)
        ids.append((queue.add(at: at(instant)) { called.append(instant) }, number))
        expected.append((instant, number))
        if Bool.random(using: &generator), let victim = ids.randomElement(using: &generator) {
          queue.cancel(victim.id)
          expected.removeAll { $0.number == victim.number }
        }
      }
      run(&queue, until: 1000)
      #expect(called == expected.map(\.instant).sorted())
    }
  }
}

/// SplitMix64, so that a failing round can be repeated.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
