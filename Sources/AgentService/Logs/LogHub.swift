internal import Resources
internal import Synchronization

/// Where every log entry of the agent passes: it gets its number, is kept in memory for a while, and
/// is offered to the subscribers.
final class LogHub: Sendable {
  private struct State {
    var nextSequence: UInt64 = 1
    var reservedEnd: UInt64 = 1
    var history: [LogEntry] = []
    var oldest = 0
    var subscriptions: [ObjectIdentifier: LogSubscription] = [:]
  }

  private let historyMax: Int
  private let subscribersMax: Int
  private let state = Mutex(State())

  /// Numbers that are reserved on disk at a time.
  static let sequencesReserved: UInt64 = 1_000_000

  init(historyMax: Int, subscribersMax: Int) {
    self.historyMax = max(1, historyMax)
    self.subscribersMax = subscribersMax
  }

  /// Numbers from here on may be used.
  func reserved(from first: UInt64, count: UInt64) {
    state.withLock { state in
      state.nextSequence = max(state.nextSequence, first)
      state.reservedEnd = first + count
    }
  }

  /// Whether more numbers should be reserved soon.
  var needsSequences: Bool {
    state.withLock { $0.nextSequence + LogHub.sequencesReserved / 2 > $0.reservedEnd }
  }

  func nextSequence() -> UInt64 {
    state.withLock { state in
      defer { state.nextSequence += 1 }
      return state.nextSequence
    }
  }

  /// Numbers, keeps and offers an entry. Never waits for anybody.
  @discardableResult
  func append(_ entry: LogEntry) -> LogEntry {
    state.withLock { state in
      var entry = entry
      entry.sequence = state.nextSequence
      state.nextSequence += 1
      if state.history.count < historyMax {
        state.history.append(entry)
      } else {
        state.history[state.oldest] = entry
        state.oldest = (state.oldest + 1) % historyMax
      }
      // Within the lock, so that every subscriber sees the entries in order.
      for subscription in state.subscriptions.values { subscription.offer(entry) }
      return entry
    }
  }

  /// Adds a subscriber, and returns the newest entries in memory that it wants: nothing is missing
  /// between them and what comes. Nil if there are too many subscribers.
  func subscribe(_ subscription: LogSubscription, history: Int) -> [LogEntry]? {
    state.withLock { state in
      guard state.subscriptions.count < subscribersMax else { return nil }
      state.subscriptions[ObjectIdentifier(subscription)] = subscription
      guard history > 0 else { return [] }
      let ordered = state.history[state.oldest...] + state.history[..<state.oldest]
      return Array(ordered.filter(subscription.filter.matches).suffix(history))
    }
  }

  func unsubscribe(_ subscription: LogSubscription) {
    state.withLock { $0.subscriptions[ObjectIdentifier(subscription)] = nil }
  }
}
