/// The way to one server, as a value: its addresses are tried in order, and when none of them
/// answers the next pass waits.
///
/// ```
///  idle --wanted--> connecting(n) --connected--> ready --lost, draining--> idle
///   ^                   |  failed: connecting(n + 1), and after the last address
///   |                   v
///   +--time is up-- backingOff
/// ```
/// Ignored: what a connection reports that is no longer the current one (the owner filters by
/// state); a wish while it is being fulfilled; anything after the end.
struct Subchannel {
  typealias Instant = ContinuousClock.Instant

  enum State: Hashable {
    case idle
    /// Dialling the address of this number.
    case connecting(Int)
    case ready
    /// Until the time comes, calls that do not wait fail with the text.
    case backingOff(String)
    case closed
  }

  enum Action: Hashable {
    case none
    /// Dial the address of a number; give up at the instant.
    case connect(Int, deadline: Instant)
    /// Calls may start.
    case start
    /// Nothing answers: tell calls, and come back at the instant.
    case backOff(until: Instant)
    /// There is no connection any more, and nothing in the way of a new one.
    case disconnected
  }

  private let backoff: ConnectionBackoff
  private let connectTimeout: Duration
  private let addressCount: Int
  private(set) var state = State.idle
  /// The passes in a row in which no address answered.
  private(set) var failures: Int
  private var passWait = Duration.zero
  private var passStartedAt: Instant?

  init(
    addressCount: Int,
    backoff: ConnectionBackoff,
    connectTimeout: Duration,
    failures: Int = 0
  ) {
    precondition(addressCount > 0, "a server has at least one address")
    self.addressCount = addressCount
    self.backoff = backoff
    self.connectTimeout = connectTimeout
    self.failures = failures
  }

  /// A call needs a connection.
  mutating func wanted(
    now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Action {
    guard state == .idle else { return .none }
    // gRPC connection-backoff: the wait runs from the start of the pass.
    passStartedAt = now
    passWait = backoff.wait(afterFailures: failures + 1, using: &generator)
    return connect(0, now)
  }

  private mutating func connect(_ number: Int, _ now: Instant) -> Action {
    state = .connecting(number)
    return .connect(number, deadline: now + max(connectTimeout, passWait))
  }

  /// The server has sent its SETTINGS.
  mutating func connected() -> Action {
    guard case .connecting = state else { return .none }
    state = .ready
    failures = 0
    return .start
  }

  /// The connection could not be made, or is gone.
  mutating func lost(_ reason: String, now: Instant) -> Action {
    switch state {
    case .connecting(let number) where number + 1 < addressCount: return connect(number + 1, now)
    case .connecting:
      failures += 1
      state = .backingOff(reason)
      return .backOff(until: max(now, (passStartedAt ?? now) + passWait))
    case .ready:
      state = .idle
      return .disconnected
    case .idle, .backingOff, .closed: return .none
    }
  }

  /// The server takes no more calls on the connection: one that it never took calls on has failed.
  mutating func draining(_ reason: String, now: Instant) -> Action {
    lost(reason, now: now)
  }

  /// The instant of the back-off has come.
  mutating func timeCame() -> Action {
    guard case .backingOff = state else { return .none }
    state = .idle
    return .disconnected
  }

  /// Nobody needs it any more.
  mutating func close() {
    state = .closed
  }
}
