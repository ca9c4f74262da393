import Resources
import SouthboundKit
import Synchronization
import Testing

/// A cache with a clock that is set by hand, and a count of what was computed and finalised.
private final class CacheFixture: Sendable {
  let computed = Mutex(0)
  let finalised = Mutex<[Int]>([])
  let cache: HandlerCache
  private let manual: ManualTime

  init(limits: HandlerCache.Limits = .init()) {
    let clock = ManualTime()
    manual = clock
    cache = HandlerCache(limits: limits, now: { clock.now })
  }

  func advance(_ duration: Duration) { manual.advance(duration) }

  func scope(version: UInt64? = nil, agent: String = "a", handler: String = "h") -> CacheScope {
    CacheScope(
      cache: cache, agent: agent, handlerID: handler, version: version.flatMap { VersionNumber($0) }
    )
  }

  /// Looks a number up: how many were computed so far.
  func value(
    _ scope: CacheScope, _ arguments: [String: Value] = [:], ignoring: Set<String> = [],
    lifetime: CacheLifetime = .automatic
  ) async throws -> Int {
    try await scope.value(
      "f", arguments: arguments, ignoring: ignoring, lifetime: lifetime,
      finalise: { (value: Int) in self.finalised.withLock { $0.append(value) } }
    ) {
      computed.withLock { count in
        count += 1
        return count
      }
    }
  }

  var finalisedValues: [Int] { finalised.withLock { $0 } }
}

final class ManualTime: Sendable {
  private let time = Mutex(Duration.zero)
  var now: Duration { time.withLock { $0 } }
  func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}

@Suite struct HandlerCacheTests {
  private let fixture = CacheFixture()

  @Test func `equal arguments find the same entry and others do not`() async throws {
    let scope = fixture.scope()
    #expect(try await fixture.value(scope, ["a": 1, "b": "x"]) == 1)
    #expect(try await fixture.value(scope, ["b": "x", "a": 1]) == 1)
    #expect(try await fixture.value(scope, ["a": 1.0, "b": "x"]) == 2)
    #expect(try await fixture.value(scope, ["a": 1]) == 3)
  }

  @Test func `agent and handler keep entries apart`() async throws {
    #expect(try await fixture.value(fixture.scope()) == 1)
    #expect(try await fixture.value(fixture.scope(agent: "b")) == 2)
    #expect(try await fixture.value(fixture.scope(handler: "i")) == 3)
  }

  @Test func `ignored arguments do not tell entries apart`() async throws {
    let scope = fixture.scope()
    #expect(try await fixture.value(scope, ["a": 1, "t": 1], ignoring: ["t"]) == 1)
    #expect(try await fixture.value(scope, ["a": 1, "t": 2], ignoring: ["t"]) == 1)
  }

  @Test func `secret arguments tell entries apart and are not shown`() async throws {
    let scope = fixture.scope()
    #expect(try await fixture.value(scope, ["password": .secret("one")]) == 1)
    #expect(try await fixture.value(scope, ["password": .secret("two")]) == 2)
    let listed = fixture.cache.entries().map { "\($0)" }.joined()
    #expect(!listed.contains("one") && !listed.contains("two"))
  }

  @Test func `an entry leaves when its time is over and is finalised once`() async throws {
    let scope = fixture.scope()
    _ = try await fixture.value(scope, lifetime: .timeout(.seconds(120)))
    await scope.end()
    fixture.advance(.seconds(119))
    await fixture.cache.removeExpired()
    #expect(fixture.finalisedValues.isEmpty)
    fixture.advance(.seconds(1))
    await fixture.cache.removeExpired()
    await fixture.cache.removeExpired()
    await fixture.cache.shutdown()
    #expect(fixture.finalisedValues == [1])
    #expect(fixture.cache.statistics.expired == 1)
  }

  @Test func `a look-up does not serve what has expired`() async throws {
    let scope = fixture.scope()
    #expect(try await fixture.value(scope, lifetime: .timeout(.seconds(5))) == 1)
    await scope.end()
    fixture.advance(.seconds(5))
    #expect(try await fixture.value(fixture.scope(), lifetime: .timeout(.seconds(5))) == 2)
    #expect(fixture.finalisedValues == [1])
  }

