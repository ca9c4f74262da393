internal import Resources
internal import Store

/// The agent instances of one environment that are connected, or whose lease has not ended, and the
/// names that they serve. A value: the hub performs what follows.
struct SessionTable: Sendable {
  struct Session: Sendable {
    var record: AgentInstanceRecord
    var patterns: [GlobPattern]
    /// The stream, while it is open.
    var stream: (number: UInt64, mailbox: Mailbox<SessionContents>)?
    /// When the agent was last heard, by the clock that never goes back.
    var lastHeard: Duration
    /// Names of the released version that it serves.
    var names: Set<String> = []
    /// Version that it has on disk.
    var storedVersion: VersionNumber?
    /// What keeps it from work, as it said itself.
    var hindrance: Hindrance?

    func literalBytes(for name: String) -> Int? {
      patterns.lazy.filter { $0.matches(name) }.map(\.literalByteCount).max()
    }
  }

  static let lease = Duration.seconds(Int64(ServerLimits.leaseSeconds))

  private(set) var sessions: [AgentInstanceKey: Session] = [:]
  /// When the names that nobody serves were left.
  private(set) var left: [String: Duration] = [:]

  subscript(key: AgentInstanceKey) -> Session? { sessions[key] }

  /// Finds another instance whose lease is in force and that has one of the patterns.
  func conflict(
    with hello: AgentHello, at now: Duration
  ) -> (pattern: String, session: Session)? {
    for session in sessions.values
    where session.record.hello.instanceID != hello.instanceID
      && now - session.lastHeard < Self.lease
    {
      let others = Set(session.record.hello.namePatterns)
      if let pattern = hello.namePatterns.first(where: others.contains) {
        return (pattern, session)
      }
    }
    return nil
  }

  /// Adds a session, and returns the mailboxes of the streams that it replaces.
  mutating func open(
    _ record: AgentInstanceRecord, stream: UInt64, _ mailbox: Mailbox<SessionContents>,
    at now: Duration
  ) -> [Mailbox<SessionContents>] {
    var replaced: [Mailbox<SessionContents>] = []
    let patterns = Set(record.hello.namePatterns)
    for (key, session) in sessions
    where key == record.key || !patterns.isDisjoint(with: session.record.hello.namePatterns) {
      if let mailbox = session.stream?.mailbox { replaced.append(mailbox) }
      sessions[key] = nil
    }
    sessions[record.key] = Session(
      record: record, patterns: record.hello.namePatterns.map(GlobPattern.init),
      stream: (stream, mailbox), lastHeard: now, storedVersion: record.hello.version)
    return replaced
  }

  /// Whether a stream is still the one of its instance.
  func isCurrent(_ key: AgentInstanceKey, _ stream: UInt64) -> Bool {
    sessions[key]?.stream?.number == stream
  }

  mutating func heard(_ key: AgentInstanceKey, at now: Duration) {
    sessions[key]?.lastHeard = now
  }

  mutating func stored(_ version: VersionNumber, _ key: AgentInstanceKey) {
    sessions[key]?.storedVersion = version
  }

  mutating func hinder(_ key: AgentInstanceKey, _ hindrance: Hindrance?) {
    sessions[key]?.hindrance = hindrance
  }

  /// Notes the end of a stream. An agent that said good-bye gives its names back at once; otherwise
  /// the lease protects them.
  mutating func close(_ key: AgentInstanceKey, isGraceful: Bool) {
    if isGraceful { sessions[key] = nil } else { sessions[key]?.stream = nil }
  }

  /// Drops what is gone for longer than its lease.
  mutating func expire(at now: Duration) -> Bool {
    let before = sessions.count
    sessions = sessions.filter { $1.stream != nil || now - $1.lastHeard < Self.lease }
    return sessions.count != before
  }

  /// The session that serves a name: the longest literal match, then the earlier instance.
  func server(of name: String) -> Session? {
    var best: (bytes: Int, session: Session)?
    for session in sessions.values {
      guard let bytes = session.literalBytes(for: name) else { continue }
      if let best,
        (bytes, -session.record.key.rawValue)
          <= (best.bytes, -best.session.record.key.rawValue)
      {
        continue
      }
      best = (bytes, session)
    }
    return best?.session
  }

  /// Gives each name to its session, and returns the instances whose names changed.
  mutating func assign(_ names: some Sequence<String>, at now: Duration) -> Set<AgentInstanceKey> {
    var served: [AgentInstanceKey: Set<String>] = [:]
    var left: [String: Duration] = [:]
    for name in names {
      let session = server(of: name)
      if let session { served[session.record.key, default: []].insert(name) }
      if session?.stream == nil { left[name] = self.left[name] ?? now }
    }
    self.left = left
    var changed: Set<AgentInstanceKey> = []
    for key in sessions.keys where sessions[key]?.names != served[key, default: []] {
      sessions[key]?.names = served[key, default: []]
      changed.insert(key)
    }
    return changed
  }
}
