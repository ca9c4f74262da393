public import Resources

/// What is known about one cache entry, without its value.
public struct CacheEntryInfo: Sendable, Hashable {
  /// Its place in the list: rising with age, never used again.
  public var number: UInt64
  /// Its key: handler, function and arguments.
  public var key: String
  /// Name of the agent.
  public var agent: String
  /// Handler that made it.
  public var handlerID: String
  /// Function that made it.
  public var function: String
  /// Arguments, less the ignored ones; secrets are redacted.
  public var arguments: [String: Value]
  /// Version that it is bound to.
  public var version: VersionNumber?
  /// Time since its computation began.
  public var age: Duration
  /// Time until it expires; nil if it does not.
  public var remaining: Duration?
  /// How often it was found.
  public var hits: UInt64
  /// Whether it has a finaliser.
  public var hasFinaliser: Bool
  /// Whether it is being computed right now.
  public var isComputing: Bool
}

/// Which cache entries are meant. Conditions that are nil do not restrict; all others must hold.
public struct CacheFilter: Sendable, Hashable {
  /// Exact key.
  public var key: String?
  /// Handler.
  public var handlerID: String?
  /// Version that they are bound to.
  public var version: VersionNumber?
  /// At least so old.
  public var minimumAge: Duration?
  /// Name of the agent.
  public var agent: String?

  /// Makes a filter; by default one that means every entry.
  public init(
    key: String? = nil, handlerID: String? = nil, version: VersionNumber? = nil,
    minimumAge: Duration? = nil, agent: String? = nil
  ) {
    self.key = key
    self.handlerID = handlerID
    self.version = version
    self.minimumAge = minimumAge
    self.agent = agent
  }

  /// Whether nothing restricts it.
  public var isEmpty: Bool { self == CacheFilter() }
}

/// What an invalidation did.
public struct CacheInvalidation: Sendable, Hashable {
  /// Number of entries that left.
  public var count: Int
  /// Keys of those whose finaliser failed.
  public var failedFinalisers: [String]
  /// Number of entries whose finaliser waits for runs that still use the value.
  public var deferred: Int
}