  @Test func `what names neither time nor version is kept for the default time`() async throws {
    _ = try await fixture.value(fixture.scope(version: 3))
    let entry = try #require(fixture.cache.entries().first)
    #expect(entry.remaining == .seconds(5_000))
    #expect(entry.version == nil)
  }

  @Test func `an argument named version binds to it`() async throws {
    _ = try await fixture.value(fixture.scope(), ["version": 7])
    let entry = try #require(fixture.cache.entries().first)
    #expect(entry.version == VersionNumber(7))
    #expect(entry.remaining == nil)
  }

  @Test func `the last run of a version that ends drops its entries`() async throws {
    let version = try #require(VersionNumber(1))
    fixture.cache.beginRun(of: version)
    fixture.cache.beginRun(of: version)
    let scope = fixture.scope(version: 1)
    _ = try await fixture.value(scope, lifetime: .version)
    _ = try await fixture.value(scope, ["x": 1], lifetime: .timeout(.seconds(60)))
    await scope.end()
    await fixture.cache.endRun(of: version)
    #expect(fixture.finalisedValues.isEmpty)
    await fixture.cache.endRun(of: version)
    #expect(fixture.finalisedValues == [1])
    #expect(fixture.cache.statistics.versionDropped == 1)
    #expect(fixture.cache.entries().count == 1)
  }

  @Test func `a newer release closes older versions`() async throws {
    let scope = fixture.scope(version: 1)
    _ = try await fixture.value(scope, lifetime: .timeoutAndVersion(.seconds(60)))
    await scope.end()
    await fixture.cache.release(try #require(VersionNumber(2)))
    #expect(fixture.finalisedValues == [1])
  }

  @Test func `runs of two versions do not share a version-bound entry`() async throws {
    #expect(try await fixture.value(fixture.scope(version: 1), lifetime: .version) == 1)
    #expect(try await fixture.value(fixture.scope(version: 2), lifetime: .version) == 2)
  }

  @Test func `what is computed for a closed version leaves with its run`() async throws {
    await fixture.cache.release(try #require(VersionNumber(2)))
    let scope = fixture.scope(version: 1)
    _ = try await fixture.value(scope, lifetime: .version)
    #expect(fixture.cache.entries().isEmpty)
    #expect(fixture.finalisedValues.isEmpty)
    await scope.end()
    #expect(fixture.finalisedValues == [1])
  }

  @Test func `a value in use is finalised when its run ends`() async throws {
    let scope = fixture.scope()
    _ = try await fixture.value(scope)
    let invalidation = await fixture.cache.invalidate()
    #expect(invalidation.count == 1)
    #expect(invalidation.deferred == 1)
    #expect(fixture.finalisedValues.isEmpty)
    #expect(try await fixture.value(fixture.scope()) == 2)
    await scope.end()
    #expect(fixture.finalisedValues == [1])
  }

  @Test func `failures are not kept`() async throws {
    struct Broken: Error {}
    let scope = fixture.scope()
    await #expect(throws: Broken.self) {
      try await scope.value("f") { () -> Int in throw Broken() }
    }
    #expect(try await fixture.value(scope) == 1)
    #expect(fixture.cache.statistics.failures == 1)
  }

  @Test func `an entry of another type is refused`() async throws {
    let scope = fixture.scope()
    _ = try await fixture.value(scope)
    await #expect(throws: CacheError.self) { try await scope.value("f") { "text" } }
  }

  @Test func `invalidation goes by key, handler, version and age`() async throws {
    let scope = fixture.scope()
    _ = try await fixture.value(scope, ["n": 1])
    _ = try await fixture.value(scope, ["n": 2])
    fixture.advance(.seconds(10))
    _ = try await fixture.value(scope, ["n": 3])
    _ = try await fixture.value(fixture.scope(handler: "other"), ["version": 4])
    await scope.end()
    let cache = fixture.cache
    #expect(await cache.invalidate(CacheFilter(key: "h.f(n=1)")).count == 1)
    #expect(await cache.invalidate(CacheFilter(minimumAge: .seconds(10))).count == 1)
    #expect(await cache.invalidate(CacheFilter(version: VersionNumber(4))).count == 1)
    #expect(await cache.invalidate(CacheFilter(handlerID: "other")).count == 0)
    #expect(await cache.invalidate(CacheFilter(handlerID: "h")).count == 1)
    #expect(cache.statistics.invalidated == 4)
    #expect(cache.statistics.entries == 0)
  }

  @Test func `a finaliser that fails is counted and goes no further`() async throws {
    struct Broken: Error {}
    let scope = fixture.scope()
    _ = try await scope.value("f", finalise: { (_: Int) in throw Broken() }) { 1 }
    await scope.end()
    let invalidation = await fixture.cache.invalidate()
    #expect(invalidation.failedFinalisers == ["h.f()"])
    #expect(fixture.cache.statistics.finaliserFailures == 1)
    #expect(fixture.cache.statistics.finalised == 1)
  }

  @Test func `shutdown finalises everything and refuses later look-ups`() async throws {
    let scope = fixture.scope()
    _ = try await fixture.value(scope, ["n": 1])
    _ = try await fixture.value(fixture.scope(), ["n": 2])
    await fixture.cache.shutdown()
    await scope.end()
    #expect(fixture.finalisedValues.sorted() == [1, 2])
    await #expect(throws: CacheError.self) { try await fixture.value(scope) }
  }

  @Test func `a full cache drops what was not used for longest`() async throws {
    let fixture = CacheFixture(limits: .init(entriesMax: 8))
    for n in 1...8 {
      let scope = fixture.scope()
      _ = try await fixture.value(scope, ["n": .int(Int64(n))])
      await scope.end()
      fixture.advance(.seconds(1))
    }
    let scope = fixture.scope()
    _ = try await fixture.value(scope, ["n": 1])
    await scope.end()
    _ = try await fixture.value(fixture.scope(), ["n": 9])
    #expect(fixture.finalisedValues == [2])
    #expect(fixture.cache.statistics.evicted == 1)
  }
}

@Suite struct HandlerCacheConcurrencyTests {
  private let cache = HandlerCache()

