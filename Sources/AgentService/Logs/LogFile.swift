internal import Resources

/// The agent's log on disk: one JSON document a line. When a file is full, it becomes `.1`, that
/// one `.2`, and so on; the oldest goes. A disk that refuses is tried again at the next entries.
struct LogFile {
  /// Bytes that most lines have at most.
  private static let lineBytes = 600

  private let path: String
  private let bytesMax: Int
  private let filesMax: Int
  private var file: (descriptor: Int32, bytes: Int)?
  private(set) var lost: UInt64 = 0

  init(path: String, bytesMax: Int, filesMax: Int) {
    self.path = path
    self.bytesMax = bytesMax
    self.filesMax = max(1, filesMax)
  }

  /// Appends entries, all or none; returns whether the disk took them.
  @discardableResult
  mutating func write(_ batch: LogSubscription.Batch) -> Bool {
    if file == nil { file = Syscalls.openLog(path) }
    var text = ""
    text.reserveCapacity(batch.entries.count * LogFile.lineBytes)
    if lost > 0 {
      text += "{\"gap\":{\"dropped\":\(lost),\"reason\":\"the disk refused them\"}}\n"
    }
    for entry in batch.entries {
      entry.appendJSONLine(to: &text)
      text += "\n"
    }
    if let gap = batch.gap {
      text += "{\"gap\":{\"dropped\":\(gap.dropped),\"reason\":"
      Value.appendJSONString(gap.reason, to: &text)
      text += "}}\n"
    }
    let bytes = Array(text.utf8)
    guard let open = file, Syscalls.append(bytes, to: open.descriptor, at: open.bytes) else {
      lost += UInt64(batch.entries.count) + (batch.gap?.dropped ?? 0)
      close()
      return false
    }
    lost = 0
    file?.bytes += bytes.count
    if open.bytes + bytes.count >= bytesMax { rotate() }
    return true
  }

  mutating func close() {
    if let file { Syscalls.closeLog(file.descriptor) }
    file = nil
  }

  private mutating func rotate() {
    close()
    for number in stride(from: filesMax - 1, to: 1, by: -1) {
      Syscalls.move("\(path).\(number - 1)", to: "\(path).\(number)")
    }
    if filesMax > 1 { Syscalls.move(path, to: "\(path).1") }
  }
}

extension LogEntry {
  /// Appends the entry as JSON without a line end; what is empty is left out.
  ///
  /// Piece by piece: an interpolated text would be made anew for each of the many parts.
  func appendJSONLine(to text: inout String) {
    func string(_ name: String, _ value: String) {
      guard !value.isEmpty else { return }
      text += name
      Value.appendJSONString(value, to: &text)
    }
    text += "{\"sequence\":"
    text += String(sequence)
    text += ",\"time\":\""
    text += time.iso8601
    text += "\",\"level\":\""
    text += level.name
    text += "\""
    string(",\"text\":", self.text)
    string(",\"template\":", template == self.text ? "" : template)
    if !arguments.isEmpty {
      text += ",\"arguments\":"
      Value.map(arguments).appendJSON(to: &text)
    }
    string(",\"agent\":", agent)
    string(",\"resource\":", resourceID?.description ?? "")
    string(",\"handler\":", handlerID)
    string(",\"action\":", actionID?.description ?? "")
    if let version {
      text += ",\"version\":"
      text += String(version.rawValue)
    }
    if let error {
      text += ",\"error\":{\"type\":"
      Value.appendJSONString(error.type, to: &text)
      string(",\"message\":", error.message)
      if !error.causes.isEmpty {
        text += ",\"causes\":"
        Value.list(error.causes.map { .string($0) }).appendJSON(to: &text)
      }
      text += "}"
    }
    if let gap { text += ",\"gap\":{\"dropped\":\(gap.dropped)}" }
    text += "}"
  }
}
