/// How long a cached value is kept.
public enum CacheLifetime: Sendable, Hashable {
  /// By version if the arguments include one named `version`, else for
  /// ``HandlerCache/Limits/timeoutDefault``.
  case automatic
  /// For a time after its computation.
  case timeout(Duration)
  /// Until the last run of its version ends, or a newer version is released.
  case version
  /// For a time, but not longer than its version.
  case timeoutAndVersion(Duration)
}

/// A use of the cache that cannot be served.
public struct CacheError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Hashable {
    /// The entry was made with a value of another type.
    case typeMismatch
    /// The cache was shut down.
    case closed
  }

  /// What is wrong.
  public let code: Code
  /// One line for people.
  public let description: String
}

/// Counts of a ``HandlerCache`` since it was made.
public struct CacheStatistics: Sendable, Hashable {
  /// Entries now.
  public var entries: UInt64 = 0
  /// Look-ups that found an entry.
  public var hits: UInt64 = 0
  /// Look-ups that computed a value.
  public var misses: UInt64 = 0
  /// Look-ups that waited for the computation of another one.
  public var joined: UInt64 = 0
  /// Computations that failed.
  public var failures: UInt64 = 0
  /// Entries that left because their time was over.
  public var expired: UInt64 = 0
  /// Entries that left because their version was.
  public var versionDropped: UInt64 = 0
  /// Entries that were invalidated.
  public var invalidated: UInt64 = 0
  /// Entries that left because the cache was full.
  public var evicted: UInt64 = 0
  /// Finalisers that ran.
  public var finalised: UInt64 = 0
  /// Finalisers that failed.
  public var finaliserFailures: UInt64 = 0

  /// Makes counts that are all 0.
  public init() {}
}