  private static func scope(_ cache: HandlerCache) -> CacheScope {
    CacheScope(cache: cache, agent: "a", handlerID: "h", version: nil)
  }

  /// Waits until so many callers wait for a computation.
  private func waitForJoined(_ count: UInt64) async {
    while cache.statistics.joined < count { await Task.yield() }
  }

  @Test func `concurrent callers wait for one computation`() async throws {
    let count = Count()
    let (cache, gate) = (self.cache, Gate())
    let values = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await Self.scope(cache).value("f") {
            count.value.withLock { $0 += 1 }
            await gate.wait()
            return 42
          }
        }
      }
      await waitForJoined(19)
      gate.open()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(values == Array(repeating: 42, count: 20))
    #expect(count.value.withLock { $0 } == 1)
  }

  @Test func `callers that wait get the failure too`() async throws {
    struct Broken: Error {}
    let (cache, gate) = (self.cache, Gate())
    let failures = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<5 {
        group.addTask {
          do {
            _ = try await Self.scope(cache).value("f") { () -> Int in
              await gate.wait()
              throw Broken()
            }
            return false
          } catch { return error is Broken }
        }
      }
      await waitForJoined(4)
      gate.open()
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(failures == 5)
    #expect(cache.statistics.failures == 1)
  }

  @Test func `when the one that computes is cancelled, another one computes`() async throws {
    let (cache, gate) = (self.cache, Gate())
    let first = Task {
      try await Self.scope(cache).value("f") {
        await gate.wait()
        try Task.checkCancellation()
        return 1
      }
    }
    while cache.entries().isEmpty { await Task.yield() }
    let second = Task { try await Self.scope(cache).value("f") { 2 } }
    await waitForJoined(1)
    first.cancel()
    gate.open()
    #expect(try await second.value == 2)
    await #expect(throws: CancellationError.self) { try await first.value }
  }

  @Test func `a caller that waits can be cancelled`() async throws {
    let (cache, gate) = (self.cache, Gate())
    let first = Task {
      try await Self.scope(cache).value("f") {
        await gate.wait()
        return 1
      }
    }
    while cache.entries().isEmpty { await Task.yield() }
    let second = Task { try await Self.scope(cache).value("f") { 2 } }
    await waitForJoined(1)
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    #expect(try await first.value == 1)
  }
}

/// Holds tasks back until it is opened.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

private final class Count: Sendable {
  let value = Mutex(0)
}
