internal import Resources

/// The state of a ``HandlerCache``; synchronous, guarded by its lock.
///
/// ```
///   absent ──lookUp──▶ computing ──computed──▶ ready ──expire, drop, invalidate──▶ detached
///      ▲                  │ failed                │ not pinned: retired at once     │ last unpin
///      └──────────────────┴───────────────────────┴──────────── retired ◀───────────┘
/// ```
/// An entry that is invalidated while it is computed is detached at once: its callers still get
/// the value, nobody else does.
struct CacheState: Sendable {
  enum Found {
    case hit(UInt64, any Sendable)
    case compute(UInt64)
    case join(UInt64)
    case closed
  }

  enum Joined {
    case waiting
    case ready(any Sendable)
    case gone
    case cancelled
  }

  var statistics = CacheStatistics()
  /// The entries that can be found.
  private var ids: [CacheKey: UInt64] = [:]
  /// The same, and those that are detached.
  private var all: [UInt64: CacheEntry] = [:]
  private var runs: [VersionNumber: Int] = [:]
  private var newestReleased: VersionNumber?
  private var lastID: UInt64 = 0
  private var isClosed = false

  mutating func nextID() -> UInt64 {
    lastID += 1
    return lastID
  }

  // MARK: - Look-up

  mutating func lookUp(
    _ request: HandlerCache.Request, now: Duration, finalise: CacheFinaliser?,
    limits: HandlerCache.Limits
  ) -> (Found, [CacheRetired]) {
    guard !isClosed else { return (.closed, []) }
    var retired: [CacheRetired] = []
    if let id = ids[request.key], let entry = all[id] {
      guard let value = entry.value else {
        statistics.joined += 1
        return (.join(id), [])
      }
      if entry.expires.map({ $0 > now }) ?? true {
        all[id]?.hits += 1
        all[id]?.lastUse = now
        all[id]?.pins += 1
        statistics.hits += 1
        return (.hit(id, value), [])
      }
      statistics.expired += 1
      retired += detach([id])
    }
    if ids.count >= limits.entriesMax { retired += evict(ids.count / 8) }
    statistics.misses += 1
    let id = nextID()
    ids[request.key] = id
    all[id] = CacheEntry(
      key: request.key, handlerID: request.handlerID, function: request.function,
      arguments: request.arguments, created: now, expires: request.timeout.map { now + $0 },
      lastUse: now, finaliser: finalise)
    statistics.entries = UInt64(ids.count)
    return (.compute(id), retired)
  }

  mutating func computed(_ id: UInt64, value: any Sendable) -> [CacheEntry.Waiter] {
    guard var entry = all[id] else { return [] }
    let waiters = Array(entry.waiters.values)
    entry.value = value
    entry.waiters = [:]
    entry.pins = 1 + waiters.count
    all[id] = entry
    // A version that is over has no later run to drop the entry: it leaves with its users.
    if let version = entry.key.version, let newest = newestReleased, version < newest,
      !entry.isDetached
    {
      statistics.versionDropped += 1
      _ = detach([id])
    }
    return waiters
  }

  mutating func failed(_ id: UInt64, _ key: CacheKey) -> [CacheEntry.Waiter] {
    statistics.failures += 1
    let waiters = all[id].map { Array($0.waiters.values) } ?? []
    all[id] = nil
    if ids[key] == id { ids[key] = nil }
    statistics.entries = UInt64(ids.count)
    return waiters
  }

  mutating func join(
    _ id: UInt64, waiter: UInt64, _ continuation: CacheEntry.Waiter, isCancelled: Bool
  ) -> Joined {
    guard let entry = all[id] else { return .gone }
    if isCancelled { return .cancelled }
    guard let value = entry.value else {
      all[id]?.waiters[waiter] = continuation
      return .waiting
    }
    all[id]?.pins += 1
    return .ready(value)
  }

  mutating func leave(_ id: UInt64, waiter: UInt64) -> CacheEntry.Waiter? {
    all[id]?.waiters.removeValue(forKey: waiter)
  }

