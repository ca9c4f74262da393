/// How much of what costs the peer little and this side much is taken on one connection.
///
/// Each rate lets a burst through at once and then so many a second; more ends the connection with
/// ENHANCE_YOUR_CALM. The defaults lie far above what clients do and far below what hurts.
public struct FrameLimits: Sendable, Hashable {
  /// A burst, and what is taken a second behind it.
  public struct Rate: Sendable, Hashable {
    /// The frames that may come at once.
    public var burst: Int
    /// The frames a second that may follow.
    public var perSecond: Int

    /// Creates a rate.
    ///
    /// - Parameters:
    ///   - burst: The frames that may come at once.
    ///   - perSecond: The frames a second that may follow.
    public init(burst: Int, perSecond: Int) {
      self.burst = burst
      self.perSecond = perSecond
    }
  }

  /// SETTINGS frames and their acknowledgements: a client sends a handful in its life.
  public var settings = Rate(burst: 100, perSecond: 10)
  /// PING frames and their answers; clients measure with one a round trip.
  public var pings = Rate(burst: 1000, perSecond: 500)
  /// PRIORITY frames, which mean nothing any more (RFC 9113 §5.3.2).
  public var priorities = Rate(burst: 1000, perSecond: 100)
  /// DATA and CONTINUATION frames without payload that end nothing (CVE-2019-9518).
  public var emptyFrames = Rate(burst: 1000, perSecond: 100)
  /// Frames of types that RFC 9113 does not know, and repeated GOAWAY frames.
  public var otherFrames = Rate(burst: 1000, perSecond: 100)
  /// RST_STREAM frames of the peer (CVE-2023-44487): a client that runs into its deadlines stays
  /// below.
  public var resets = Rate(burst: 1000, perSecond: 100)
  /// RST_STREAM frames that this side had to send (CVE-2025-8671, "MadeYouReset").
  public var ownResets = Rate(burst: 1000, perSecond: 100)
  /// WINDOW_UPDATE frames; a fast reader of small chunks sends many.
  public var windowUpdates = Rate(burst: 100_000, perSecond: 200_000)
  /// The most CONTINUATION frames of one header block (CVE-2024-28182).
  public var continuationsMax = 8
  /// The most encoded bytes of one header block: four times the list that would be kept, so that a list
  /// somewhat over its limit is an error of its call alone.
  public var headerBlockBytesMax = 64 << 10

  /// Creates the default limits.
  public init() {}
}

/// What is left of a rate.
struct RateBudget: Sendable, Hashable {
  private let rate: FrameLimits.Rate
  private var left: Int
  private var refilledAt: ContinuousClock.Instant?

  init(_ rate: FrameLimits.Rate) {
    self.rate = rate
    left = rate.burst
  }

  /// Takes one; false when the peer has used up its rate.
  mutating func take(at now: ContinuousClock.Instant) -> Bool {
    if left == 0 { refill(at: now) }
    guard left > 0 else { return false }
    if left == rate.burst { refilledAt = now }
    left -= 1
    return true
  }

  /// Refills only when it is empty: the clock is looked at once a burst.
  private mutating func refill(at now: ContinuousClock.Instant) {
    guard let since = refilledAt else { return }
    let (seconds, attoseconds) = since.duration(to: now).components
    guard seconds < 3600 else {
      left = rate.burst
      return
    }
    let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    let earned = milliseconds * rate.perSecond / 1000
    guard earned > 0 else { return }
    left = min(rate.burst, earned)
    refilledAt = now
  }
}
