internal import RPCCore
internal import Resources
internal import Store

/// An entry with the instance whose log it is from.
struct SourcedEntry: Sendable {
  var source: AgentInstanceKey
  var entry: LogEntry
}

/// Entries that wait for one subscriber, and a count of those for which there was no room.
struct LogContents: MailboxContents {
  var entries: [SourcedEntry] = []
  var dropped: UInt64 = 0
  var highestDropped = LogLevel.trace

  var isEmpty: Bool { entries.isEmpty && dropped == 0 }

  mutating func add(_ entry: SourcedEntry) {
    guard entries.count < ServerLimits.subscriberEntriesMax else {
      dropped += 1
      highestDropped = max(highestDropped, entry.entry.level)
      return
    }
    entries.append(entry)
  }

  var gap: LogGap? {
    dropped == 0
      ? nil
      : LogGap(
        dropped: dropped, highestLevel: highestDropped, reason: "subscriber queue full")
  }
}

/// Somebody who follows the log of an environment.
struct LogSubscriber: Sendable {
  var filter: LogFilter
  var mailbox = Mailbox<LogContents>()
}

extension EnvironmentHub {
  /// Begins to collect entries for a subscriber.
  func subscribe(_ filter: LogFilter) throws -> (id: UInt64, mailbox: Mailbox<LogContents>) {
    try refuseSubscribers()
    let id = takeNumber()
    let subscriber = LogSubscriber(filter: filter)
    subscribers[id] = subscriber
    return (id, subscriber.mailbox)
  }

  func unsubscribe(_ id: UInt64) { subscribers[id] = nil }

  func refuseSubscribers() throws(RPCError) {
    guard subscribers.count + watchers.count < ServerLimits.subscribersMax else {
      throw RPCError(
        .resourceExhausted,
        "\(ServerLimits.subscribersMax) clients follow environment \(name) already")
    }
  }

  /// Shows entries of runs that are still going on.
  func show(_ entries: [LogEntry], from session: OpenSession) throws(RPCError) {
    try heard(session)
    publish(entries, from: session.key)
  }

  /// Hands entries to those who follow. Entries of a finished run come here again after they were
  /// shown; each subscriber drops what it has had.
  func publish(_ entries: [LogEntry], from source: AgentInstanceKey) {
    if entries.isEmpty { return }
    for subscriber in subscribers.values {
      let wanted = entries.filter(subscriber.filter.matches)
      if wanted.isEmpty { continue }
      subscriber.mailbox.update { contents in
        for entry in wanted { contents.add(SourcedEntry(source: source, entry: entry)) }
      }
    }
  }
}
