/// Finds out how much a path holds, as a value, so that windows of flow control neither stop a fast
/// peer nor promise more memory than it can use.
///
/// A ping goes out while bytes come in; what arrives before its answer is what the path holds in a
/// round trip. When that is most of a window, the window was the limit, and grows to twice the sample
/// (the bandwidth-delay estimate of gRPC's implementations).
/// ```
///  resting --enough bytes--> measuring (a ping is out) --answer--> resting, perhaps with a new window
/// ```
/// Each ping that finds nothing doubles the bytes before the next one.
struct WindowEstimator {
  typealias Instant = ContinuousClock.Instant

  private(set) var streamBytes: Int
  private(set) var connectionBytes: Int
  /// The round trip of the last ping that was answered.
  private(set) var roundTrip: Duration?
  private let streamBytesMax: Int
  private var sampleBytes = 0
  private var restBytes = WindowEstimator.restBytesMin
  private var measuringSince: Instant?
  private var bytesPerSecondMax = 0.0

  /// Less than this is never worth a ping.
  static let restBytesMin = 256 << 10
  static let restBytesMax = 64 << 20

  init(streamBytes: Int, connectionBytes: Int, streamBytesMax: Int) {
    self.streamBytes = streamBytes
    self.connectionBytes = connectionBytes
    self.streamBytesMax = streamBytesMax
  }

  /// Counts bytes of DATA frames.
  ///
  /// - Returns: Whether to send a ping now, and to call ``pingSent(now:)``.
  mutating func received(_ bytes: Int) -> Bool {
    guard streamBytes < streamBytesMax else { return false }
    sampleBytes += bytes
    return measuringSince == nil && sampleBytes >= restBytes
  }

  mutating func pingSent(now: Instant) {
    measuringSince = now
    sampleBytes = 0
  }

  /// The ping of ``pingSent(now:)`` was answered.
  ///
  /// - Returns: Whether the windows have grown and are to be announced.
  mutating func pingAnswered(now: Instant) -> Bool {
    guard let start = measuringSince else { return false }
    measuringSince = nil
    let elapsed = start.duration(to: now)
    roundTrip = elapsed
    let bytes = sampleBytes
    sampleBytes = 0
    let rate = Double(bytes) / max(elapsed / .seconds(1), 1e-6)
    // A sample over two thirds of the window was cut by it; one that is no faster than before only
    // queues longer.
    guard bytes > streamBytes / 3 * 2, rate > bytesPerSecondMax else {
      restBytes = min(2 * restBytes, Self.restBytesMax)
      return false
    }
    bytesPerSecondMax = rate
    restBytes = Self.restBytesMin
    streamBytes = min(max(2 * bytes, streamBytes), streamBytesMax)
    connectionBytes = max(connectionBytes, 2 * streamBytes)
    return true
  }
}
