/// Sizes of single things, so that each one fits into a message, with what goes along with it.
public enum WireBounds {
  /// Largest resource, in bytes as ``Resource/wireBytes`` counts them: half of the message limit of
  /// stock clients (4 MiB).
  public static let resourceBytesMax = 2 << 20
  /// Most bytes of the changes, and of the log entries, of one run; of a fact; of a log entry.
  public static let partBytesMax = 1 << 20
  /// Longest line for people in a state or a run, in bytes.
  public static let lineBytesMax = 4 << 10

  /// The text for something that is not shown because of its size.
  static func note(_ bytes: Int) -> String { "(\(bytes) bytes, too large to show)" }
}

extension String {
  /// The text, cut at the end of a character if it is too long; then the cut is marked.
  ///
  /// - Parameter bytesMax: Most bytes of UTF-8 before the mark.
  /// - Returns: The text itself, or its beginning and "…".
  public func cut(toBytes bytesMax: Int) -> String {
    guard utf8.count > bytesMax else { return self }
    var end = utf8.index(startIndex, offsetBy: bytesMax)
    while end > startIndex, String(utf8[..<end]) == nil { end = utf8.index(before: end) }
    return self[..<end] + "…"
  }
}

extension AttributeChange {
  /// Replaces the values by their sizes if they are too large.
  ///
  /// - Parameter bytesMax: Most bytes of both.
  public mutating func bound(toBytes bytesMax: Int) {
    let old = current?.wireBytes ?? 0
    let new = desired?.wireBytes ?? 0
    guard old + new > bytesMax else { return }
    if current != nil { current = .string(WireBounds.note(old)) }
    if desired != nil { desired = .string(WireBounds.note(new)) }
  }
}

extension Collection<AttributeChange> {
  /// The changes; those that do not fit in any more have the sizes of their values instead.
  ///
  /// - Parameter bytesMax: Most bytes of all values.
  /// - Returns: As many changes.
  public func bounded(toBytes bytesMax: Int) -> [AttributeChange] {
    var rest = bytesMax
    return map { change in
      var change = change
      change.bound(toBytes: rest)
      rest -= (change.current?.wireBytes ?? 0) + (change.desired?.wireBytes ?? 0)
      return change
    }
  }
}

extension ResourceState {
  /// The state with a line that fits into any message.
  public var bounded: ResourceState {
    var state = self
    state.message = message.cut(toBytes: WireBounds.lineBytesMax)
    return state
  }
}

extension Fact {
  /// The fact; its size stands for a value that is too large.
  public var bounded: Fact {
    guard wireBytes > WireBounds.partBytesMax else { return self }
    var fact = self
    fact.value = .string(WireBounds.note(value.wireBytes))
    return fact
  }
}

extension LogEntry {
  /// The entry; if it is too large, without its arguments and causes, and with the beginnings of its
  /// texts.
  public var bounded: LogEntry {
    guard wireBytes > WireBounds.partBytesMax else { return self }
    let textBytesMax = WireBounds.partBytesMax / 8
    var entry = self
    entry.arguments = [:]
    entry.template = template.cut(toBytes: textBytesMax)
    entry.text = text.cut(toBytes: textBytesMax)
    if let error {
      entry.error = ErrorInfo(
        type: error.type.cut(toBytes: WireBounds.lineBytesMax),
        message: error.message.cut(toBytes: textBytesMax))
    }
    return entry
  }
}

extension ResourceAction {
  /// The run with a line, changes and log entries that fit into any message. A record of the entries
  /// that do not fit stands in the place of the last one that does.
  public var bounded: ResourceAction {
    // What is small as a whole is small in each part; that holds for nearly every run.
    if wireBytes <= WireBounds.lineBytesMax { return self }
    var action = self
    action.message = message.cut(toBytes: WireBounds.lineBytesMax)
    action.changes = changes.bounded(toBytes: WireBounds.partBytesMax)
    var bytes = 0
    for (index, entry) in entries.enumerated() {
      let entry = entry.bounded
      bytes += entry.wireBytes
      guard index == 0 || bytes <= WireBounds.partBytesMax + (64 << 10) else {
        action.entries = Array(action.entries[..<index])
        action.entries[index - 1].gap = LogGap(
          dropped: UInt64(entries.count - index + 1),
          highestLevel: entries[(index - 1)...].map(\.level).max() ?? .info,
          reason: "run logged too much")
        return action
      }
      action.entries[index] = entry
    }
    return action
  }
}
