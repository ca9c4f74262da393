import Testing

@testable import RPCHTTP2

/// The way to one server: each input in each state, on a clock of numbers.
@Suite struct SubchannelTests {
  private static let start = ContinuousClock.now

  private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

  private var backoff: ConnectionBackoff {
    var backoff = ConnectionBackoff()
    backoff.jitter = 0
    return backoff
  }

  private static let states: [Subchannel.State] = [
    .idle, .connecting(0), .connecting(1), .ready, .backingOff("second"), .closed,
  ]

  /// A subchannel of two addresses in a state, whose last pass began at second 0.
  private func subchannel(in state: Subchannel.State) -> Subchannel {
    var generator = SeededGenerator(state: 1)
    var machine = Subchannel(addressCount: 2, backoff: backoff, connectTimeout: .seconds(20))
    switch state {
    case .idle: break
    case .connecting(let number):
      _ = machine.wanted(now: at(0), using: &generator)
      if number == 1 { _ = machine.lost("first", now: at(0)) }
    case .ready:
      _ = machine.wanted(now: at(0), using: &generator)
      _ = machine.connected()
    case .backingOff:
      _ = machine.wanted(now: at(0), using: &generator)
      _ = machine.lost("first", now: at(0))
      _ = machine.lost("second", now: at(0))
    case .closed: machine.close()
    }
    return machine
  }

  private enum Input: CaseIterable {
    case wanted, connected, lost, draining, timeCame
  }

  private func put(_ input: Input, into machine: inout Subchannel) -> Subchannel.Action {
    var generator = SeededGenerator(state: 1)
    switch input {
    case .wanted: return machine.wanted(now: at(0), using: &generator)
    case .connected: return machine.connected()
    case .lost: return machine.lost("why", now: at(0))
    case .draining: return machine.draining("why", now: at(0))
    case .timeCame: return machine.timeCame()
    }
  }

  @Test(arguments: states)
  func `the builder reaches each state`(state: Subchannel.State) {
    #expect(subchannel(in: state).state == state)
  }

  @Test func `each input in each state has its action and its next state`() {
    let second = Subchannel.Action.connect(1, deadline: at(20))
    let expected: [Subchannel.State: [Input: (Subchannel.Action, Subchannel.State)]] = [
      .idle: [.wanted: (.connect(0, deadline: at(20)), .connecting(0))],
      .connecting(0): [
        .connected: (.start, .ready), .lost: (second, .connecting(1)),
        .draining: (second, .connecting(1)),
      ],
      .connecting(1): [
        .connected: (.start, .ready), .lost: (.backOff(until: at(1)), .backingOff("why")),
        .draining: (.backOff(until: at(1)), .backingOff("why")),
      ],
      .ready: [.lost: (.disconnected, .idle), .draining: (.disconnected, .idle)],
      .backingOff("second"): [.timeCame: (.disconnected, .idle)],
    ]
    for state in Self.states {
      for input in Input.allCases {
        var machine = subchannel(in: state)
        let action = put(input, into: &machine)
        let (wanted, next) = expected[state]?[input] ?? (.none, state)
        #expect(action == wanted, "\(input) in \(state)")
        #expect(machine.state == next, "\(input) in \(state)")
      }
    }
  }

  @Test func `waits grow by the document of gRPC, and a connection ends them`() {
    var generator = SeededGenerator(state: 1)
    var machine = Subchannel(addressCount: 1, backoff: backoff, connectTimeout: .zero)
    var waits: [Duration] = []
    var now = at(0)
    for _ in 0..<14 {
      #expect(machine.wanted(now: now, using: &generator) != .none)
      guard case .backOff(let until) = machine.lost("no", now: now) else {
        Issue.record("no back-off")
        return
      }
      waits.append(now.duration(to: until))
      now = until
      _ = machine.timeCame()
    }
    #expect(waits[0] == .seconds(1))
    for (left, right) in zip(waits, waits.dropFirst()) {
      let factor = right / left
      #expect(right == .seconds(120) || abs(factor - 1.6) < 1e-6)
    }
    #expect(waits.last == .seconds(120))
    _ = machine.wanted(now: now, using: &generator)
    _ = machine.connected()
    _ = machine.lost("again", now: now)
    _ = machine.wanted(now: now, using: &generator)
    #expect(machine.lost("no", now: now) == .backOff(until: now + .seconds(1)))
  }

  @Test func `a pass that took longer than its wait is followed at once`() {
    var generator = SeededGenerator(state: 1)
    var machine = Subchannel(addressCount: 1, backoff: backoff, connectTimeout: .seconds(20))
    _ = machine.wanted(now: at(0), using: &generator)
    #expect(machine.lost("slow", now: at(20)) == .backOff(until: at(20)))
  }

  @Test func `the defaults are those of the document`() {
    let defaults = ConnectionBackoff()
    #expect(defaults.initial == .seconds(1) && defaults.max == .seconds(120))
    #expect(defaults.multiplier == 1.6 && defaults.jitter == 0.2)
    #expect(HTTP2ChannelOptions().connectTimeout == .seconds(20))
    var generator = SeededGenerator(state: 3)
    for _ in 0..<100 {
      let wait = defaults.wait(afterFailures: 1, using: &generator)
      #expect(wait >= .milliseconds(800) && wait <= .milliseconds(1200))
    }
  }
}

