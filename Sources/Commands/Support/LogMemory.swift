internal import Schema

/// What is known of a log that is followed, so that each entry is shown once, also when the stream
/// breaks and begins again: with the newest stored entries, then live.
struct LogMemory {
  /// Stored entries to ask for, at least: after an absence, what is older than these is not shown.
  static let storedMin: UInt32 = 1000
  /// Entries that are remembered; twice as many at most.
  static let entriesMax = 50_000

  private struct Key: Hashable {
    var agent: String
    var sequence: UInt64
  }

  private let shownMax: Int
  /// Stored entries of the first stream, until it is known which are the newest.
  private var beginning: [LogV1.LogEntry]? = []
  private var isStored = true
  private var seen: Set<Key> = []
  private var seenBefore: Set<Key> = []

  /// - Parameter history: How many entries that were stored before are shown.
  init(history: UInt32) { shownMax = Int(history) }

  /// Whether the first stream has sent all stored entries.
  var isComplete: Bool { beginning == nil }

  /// Notes that another stream begins.
  mutating func beginAgain() { isStored = true }

  /// Takes entries of a stream.
  ///
  /// - Parameters:
  ///   - entries: The entries.
  ///   - isCurrent: Whether all stored ones have come with these.
  /// - Returns: Those to show.
  mutating func take(_ entries: [LogV1.LogEntry], isCurrent: Bool) -> [LogV1.LogEntry] {
    let areStored = isStored
    if isCurrent { isStored = false }
    // Among live entries the sender tells apart what it has sent before.
    let fresh = entries.filter { remember($0) || !areStored }
    guard let stored = beginning else { return fresh }
    let newest: [LogV1.LogEntry] = (stored + fresh).suffix(shownMax)
    beginning = isCurrent ? nil : newest
    return isCurrent ? newest : []
  }

  /// Returns whether an entry is new. Those without a sequence cannot be told apart.
  private mutating func remember(_ entry: LogV1.LogEntry) -> Bool {
    guard entry.sequence > 0 else { return !isComplete }
    let key = Key(agent: entry.agent, sequence: entry.sequence)
    if seenBefore.contains(key) { return false }
    if seen.count == Self.entriesMax {
      seenBefore = seen
      seen = []
    }
    return seen.insert(key).inserted
  }
}
