internal import Resources
internal import Synchronization

/// The log entries of one run, numbered, up to a size.
final class RunLog: Sendable {
  private struct State {
    var entries: [LogEntry] = []
    var bytes = 0
    var dropped: UInt64 = 0
    var highestLevel = LogLevel.trace
  }

  private let hub: LogHub
  private let bytesMax: Int
  private let state = Mutex(State())

  init(hub: LogHub, bytesMax: Int) {
    self.hub = hub
    self.bytesMax = bytesMax
  }

  func add(_ entry: LogEntry) {
    let entry = hub.append(entry)
    let bytes = entry.wireBytes
    state.withLock { state in
      if state.bytes + bytes <= bytesMax {
        state.bytes += bytes
        state.entries.append(entry)
      } else {
        state.dropped += 1
        state.highestLevel = max(state.highestLevel, entry.level)
      }
    }
  }

  /// Everything that was kept; a record of what was not comes last.
  func finish(_ makeGap: (LogGap) -> LogEntry) -> [LogEntry] {
    let state = self.state.withLock { $0 }
    guard state.dropped > 0 else { return state.entries }
    let gap = LogGap(
      dropped: state.dropped, highestLevel: state.highestLevel, reason: "run logged too much")
    return state.entries + [hub.append(makeGap(gap))]
  }
}
