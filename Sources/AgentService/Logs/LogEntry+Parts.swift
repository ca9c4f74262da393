internal import Resources

extension Collection<LogEntry> {
  /// Entries of one message, about: well below the limit of messages.
  static var messageBytesMax: Int { 256 << 10 }

  /// Cuts the entries into parts that fit into messages.
  func messageParts() -> [SubSequence] {
    batches(of: .max, bytesMax: Self.messageBytesMax, by: \.wireBytes)
  }
}
