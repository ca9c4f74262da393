internal import HTTP2

/// Finds calls that stand still because their client neither reads nor goes on, as a value.
struct StallWatch {
  /// How far one call has come.
  struct Progress: Hashable {
    var sentBytes: Int
    var receivedBytes: Int
  }

  private struct Seen {
    var progress: Progress
    var since: ContinuousClock.Instant
  }

  private var seen: [StreamID: Seen] = [:]
  private var connection: Seen?

  /// Looks at one call that waits for its client.
  ///
  /// - Returns: Whether it has come no further for the whole time.
  mutating func isStalled(
    _ stream: StreamID,
    _ progress: Progress,
    limit: Duration,
    now: ContinuousClock.Instant
  ) -> Bool {
    guard let last = seen[stream], last.progress == progress else {
      seen[stream] = Seen(progress: progress, since: now)
      return false
    }
    return last.since.duration(to: now) >= limit
  }

  /// Looks at a socket that takes no bytes.
  mutating func isSocketStalled(
    writtenBytes: Int,
    limit: Duration,
    now: ContinuousClock.Instant
  ) -> Bool {
    let progress = Progress(sentBytes: writtenBytes, receivedBytes: 0)
    guard let last = connection, last.progress == progress else {
      connection = Seen(progress: progress, since: now)
      return false
    }
    return last.since.duration(to: now) >= limit
  }

  /// Forgets calls that have ended or that wait for nothing of the client.
  mutating func keepOnly(_ waiting: Set<StreamID>, isSocketBlocked: Bool) {
    if seen.count > waiting.count { seen = seen.filter { waiting.contains($0.key) } }
    if !isSocketBlocked { connection = nil }
  }
}
