import Schema
import Synchronization

/// What one listener saw of the entries that count.
final class Arrivals: Sendable {
  private struct State {
    var count = 0
    var dropped: UInt64 = 0
    var delays: [Double] = []
    var last = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// Takes entries as they arrive.
  ///
  /// - Parameters:
  ///   - entries: The entries.
  ///   - gap: What the listener missed, if anything.
  func take(_ entries: [LogV1.LogEntry], _ gap: LogV1.LogGap?) {
    let now = wallClockNanoseconds()
    let instant = ContinuousClock.now
    state.withLock { state in
      state.dropped += gap?.dropped ?? 0
      for entry in entries where entry.text.hasPrefix(TalkerHandler.mark) {
        state.count += 1
        state.delays.append(Double(now - entry.timeUnixNanos) / 1e6)
        state.last = instant
      }
    }
  }

  /// Entries that arrived, and those said to be missing.
  var total: UInt64 { state.withLock { UInt64($0.count) + $0.dropped } }

  /// A row of the table.
  ///
  /// - Parameters:
  ///   - name: Who listened.
  ///   - start: When the run began.
  /// - Returns: Entries, missing ones, entries/s, then delays in ms: median, 99%, longest.
  func row(_ name: String, since start: ContinuousClock.Instant) -> String {
    let state = state.withLock { $0 }
    let delays = state.delays.sorted()
    func delay(_ share: Double) -> Double {
      delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(Double(delays.count) * share))]
    }
    let seconds = (state.last - start) / .seconds(1)
    return Table.row([
      name, String(state.count), String(state.dropped),
      String(Int(Double(state.count) / max(seconds, 0.001))), Table.tenths(delay(0.5)),
      Table.tenths(delay(0.99)), Table.tenths(delay(1)),
    ])
  }
}

/// Columns of the tables.
enum Table {
  static let heading = row([
    "listener", "entries", "missed", "entries/s", "p50 ms", "p99 ms", "max ms",
  ])

  static func row(_ cells: [String]) -> String {
    let widths = [-22, 9, 8, 11, 9, 9, 9]
    return zip(cells, widths).map { cell, width in
      let padding = String(repeating: " ", count: max(0, abs(width) - cell.count))
      return width < 0 ? cell + padding : padding + cell
    }.joined()
  }

  static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}
