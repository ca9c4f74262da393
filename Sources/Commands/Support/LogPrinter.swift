internal import Resources
internal import Schema

/// Prints log entries, one a line.
struct LogPrinter {
  var asJSON: Bool
  /// Put before each line, for live output among other lines.
  var prefix = ""

  func show(_ entry: LogV1.LogEntry) {
    if asJSON {
      Console.out(WireValue.entry(entry).json)
    } else if let gap = entry.gap {
      show(gap)
    } else {
      Console.out(prefix + line(entry))
      for cause in entry.error?.causes ?? [] {
        Console.out("\(prefix)    caused by \(Console.printable(cause))")
      }
    }
  }

  func show(_ gap: LogV1.LogGap) {
    if asJSON {
      Console.out(Value.map(["gap": WireValue.gap(gap)]).json)
    } else {
      Console.out("\(prefix)… \(gap.dropped) entries are missing: \(gap.reason)")
    }
  }

  private func line(_ entry: LogV1.LogEntry) -> String {
    let time = Timestamp(unixNanos: entry.timeUnixNanos).iso8601.dropFirst(11).prefix(12)
    let name = entry.level.name
    let level = Console.coloured(
      name + String(repeating: " ", count: max(0, 8 - name.count)), LogPrinter.colour(entry.level))
    let subject = entry.resourceID.isEmpty ? entry.agent : entry.resourceID
    return "\(time) \(level) \(Console.printable(subject))  \(Console.printable(entry.text))"
  }

  private static func colour(_ level: LogV1.LogLevel) -> Console.Colour {
    switch level {
    case .error, .critical: .red
    case .warning: .yellow
    case .info: .green
    default: .grey
    }
  }
}
