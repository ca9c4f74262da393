internal import HTTP2

/// The life of one connection of a server, as a value: what happened in, what to do out.
///
/// ```
///  handshaking --SETTINGS--> serving --drain: age, idle, shutdown--> noticed --ping answered,
///      |                        |                                       |     or time is up-->
///      | time is up             | silence after a ping                  |               draining
///      v                        v too many pings                        v                  |
///    closed <-----------------------------------------------------------+--grace is over---+
/// ```
/// Ignored: a drain of a connection that drains already (legitimate: age and shutdown coincide);
/// anything after the end; an answer to a ping that nobody sent (peer's fault, without harm).
struct ConnectionKeeper {
  enum Phase: Hashable {
    case handshaking
    case serving
    /// A shutdown notice and a ping are out: calls that cross them must not be lost.
    case noticed
    case draining
    case closed
  }

  enum Action: Hashable {
    case none
    /// Ask for a sign of life.
    case ping
    /// Send a shutdown notice and a ping.
    case notice
    /// Name the last stream that is served.
    case goAway
    /// Send GOAWAY and close.
    case close(HTTP2ErrorCode, String)
  }

  typealias Instant = ContinuousClock.Instant

  private let rules: ConnectionRules
  private(set) var phase = Phase.handshaking
  private let ageDeadline: Instant?
  private let createdAt: Instant
  private var heardAt: Instant
  private var isInsideFrame = false
  /// When the last call ended; `nil` while there are calls.
  private var idleSince: Instant?
  private var drainedAt: Instant?
  private var isDrainedForAge = false
  private var keepalivePingAt: Instant?
  private var pingsUnanswered = 0
  private var openStreams = 0
  private var clientPingAt: Instant?
  private var strikes = 0

  /// The keeper of a new connection; `ageFactor`, 0.9 to 1.1, varies its greatest age.
  init(_ rules: ConnectionRules, now: Instant, ageFactor: Double = 1) {
    self.rules = rules
    createdAt = now
    heardAt = now
    idleSince = now
    ageDeadline = rules.ageMax.map { now + $0 * ageFactor }
  }

  /// Whether the times of ``streamsChanged(open:now:)`` matter.
  var tracksIdleness: Bool { rules.idleMax != nil }

  // MARK: - What happened

  /// Bytes came; `isInsideFrame` says whether more must follow.
  mutating func received(isReady: Bool, isInsideFrame: Bool, now: Instant) {
    heardAt = now
    self.isInsideFrame = isInsideFrame
    keepalivePingAt = nil
    if phase == .handshaking, isReady { phase = .serving }
  }

  mutating func streamsChanged(open: Int, now: Instant) {
    openStreams = open
    idleSince = open == 0 ? now : nil
  }

  /// Headers or data go out: pings of a client that measures with them are welcome.
  mutating func responded() {
    strikes = 0
    clientPingAt = nil
  }

  mutating func pingReceived(now: Instant) -> Action {
    guard phase != .closed else { return .none }
    defer { clientPingAt = now }
    let isAllowed = openStreams > 0 || rules.allowsPingsWithoutCalls
    let interval =
      isAllowed ? rules.clientPingIntervalMin : ConnectionRules.pingIntervalWithoutCalls
    guard let last = clientPingAt, last.duration(to: now) < interval else { return .none }
    strikes += 1
    guard strikes > rules.pingStrikesMax else { return .none }
    phase = .closed
    return .close(.enhanceYourCalm, "too_many_pings")
  }

  mutating func pingAnswered() -> Action {
    guard pingsUnanswered > 0 else { return .none }
    pingsUnanswered -= 1
    guard phase == .noticed, pingsUnanswered == 0 else { return .none }
    phase = .draining
    return .goAway
  }

  mutating func pingSent() {
    pingsUnanswered += 1
  }

  mutating func drainRequested(now: Instant) -> Action {
    switch phase {
    case .handshaking where heardAt == createdAt:
      // Whoever has sent nothing yet has no calls to lose.
      phase = .draining
      drainedAt = now
      return .goAway
    case .handshaking, .serving:
      phase = .noticed
      drainedAt = now
      return .notice
    case .noticed, .draining, .closed: return .none
    }
  }

  mutating func closed() {
    phase = .closed
  }

  // MARK: - Time

  /// The next instant at which ``timeCame(now:)`` may have something to say.
  var nextDeadline: Instant? {
    deadlines.compactMap { $0 }.min()
  }

  mutating func timeCame(now: Instant) -> Action {
    if phase == .closed { return .none }
    if let deadline = handshakeDeadline, deadline <= now {
      return close("the client did not finish its preface in \(rules.handshakeTimeout)")
    }
    if let deadline = frameDeadline, deadline <= now {
      return close("the client did not finish a frame in \(rules.handshakeTimeout)")
    }
    if let deadline = keepaliveDeadline, deadline <= now { return keepAlive(now) }
    if let deadline = graceDeadline, deadline <= now {
      return close("the connection is over its greatest age and grace")
    }
    if let deadline = noticeDeadline, deadline <= now {
      phase = .draining
      return .goAway
    }
    if let deadline = drainDeadline, deadline <= now {
      isDrainedForAge = ageDeadline.map { $0 <= now } ?? false
      return drainRequested(now: now)
    }
    return .none
  }

  private var deadlines: [Instant?] {
    guard phase != .closed else { return [] }
    return [
      handshakeDeadline, frameDeadline, keepaliveDeadline, noticeDeadline, drainDeadline,
      graceDeadline,
    ]
  }

  private var handshakeDeadline: Instant? {
    phase == .handshaking ? createdAt + rules.handshakeTimeout : nil
  }

  private var frameDeadline: Instant? {
    phase != .handshaking && isInsideFrame ? heardAt + rules.handshakeTimeout : nil
  }

  private var keepaliveDeadline: Instant? {
    guard phase != .handshaking else { return nil }
    if let keepalivePingAt { return keepalivePingAt + rules.keepaliveTimeout }
    return rules.keepaliveInterval.map { heardAt + $0 }
  }

  private var noticeDeadline: Instant? {
    phase == .noticed ? drainedAt.map { $0 + rules.keepaliveTimeout } : nil
  }

  private var drainDeadline: Instant? {
    guard phase == .serving else { return nil }
    let idle = rules.idleMax.flatMap { max in idleSince.map { $0 + max } }
    return [idle, ageDeadline].compactMap { $0 }.min()
  }

  private var graceDeadline: Instant? {
    guard isDrainedForAge, let grace = rules.ageGrace else { return nil }
    return drainedAt.map { $0 + grace }
  }

  private mutating func keepAlive(_ now: Instant) -> Action {
    guard keepalivePingAt == nil else {
      return close("the client did not answer a ping in \(rules.keepaliveTimeout)")
    }
    keepalivePingAt = now
    return .ping
  }

  private mutating func close(_ reason: String) -> Action {
    phase = .closed
    return .close(.noError, reason)
  }
}
