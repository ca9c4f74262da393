internal import Resources

extension LogEntry {
  /// About the bytes that it takes on the wire.
  var wireBytes: Int {
    var bytes = 200 + text.utf8.count + template.utf8.count
    for (name, value) in arguments { bytes += name.utf8.count + value.wireBytes }
    if let error {
      bytes += error.type.utf8.count + error.message.utf8.count
      for cause in error.causes { bytes += cause.utf8.count }
    }
    return bytes
  }
}

extension Value {
  /// About the bytes that it takes on the wire.
  fileprivate var wireBytes: Int {
    switch self {
    case .null, .bool, .int, .double, .unknown: 12
    case .string(let text): 8 + text.utf8.count
    case .bytes(let bytes): 8 + bytes.count
    case .list(let values): values.reduce(8) { $0 + $1.wireBytes }
    case .map(let entries), .reference(_, let entries):
      entries.reduce(8) { $0 + $1.key.utf8.count + $1.value.wireBytes }
    case .secret(let value): 8 + value.wireBytes
    }
  }
}

extension Collection<LogEntry> {
  /// Entries of one message, about: well below the limit of messages.
  static var messageBytesMax: Int { 256 << 10 }

  /// Cuts the entries into parts that fit into messages.
  func messageParts() -> [[LogEntry]] {
    var parts: [[LogEntry]] = []
    var part: [LogEntry] = []
    var bytes = 0
    for entry in self {
      let size = entry.wireBytes
      if !part.isEmpty, bytes + size > Self.messageBytesMax {
        parts.append(part)
        part = []
        bytes = 0
      }
      part.append(entry)
      bytes += size
    }
    if !part.isEmpty { parts.append(part) }
    return parts
  }
}