  // MARK: - Leaving

  mutating func unpin(_ pins: [UInt64]) -> [CacheRetired] {
    var retired: [CacheRetired] = []
    for id in pins {
      guard var entry = all[id] else { continue }
      entry.pins -= 1
      if entry.isDetached, entry.pins == 0, let value = entry.value {
        retired.append(
          CacheRetired(key: entry.key.text, value: value, finaliser: entry.finaliser))
        all[id] = nil
      } else {
        all[id] = entry
      }
    }
    return retired
  }

  /// Takes entries out of sight; returns those that nobody uses.
  private mutating func detach(_ leaving: [UInt64]) -> [CacheRetired] {
    var retired: [CacheRetired] = []
    for id in leaving {
      guard var entry = all[id], !entry.isDetached else { continue }
      ids[entry.key] = nil
      if let value = entry.value, entry.pins == 0 {
        retired.append(
          CacheRetired(key: entry.key.text, value: value, finaliser: entry.finaliser))
        all[id] = nil
      } else {
        entry.isDetached = true
        all[id] = entry
      }
    }
    statistics.entries = UInt64(ids.count)
    return retired
  }

  private mutating func evict(_ count: Int) -> [CacheRetired] {
    let idle = ids.values.filter { all[$0]?.value != nil }
    let oldest = idle.sorted { (all[$0]?.lastUse ?? .zero, $0) < (all[$1]?.lastUse ?? .zero, $1) }
    let leaving = Array(oldest.prefix(max(1, count)))
    statistics.evicted += UInt64(leaving.count)
    return detach(leaving)
  }

  mutating func removeExpired(now: Duration) -> [CacheRetired] {
    let leaving = ids.values.filter { id in
      guard let entry = all[id], entry.value != nil, let expires = entry.expires else {
        return false
      }
      return expires <= now
    }
    statistics.expired += UInt64(leaving.count)
    return detach(leaving.sorted())
  }

  mutating func invalidate(_ filter: CacheFilter, now: Duration) -> (Int, [CacheRetired]) {
    let leaving = ids.values.filter { all[$0]?.matches(filter, now: now) ?? false }
    statistics.invalidated += UInt64(leaving.count)
    return (leaving.count, detach(leaving.sorted()))
  }

  mutating func shutdown() -> [CacheRetired] {
    isClosed = true
    var retired: [CacheRetired] = []
    for (id, entry) in all.sorted(by: { $0.key < $1.key }) {
      guard let value = entry.value else {
        // Its computation still runs; the value is finalised when its last user ends.
        all[id]?.isDetached = true
        continue
      }
      retired.append(CacheRetired(key: entry.key.text, value: value, finaliser: entry.finaliser))
      all[id] = nil
    }
    ids = [:]
    statistics.entries = 0
    return retired
  }

  // MARK: - Versions

  mutating func beginRun(of version: VersionNumber) { runs[version, default: 0] += 1 }

  mutating func endRun(of version: VersionNumber) -> [CacheRetired] {
    let left = (runs[version] ?? 0) - 1
    runs[version] = left > 0 ? left : nil
    return left > 0 ? [] : drop { $0 == version }
  }

  mutating func released(_ version: VersionNumber) -> [CacheRetired] {
    if let newest = newestReleased, newest >= version { return [] }
    newestReleased = version
    return drop { $0 < version }
  }

  private mutating func drop(_ isOver: (VersionNumber) -> Bool) -> [CacheRetired] {
    let leaving = ids.filter { $0.key.version.map(isOver) ?? false }.values.sorted()
    statistics.versionDropped += UInt64(leaving.count)
    return detach(leaving)
  }

  // MARK: - Listing

  func entries(_ filter: CacheFilter, now: Duration) -> [CacheEntryInfo] {
    ids.values.sorted().compactMap { id in
      guard let entry = all[id], entry.matches(filter, now: now) else { return nil }
      return entry.info(number: id, now: now)
    }
  }
}
