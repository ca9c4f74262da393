public import Resources
internal import Synchronization

/// Values that handlers keep over their runs: connections, look-ups, hashes.
///
/// The key is agent + handler + function + arguments less the ignored ones. Concurrent callers of
/// one key wait for one computation; failures are not kept. An entry leaves when its time is over,
/// when the last run of its version ends, when a newer version is released, by invalidation, when
/// the cache is full, and at shutdown. Then its finaliser runs, exactly once: at once, or as soon as
/// the last run that uses the value has ended. Errors of finalisers are counted and go no further.
public final class HandlerCache: Sendable {
  /// Sizes of the cache.
  public struct Limits: Sendable, Hashable {
    /// Most entries; when there would be more, the eighth that was not used for longest leaves.
    public var entriesMax: Int
    /// Time of an entry that names neither a time nor a version.
    public var timeoutDefault: Duration

    /// Makes limits; by default 50,000 entries and 5,000 s.
    public init(entriesMax: Int = 50_000, timeoutDefault: Duration = .seconds(5_000)) {
      self.entriesMax = max(8, entriesMax)
      self.timeoutDefault = timeoutDefault
    }
  }

  /// Sizes of the cache.
  public let limits: Limits
  private let now: @Sendable () -> Duration
  private let state = Mutex(CacheState())

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - limits: Its sizes.
  ///   - now: Time since a fixed moment, never going back; the monotonic clock if left out.
  public init(limits: Limits = Limits(), now: (@Sendable () -> Duration)? = nil) {
    self.limits = limits
    if let now {
      self.now = now
    } else {
      let origin = ContinuousClock.now
      self.now = { ContinuousClock.now - origin }
    }
  }

  // MARK: - Values

  /// What is looked up, for whom.
  struct Request: Sendable {
    var key: CacheKey
    var handlerID: String
    var function: String
    var arguments: [String: Value]
    var timeout: Duration?
  }

  /// Finds or computes a value, and notes its use by a run.
  func value<T: Sendable>(
    _ request: Request, scope: CacheScope, finalise: (@Sendable (T) async throws -> Void)?,
    compute: () async throws -> T
  ) async throws -> T {
    while true {
      let time = now()
      let finaliser = finalise.map { CacheFinaliser($0) }
      let (found, retired) = state.withLock { state in
        state.lookUp(request, now: time, finalise: finaliser, limits: limits)
      }
      if !retired.isEmpty { await run(retired) }
      switch found {
      case .closed:
        throw CacheError(code: .closed, description: "the cache was shut down")
      case .hit(let id, let value):
        return try typed(value, request, pinned: id, scope)
      case .compute(let id):
        return try await computed(id, request, scope, compute)
      case .join(let id):
        if let value = try await joined(id) { return try typed(value, request, pinned: id, scope) }
        try Task.checkCancellation()
      }
    }
  }

  private func computed<T: Sendable>(
    _ id: UInt64, _ request: Request, _ scope: CacheScope, _ compute: () async throws -> T
  ) async throws -> T {
    let value: T
    do {
      value = try await compute()
    } catch {
      let isAbandoned = Task.isCancelled || error is CancellationError
      let waiters = state.withLock { $0.failed(id, request.key) }
      // Those who wait for a run that was cancelled have not failed: one of them computes anew.
      for waiter in waiters {
        if isAbandoned { waiter.resume(returning: nil) } else { waiter.resume(throwing: error) }
      }
      throw error
    }
    // The entry is pinned for this run and for each that waits.
    let waiters = state.withLock { $0.computed(id, value: value) }
    scope.hold(id, in: self)
    for waiter in waiters { waiter.resume(returning: value) }
    return value
  }

