internal import Resources

/// Agent instances that were refused lately, because another one serves one of their names. A value.
struct RefusalTable: Sendable {
  struct Refusal: Sendable, Hashable {
    var instanceID: [UInt8]
    var patterns: [GlobPattern]
    var address: String
    var message: String
    /// When it last tried.
    var time: Timestamp
    /// The same, by the clock that never goes back.
    var since: Duration
  }

  /// Most instances that are remembered; those that tried longest ago go first.
  static let refusalsMax = 100
  /// For how long an instance is remembered that does not try again: longer than the longest pause
  /// between two attempts.
  static let memory = Duration.seconds(120)

  private(set) var refusals: [[UInt8]: Refusal] = [:]

  mutating func add(_ refusal: Refusal) {
    refusals[refusal.instanceID] = refusal
    guard refusals.count > Self.refusalsMax,
      let oldest = refusals.values.min(by: { $0.since < $1.since })
    else { return }
    refusals[oldest.instanceID] = nil
  }

  /// Forgets an instance that was let in.
  mutating func accepted(_ instanceID: [UInt8]) { refusals[instanceID] = nil }

  /// Forgets instances that gave up.
  mutating func expire(at now: Duration) {
    refusals = refusals.filter { now - $1.since < Self.memory }
  }

  /// The instances that would serve a name, in order of their ids.
  func refused(for name: String) -> [Refusal] {
    refusals.values
      .filter { refusal in refusal.patterns.contains { $0.description == name || $0.matches(name) }
      }
      .sorted { $0.instanceID.lexicographicallyPrecedes($1.instanceID) }
  }
}