/// Signs of life of a client: each input in each situation.
@Suite struct ClientKeeperTests {
  private static let start = ContinuousClock.now

  private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

  private func keeper(_ interval: Int? = 10, withoutCalls: Bool = false) -> ClientKeeper {
    ClientKeeper(
      interval: interval.map { .seconds($0) }, timeout: .seconds(5),
      isAllowedWithoutCalls: withoutCalls, now: at(0))
  }

  @Test func `without an interval nothing is ever asked`() {
    var keeper = keeper(nil)
    keeper.callsChanged(hasCalls: true)
    #expect(!keeper.isActive && keeper.nextDeadline == nil)
    #expect(keeper.timeCame(now: at(1000)) == .none)
  }

  @Test func `a connection without calls is left alone, unless that is allowed`() {
    var quiet = keeper()
    #expect(quiet.nextDeadline == nil)
    #expect(quiet.timeCame(now: at(1000)) == .none)
    var kept = keeper(withoutCalls: true)
    #expect(kept.nextDeadline == at(10))
    #expect(kept.timeCame(now: at(10)) == .ping)
  }

  @Test func `silence is asked about once, then ends the connection`() {
    var keeper = keeper()
    keeper.callsChanged(hasCalls: true)
    #expect(keeper.timeCame(now: at(9)) == .none)
    #expect(keeper.timeCame(now: at(10)) == .ping)
    #expect(keeper.nextDeadline == at(15))
    #expect(keeper.timeCame(now: at(14)) == .none)
    #expect(keeper.timeCame(now: at(15)) == .close)
  }

  @Test func `any bytes are a sign of life`() {
    var keeper = keeper()
    keeper.callsChanged(hasCalls: true)
    _ = keeper.timeCame(now: at(10))
    keeper.received(now: at(12))
    #expect(keeper.nextDeadline == at(22))
    #expect(keeper.timeCame(now: at(15)) == .none)
    #expect(keeper.timeCame(now: at(22)) == .ping)
  }

  @Test func `a question that is out is waited for also when the calls have ended`() {
    var keeper = keeper()
    keeper.callsChanged(hasCalls: true)
    _ = keeper.timeCame(now: at(10))
    keeper.callsChanged(hasCalls: false)
    #expect(keeper.timeCame(now: at(15)) == .close)
  }
}

/// Windows that follow the path: samples in, sizes out.
@Suite struct WindowEstimatorTests {
  private static let start = ContinuousClock.now

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
    Self.start + .milliseconds(milliseconds)
  }

  private func estimator(max: Int = 16 << 20) -> WindowEstimator {
    WindowEstimator(streamBytes: 1 << 20, connectionBytes: 1 << 20, streamBytesMax: max)
  }

  /// One measurement: bytes that make it ping, then bytes until the answer.
  private func measure(
    _ estimator: inout WindowEstimator,
    _ bytes: Int,
    from start: Int,
    milliseconds: Int
  ) -> Bool {
    while !estimator.received(64 << 10) {}
    estimator.pingSent(now: at(start))
    #expect(estimator.received(bytes) == false, "one ping at a time")
    return estimator.pingAnswered(now: at(start + milliseconds))
  }

  @Test func `a sample that fills the window doubles it, up to the limit`() {
    var estimator = estimator(max: 3 << 20)
    #expect(measure(&estimator, 1 << 20, from: 0, milliseconds: 10))
    #expect(estimator.streamBytes == 2 << 20 && estimator.connectionBytes == 4 << 20)
    #expect(measure(&estimator, 4 << 20, from: 100, milliseconds: 10))
    #expect(estimator.streamBytes == 3 << 20)
    for _ in 0..<100 {
      #expect(estimator.received(1 << 30) == false, "at the limit nothing is measured")
    }
    #expect(estimator.roundTrip == .milliseconds(10))
  }

  @Test func `a path that holds less than the window leaves it`() {
    var estimator = estimator()
    #expect(!measure(&estimator, 100_000, from: 0, milliseconds: 10))
    #expect(estimator.streamBytes == 1 << 20)
  }

  @Test func `a longer queue at the same rate is no reason to grow`() {
    var estimator = estimator()
    #expect(measure(&estimator, 1 << 20, from: 0, milliseconds: 10))
    #expect(!measure(&estimator, 2 << 20, from: 100, milliseconds: 30))
    #expect(estimator.streamBytes == 2 << 20)
  }

  @Test func `pings that find nothing become rare`() {
    var estimator = estimator()
    var pings = 0
    for _ in 0..<(1 << 14) where estimator.received(64 << 10) {
      pings += 1
      estimator.pingSent(now: at(pings))
      _ = estimator.pingAnswered(now: at(pings + 1))
    }
    // A GiB: the gap doubles from 256 KiB to 64 MiB.
    #expect(pings < 30)
  }

  @Test func `an answer that nobody waits for is dropped`() {
    var estimator = estimator()
    #expect(estimator.pingAnswered(now: at(1)) == false)
    #expect(estimator.roundTrip == nil)
  }
}