  /// Waits for the computation of another caller; nil if that was abandoned.
  private func joined(_ id: UInt64) async throws -> (any Sendable)? {
    let waiter = state.withLock { $0.nextID() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = Task.isCancelled
        let outcome = state.withLock { state in
          state.join(id, waiter: waiter, continuation, isCancelled: isCancelled)
        }
        switch outcome {
        case .waiting: break
        case .ready(let value): continuation.resume(returning: value)
        case .gone: continuation.resume(returning: nil)
        case .cancelled: continuation.resume(throwing: CancellationError())
        }
      }
    } onCancel: {
      let continuation = state.withLock { $0.leave(id, waiter: waiter) }
      continuation?.resume(throwing: CancellationError())
    }
  }

  private func typed<T: Sendable>(
    _ value: any Sendable, _ request: Request, pinned id: UInt64, _ scope: CacheScope
  ) throws -> T {
    scope.hold(id, in: self)
    guard let value = value as? T else {
      throw CacheError(
        code: .typeMismatch,
        description: "the cache entry \(request.key.text) holds \(type(of: value)), not \(T.self)")
    }
    return value
  }

  /// A run has ended: what it used may be finalised.
  func unpin(_ pins: [UInt64]) async {
    await run(state.withLock { $0.unpin(pins) })
  }

  /// One pin less on an entry that the run holds by another one.
  func unpinDuplicate(_ id: UInt64) {
    let retired = state.withLock { $0.unpin([id]) }
    assert(retired.isEmpty, "an entry that a run still holds cannot have retired")
  }

  // MARK: - Runs and versions

  /// Says that a run (deploy, repair, dry run) over the resources of a version begins.
  public func beginRun(of version: VersionNumber) {
    state.withLock { $0.beginRun(of: version) }
  }

  /// Says that a run over the resources of a version has ended. With the last one, the entries of
  /// that version leave; returns when the finalisers of those that are not in use have run.
  public func endRun(of version: VersionNumber) async {
    await run(state.withLock { $0.endRun(of: version) })
  }

  /// Says that a version is the desired state now: the entries of older ones leave.
  public func release(_ version: VersionNumber) async {
    await run(state.withLock { $0.released(version) })
  }

  // MARK: - Upkeep

  /// Drops the entries whose time is over, and runs their finalisers.
  public func removeExpired() async {
    let time = now()
    await run(state.withLock { $0.removeExpired(now: time) })
  }

  /// Drops expired entries again and again until the task is cancelled.
  ///
  /// - Parameters:
  ///   - interval: Pause between two rounds.
  ///   - clock: The clock that measures the pause.
  public func runExpiry(
    every interval: Duration = .seconds(1), clock: any Clock<Duration> = .continuous
  ) async {
    while !Task.isCancelled {
      do { try await clock.sleep(for: interval) } catch { return }
      await removeExpired()
    }
  }

  /// Drops entries and runs their finalisers; those in use by a run are finalised when it ends.
  ///
  /// - Parameter filter: Which entries; every one if left out.
  /// - Returns: What was done.
  public func invalidate(_ filter: CacheFilter = CacheFilter()) async -> CacheInvalidation {
    let time = now()
    let (count, retired) = state.withLock { $0.invalidate(filter, now: time) }
    let failed = await run(retired)
    return CacheInvalidation(
      count: count, failedFinalisers: failed, deferred: count - retired.count)
  }

  /// Drops every entry, in use or not, and runs all finalisers. Later look-ups fail.
  public func shutdown() async {
    await run(state.withLock { $0.shutdown() })
  }

  /// The entries, oldest first.
  ///
  /// - Parameter filter: Which ones.
  /// - Returns: What is known about them.
  public func entries(_ filter: CacheFilter = CacheFilter()) -> [CacheEntryInfo] {
    let time = now()
    return state.withLock { $0.entries(filter, now: time) }
  }

  /// Counts since the cache was made.
  public var statistics: CacheStatistics { state.withLock { $0.statistics } }

  /// Runs finalisers one after the other. They run in a task of their own, which is awaited, so
  /// that a cancelled run does not keep them from closing what they close.
  ///
  /// - Returns: Keys of the entries whose finaliser failed.
  @discardableResult
  private func run(_ retired: [CacheRetired]) async -> [String] {
    let pending = retired.filter { $0.finaliser != nil }
    guard !pending.isEmpty else { return [] }
    let failed = await Task {
      var failed: [String] = []
      for entry in pending {
        do { try await entry.finaliser?.run(entry.value) } catch { failed.append(entry.key) }
      }
      return failed
    }.value
    state.withLock { state in
      state.statistics.finalised += UInt64(pending.count)
      state.statistics.finaliserFailures += UInt64(failed.count)
    }
    return failed
  }
}
