internal import Resources
internal import Synchronization

/// One listener of the log: a bounded queue. When it is full, entries are counted instead of kept;
/// whoever logs never waits.
final class LogSubscription: Sendable {
  /// What came since the last time; the gap comes after the entries.
  struct Batch: Sendable {
    var entries: [LogEntry]
    var gap: LogGap?
    var isEmpty: Bool { entries.isEmpty && gap == nil }
  }

  private struct State {
    var entries: [LogEntry] = []
    var dropped: UInt64 = 0
    var highestLevel = LogLevel.trace
    var waiter: CheckedContinuation<Void, Never>?
    var isClosed = false
  }

  let filter: LogFilter
  private let entriesMax: Int
  private let onEntry: @Sendable () -> Void
  private let state = Mutex(State())

  init(filter: LogFilter, entriesMax: Int, onEntry: @escaping @Sendable () -> Void = {}) {
    self.filter = filter
    self.entriesMax = entriesMax
    self.onEntry = onEntry
  }

  func offer(_ entry: LogEntry) {
    guard filter.matches(entry) else { return }
    let waiter = state.withLock { state in
      if state.entries.count < entriesMax {
        state.entries.append(entry)
      } else {
        state.dropped += 1
        state.highestLevel = max(state.highestLevel, entry.level)
      }
      return take(&state.waiter)
    }
    waiter?.resume()
    onEntry()
  }

  /// What there is now.
  func takeAll() -> Batch {
    state.withLock { state in
      let gap =
        state.dropped > 0
        ? LogGap(
          dropped: state.dropped, highestLevel: state.highestLevel,
          reason: "subscriber queue full") : nil
      let batch = Batch(entries: state.entries, gap: gap)
      // Not its capacity: the batch keeps the storage, and a new one as large as the longest queue
      // would be made for a few entries each time.
      state.entries = []
      state.dropped = 0
      state.highestLevel = .trace
      return batch
    }
  }

  /// Waits until there is something; nil when the task is cancelled. One caller at a time.
  func next() async -> Batch? {
    while !Task.isCancelled {
      let batch = takeAll()
      if !batch.isEmpty { return batch }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isReady = state.withLock { state in
            guard state.entries.isEmpty, state.dropped == 0, !state.isClosed else { return true }
            state.waiter = continuation
            return false
          }
          if isReady { continuation.resume() }
        }
      } onCancel: {
        let waiter = state.withLock { state in
          state.isClosed = true
          return take(&state.waiter)
        }
        waiter?.resume()
      }
    }
    return nil
  }
}

/// Takes a value out of an optional.
func take<Wrapped>(_ value: inout Wrapped?) -> Wrapped? {
  defer { value = nil }
  return value
}
