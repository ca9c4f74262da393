/// How long calls took: counts in buckets whose bounds double, from 1 µs to about 67 s.
public struct LatencyHistogram: Sendable, Hashable {
  /// The calls of each bucket. Bucket `n` counts those that took less than ``upperBound(ofBucket:)``
  /// and at least the bound before it; the last counts everything longer.
  public private(set) var buckets: [Int]
  /// The time of all calls together.
  public private(set) var total = Duration.zero

  /// The number of buckets: bounds from 2^0 to 2^26 microseconds, and one for what is longer.
  public static let bucketCount = 28

  /// Creates an empty histogram.
  public init() {
    buckets = [Int](repeating: 0, count: Self.bucketCount)
  }

  /// The number of calls.
  public var count: Int { buckets.reduce(0, +) }

  /// The mean time; zero without calls.
  public var mean: Duration { count == 0 ? .zero : total / count }

  /// Returns the least time that no call of a bucket reaches; `nil` for the last bucket.
  ///
  /// - Parameter bucket: The number of the bucket, from zero.
  /// - Returns: The bound.
  public static func upperBound(ofBucket bucket: Int) -> Duration? {
    bucket < bucketCount - 1 ? .microseconds(1 << bucket) : nil
  }

  /// Counts one call.
  ///
  /// - Parameter duration: How long it took; a negative time counts as zero.
  public mutating func record(_ duration: Duration) {
    let (seconds, attoseconds) = max(duration, .zero).components
    // Whole microseconds are enough: 2^26 of them are 67 s.
    let microseconds = min(seconds, 1 << 20) * 1_000_000 + attoseconds / 1_000_000_000_000
    let bits = Int64.bitWidth - microseconds.leadingZeroBitCount
    buckets[min(bits, Self.bucketCount - 1)] += 1
    total += max(duration, .zero)
  }

  /// Returns a time below which a share of the calls stayed: the bound of their bucket.
  ///
  /// - Parameter share: The share, 0 to 1.
  /// - Returns: The bound; `nil` without calls, or when it lies in the last bucket.
  public func quantile(_ share: Double) -> Duration? {
    let wanted = (Double(count) * min(max(share, 0), 1)).rounded(.up)
    var seen = 0
    for (bucket, calls) in buckets.enumerated() where calls > 0 {
      seen += calls
      if Double(seen) >= wanted { return Self.upperBound(ofBucket: bucket) }
    }
    return nil
  }
}
