import EventLoop
import Synchronization
import Testing
import Threads

@Suite(.timeLimit(.minutes(1)))
struct LoopTests {
  /// What happened, gathered from any thread.
  private final class Journal<Entry: Sendable>: Sendable {
    private let storage = Mutex<[Entry]>([])
    var entries: [Entry] { storage.withLock { $0 } }
    func append(_ entry: Entry) { storage.withLock { $0.append(entry) } }
  }

  /// An actor that lives on a loop.
  private actor Resident {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
      unsafe loop.asUnownedSerialExecutor()
    }
    private(set) var entries: [Int] = []

    init(_ loop: EventLoop) { self.loop = loop }

    func append(_ entry: Int) {
      entries.append(entry)
      loop.checkIsolated()
    }
  }

  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop(name: "test")
    try loop.start()
    do {
      try await body(loop)
    } catch {
      loop.stop()
      throw error
    }
    loop.stop()
  }

  /// Runs work on a loop and returns its result.
  private func on<Result: Sendable>(
    _ loop: EventLoop, _ work: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      loop.execute { continuation.resume(returning: work()) }
    }
  }

  @Test func `work runs on the loop in the order in which one thread brings it`() async throws {
    try await withLoop { loop in
      #expect(!loop.isCurrent)
      let seen = Journal<Int>()
      await WorkThread.run {
        for number in 0..<10_000 {
          loop.execute { seen.append(number) }
        }
      }
      #expect(await on(loop) { loop.isCurrent })
      #expect(seen.entries == Array(0..<10_000))
    }
  }

  @Test func `work of many threads runs once each`() async throws {
    try await withLoop { loop in
      let seen = Journal<Int>()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask { @Sendable in
            await WorkThread.run {
              for _ in 0..<5000 { loop.execute { seen.append(1) } }
            }
          }
        }
      }
      await on(loop) {}
      #expect(seen.entries.count == 40_000)
    }
  }

  @Test func `work that is run on the loop itself runs at once`() async throws {
    try await withLoop { loop in
      let order = await on(loop) {
        let order = Journal<String>()
        loop.execute { order.append("queued") }
        loop.runOrExecute { order.append("at once") }
        return order.entries
      }
      #expect(order == ["at once"])
    }
  }

  @Test func `an actor of the loop is entered by await and by assumeIsolated`() async throws {
    try await withLoop { loop in
      let resident = Resident(loop)
      for number in 0..<100 { await resident.append(number) }
      await on(loop) { resident.assumeIsolated { $0.append(100) } }
      #expect(await resident.entries == Array(0...100))
    }
  }

  @Test func `tasks that prefer the loop stay on it over suspensions`() async throws {
    try await withLoop { loop in
      let isOnLoop = await Task(executorPreference: loop.tasks) {
        var all = loop.isCurrent
        for _ in 0..<100 {
          await Task.yield()
          all = all && loop.isCurrent
        }
        return all
      }.value
      #expect(isOnLoop)
    }
  }

  @Test func `timers call back on the loop, in order, unless they are cancelled`() async throws {
    try await withLoop { loop in
      let seen: [Int] = await withCheckedContinuation { continuation in
        loop.execute {
          let now = ContinuousClock.now
          var seen: [Int] = []
          var victim: TimerID?
          _ = loop.setTimer(at: now + .milliseconds(20)) {
            continuation.resume(returning: seen + [20])
          }
          _ = loop.setTimer(at: now + .milliseconds(5)) {
            seen.append(5)
            if let victim { loop.cancel(victim) }
          }
          victim = loop.setTimer(at: now + .milliseconds(10)) { seen.append(10) }
          _ = loop.setTimer(at: now - .seconds(1)) { seen.append(-1) }
        }
      }
      #expect(seen == [-1, 5, 20])
    }
  }

  @Test func `a turn's end comes after all work that the turn woke`() async throws {
    final class End: TurnEndHandler {
      let action: @Sendable () -> Void
      init(_ action: @escaping @Sendable () -> Void) { self.action = action }
      func turnEnded() { action() }
    }
    try await withLoop { loop in
      let seen = Journal<String>()
      await withCheckedContinuation { continuation in
        loop.execute {
          loop.flushAtTurnEnd(
            End {
              seen.append("end")
              continuation.resume()
            })
          loop.execute {
            seen.append("first")
            loop.execute { seen.append("second") }
          }
        }
      }
      #expect(seen.entries == ["first", "second", "end"])
    }
  }

  @Test func `a stopped loop is drained by whoever brings it work`() async throws {
    let loop = try EventLoop(name: "stopping")
    try loop.start()
    let resident = Resident(loop)
    await resident.append(1)
    loop.stop()
    loop.stop()
    for number in 2..<50 { await resident.append(number) }
    #expect(await resident.entries == Array(1..<50))
    await on(loop) {}
  }

  @Test func `a spinning loop does the same work`() async throws {
    let loop = try EventLoop(name: "spinning", spin: .microseconds(200))
    try loop.start()
    for number in 0..<200 { #expect(await on(loop) { number } == number) }
    loop.stop()
  }
}
