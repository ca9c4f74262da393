import HTTP2
import Testing

@testable import RPCHTTP2

/// The life of a server connection: each input in each phase, on a clock of numbers.
@Suite struct ConnectionKeeperTests {
  private static let start = ContinuousClock.now

  private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

  private func rules(_ change: (inout ConnectionRules) -> Void = { _ in }) -> ConnectionRules {
    var rules = ConnectionRules()
    rules.keepaliveInterval = nil
    change(&rules)
    return rules
  }

  /// A keeper in a phase at second 1.
  private func keeper(
    in phase: ConnectionKeeper.Phase,
    _ rules: ConnectionRules
  ) -> ConnectionKeeper {
    var keeper = ConnectionKeeper(rules, now: at(0))
    if phase == .handshaking { return keeper }
    keeper.received(isReady: true, isInsideFrame: false, now: at(1))
    if phase == .serving { return keeper }
    _ = keeper.drainRequested(now: at(1))
    if phase == .noticed { return keeper }
    keeper.pingSent()
    _ = keeper.pingAnswered()
    if phase == .draining { return keeper }
    keeper.closed()
    return keeper
  }

  private static let phases: [ConnectionKeeper.Phase] = [
    .handshaking, .serving, .noticed, .draining, .closed,
  ]

  @Test func `the builder reaches each phase`() {
    for phase in Self.phases { #expect(keeper(in: phase, rules()).phase == phase) }
  }

  @Test(
    arguments: [
      (ConnectionKeeper.Phase.handshaking, ConnectionKeeper.Action.goAway, .draining),
      (.serving, .notice, .noticed), (.noticed, .none, .noticed), (.draining, .none, .draining),
      (.closed, .none, .closed),
    ] as [(ConnectionKeeper.Phase, ConnectionKeeper.Action, ConnectionKeeper.Phase)])
  func `a drain is noticed once`(
    phase: ConnectionKeeper.Phase,
    action: ConnectionKeeper.Action,
    next: ConnectionKeeper.Phase
  ) {
    var keeper = keeper(in: phase, rules())
    #expect(keeper.drainRequested(now: at(2)) == action)
    #expect(keeper.phase == next)
  }

  @Test(arguments: phases)
  func `the answer to the ping of a notice, and no other, names the last stream`(
    phase: ConnectionKeeper.Phase
  ) {
    var keeper = keeper(in: phase, rules())
    #expect(keeper.pingAnswered() == .none, "nobody has pinged")
    keeper.pingSent()
    #expect(keeper.pingAnswered() == (phase == .noticed ? .goAway : .none))
  }

  @Test func `a keepalive ping under way does not stand for that of the notice`() {
    var keeper = keeper(in: .serving, rules())
    keeper.pingSent()
    #expect(keeper.drainRequested(now: at(2)) == .notice)
    keeper.pingSent()
    #expect(keeper.pingAnswered() == .none)
    #expect(keeper.pingAnswered() == .goAway)
  }

  @Test(arguments: phases)
  func `three early pings are too many in each phase but the last`(
    phase: ConnectionKeeper.Phase
  ) {
    var keeper = keeper(in: phase, rules())
    for second in 2...4 { #expect(keeper.pingReceived(now: at(second)) == .none) }
    let last = keeper.pingReceived(now: at(5))
    #expect(
      last == (phase == .closed ? .none : .close(.enhanceYourCalm, "too_many_pings")))
    #expect(keeper.phase == .closed)
  }

  @Test func `pings at the allowed interval with a call are welcome, without one they are not`() {
    for openStreams in [1, 0] {
      var keeper = keeper(in: .serving, rules())
      keeper.streamsChanged(open: openStreams, now: at(1))
      var actions: Set<ConnectionKeeper.Action> = []
      for round in 1...6 { actions.insert(keeper.pingReceived(now: at(300 * round))) }
      #expect(actions.contains(.close(.enhanceYourCalm, "too_many_pings")) == (openStreams == 0))
    }
  }

  @Test func `an answer makes pings welcome again`() {
    var keeper = keeper(in: .serving, rules())
    for second in 2..<60 {
      #expect(keeper.pingReceived(now: at(second)) == .none)
      keeper.responded()
    }
  }

  @Test func `a preface that never comes is waited for until its time is up`() {
    var keeper = keeper(in: .handshaking, rules { $0.handshakeTimeout = .seconds(20) })
    #expect(keeper.nextDeadline == at(20))
    #expect(keeper.timeCame(now: at(19)) == .none)
    guard case .close(.noError, let reason) = keeper.timeCame(now: at(20)) else {
      Issue.record("still open")
      return
    }
    #expect(reason.contains("preface"))
    #expect(keeper.nextDeadline == nil)
  }

  @Test func `a frame that does not go on ends the connection`() {
    var keeper = keeper(in: .serving, rules())
    keeper.received(isReady: true, isInsideFrame: true, now: at(100))
    #expect(keeper.nextDeadline == at(120))
    keeper.received(isReady: true, isInsideFrame: true, now: at(110))
    #expect(keeper.timeCame(now: at(120)) == .none)
    guard case .close = keeper.timeCame(now: at(130)) else {
      Issue.record("still open")
      return
    }
  }

  @Test func `silence is answered by a ping, and silence after that by the end`() {
    var keeper = keeper(in: .serving, rules { $0.keepaliveInterval = .seconds(60) })
    #expect(keeper.nextDeadline == at(61))
    #expect(keeper.timeCame(now: at(61)) == .ping)
    keeper.pingSent()
    var alive = keeper
    alive.received(isReady: true, isInsideFrame: false, now: at(62))
    #expect(alive.timeCame(now: at(81)) == .none)
    #expect(alive.nextDeadline == at(122))
    guard case .close = keeper.timeCame(now: at(81)) else {
      Issue.record("still open")
      return
    }
  }

  @Test func `idleness drains, a call keeps`() {
    var keeper = keeper(in: .serving, rules { $0.idleMax = .seconds(30) })
    keeper.streamsChanged(open: 1, now: at(2))
    #expect(keeper.timeCame(now: at(100)) == .none)
    keeper.streamsChanged(open: 0, now: at(100))
    #expect(keeper.nextDeadline == at(130))
    #expect(keeper.timeCame(now: at(130)) == .notice)
  }

  @Test func `age drains, and its grace is an end`() {
    var keeper = keeper(
      in: .serving,
      rules {
        $0.ageMax = .seconds(100)
        $0.ageGrace = .seconds(10)
      })
    keeper.streamsChanged(open: 1, now: at(2))
    #expect(keeper.timeCame(now: at(100)) == .notice)
    keeper.pingSent()
    #expect(keeper.pingAnswered() == .goAway)
    #expect(keeper.nextDeadline == at(110))
    guard case .close = keeper.timeCame(now: at(110)) else {
      Issue.record("still open")
      return
    }
  }

  @Test func `a notice that nobody answers is not waited for for ever`() {
    var keeper = keeper(in: .serving, rules { $0.keepaliveTimeout = .seconds(20) })
    #expect(keeper.drainRequested(now: at(5)) == .notice)
    keeper.pingSent()
    #expect(keeper.timeCame(now: at(24)) == .none)
    #expect(keeper.timeCame(now: at(25)) == .goAway)
    #expect(keeper.phase == .draining)
  }
}

@Suite struct StallWatchTests {
  @Test func `a call that comes no further for the whole time is stalled`() {
    var watch = StallWatch()
    let start = ContinuousClock.now
    let id = StreamID(1)
    func look(_ sent: Int, _ second: Int) -> Bool {
      watch.isStalled(
        id, StallWatch.Progress(sentBytes: sent, receivedBytes: 0), limit: .seconds(10),
        now: start + .seconds(second))
    }
    #expect(!look(5, 0))
    #expect(!look(5, 9))
    #expect(look(5, 10))
    #expect(!look(6, 20), "one byte is progress")
    watch.keepOnly([], isSocketBlocked: false)
    #expect(!look(6, 40), "it was not waiting in between")
  }
}
