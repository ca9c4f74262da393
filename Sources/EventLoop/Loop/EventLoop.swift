internal import Glibc
internal import Synchronization

/// One thread that waits for sockets, timers and jobs, and runs what they wake.
///
/// The loop is a `SerialExecutor`: an actor that returns it as its `unownedExecutor` runs on its
/// thread. ``tasks`` is a `TaskExecutor` over the same queue, for tasks that should stay on the
/// thread while they run code of no actor. Everything a turn of the loop writes goes out at its end,
/// and every few jobs of a long one: see ``flushAtTurnEnd(_:)``.
///
/// Members marked *loop only* trap when they are called on another thread.
public final class EventLoop: SerialExecutor, @unchecked Sendable {
  // Sendable: `state` is touched on the loop's thread only, which each entry checks;
  // everything else is atomic or locked.

  /// The name of the thread, cut at 15 bytes by the kernel.
  public let name: String
  /// The executor of tasks that stay on this loop.
  public let tasks: EventLoopTaskExecutor

  let state: EventLoopState
  let poller: Poller
  private let spin: Duration
  private let inbox = Mutex(Inbox())
  private let threadID = Atomic<UInt>(0)
  private let isStarted = Atomic(false)
  private let mustStop = Atomic(false)

  private struct Inbox {
    var entries: [QueueEntry] = []
    var isSignalled = false
    /// The thread is gone: whoever brings work runs it.
    var isOrphaned = false
    var isBeingDrained = false
  }

  private enum Arrival { case queued, mustWake, mustDrain }

  /// Creates a loop; it runs once ``start()`` is called.
  ///
  /// - Parameters:
  ///   - name: The name of its thread.
  ///   - spin: The time that the loop polls before it sleeps, which saves the wake-up of a thread
  ///     (tens of microseconds) and costs CPU time. Zero sleeps at once.
  /// - Throws: `EventLoopError` when the process has no file descriptors left.
  public init(name: String = "loop", spin: Duration = .zero) throws(EventLoopError) {
    self.name = name
    self.spin = spin
    poller = try Poller()
    state = EventLoopState()
    tasks = EventLoopTaskExecutor()
    tasks.attach(self)
  }

  /// Whether the caller is on the thread of the loop.
  public var isCurrent: Bool { threadID.load(ordering: .relaxed) == Syscalls.currentThread() }

  /// Stops the process with a message when the caller is on another thread.
  public func checkIsolated() {
    precondition(isCurrent, "called off the thread of loop \(name)")
  }

  /// Tells the runtime whether the caller is on the thread of the loop.
  public func isIsolatingCurrentContext() -> Bool? { isCurrent }

  // MARK: - Work

  /// Queues a job of an actor of this loop. The runtime calls it.
  public func enqueue(_ job: consuming ExecutorJob) {
    put(.actorJob(UnownedJob(job)))
  }

  /// Queues work; it runs on the loop in the order of its arrival. Any thread may call it.
  ///
  /// After the loop has stopped, the threads that bring work run it, one at a time.
  ///
  /// - Parameter work: What to run.
  public func execute(_ work: @escaping @Sendable () -> Void) {
    put(.work(work))
  }

  /// Runs work now when the caller is on the loop, or queues it.
  ///
  /// - Parameter work: What to run.
  public func runOrExecute(_ work: @escaping @Sendable () -> Void) {
    if isCurrent { work() } else { execute(work) }
  }

  func put(_ entry: QueueEntry) {
    if isCurrent {
      state.queue.append(entry)
      return
    }
    let arrival: Arrival = withInbox { inbox in
      inbox.entries.append(entry)
      defer { inbox.isSignalled = true }
      guard inbox.isOrphaned else { return inbox.isSignalled ? .queued : .mustWake }
      guard !inbox.isBeingDrained else { return .queued }
      inbox.isBeingDrained = true
      return .mustDrain
    }
    switch arrival {
    case .queued: return
    case .mustWake: poller.wake()
    case .mustDrain: drain()
    }
  }

  private func withInbox<Result: Sendable>(_ body: (inout Inbox) -> Result) -> Result {
    inbox.withLock { inbox in Syscalls.ordered(by: poller) { body(&inbox) } }
  }

  /// Runs what waits, in the place of the thread that is gone.
  private func drain() {
    // The runtime lends the loop to `enqueue` without a reference of its own, and the work that runs
    // here may release the last actor that holds one.
    withExtendedLifetime(self) {
      threadID.store(Syscalls.currentThread(), ordering: .relaxed)
      repeat { runQueue() } while !state.queue.isEmpty || !leave()
    }
  }

  /// Gives up the role of the loop's thread, unless there is more to do.
  private func leave() -> Bool {
    withInbox { inbox in
      guard inbox.entries.isEmpty else { return false }
      inbox.isOrphaned = true
      inbox.isBeingDrained = false
      threadID.store(0, ordering: .relaxed)
      return true
    }
  }

  /// Has a handler called once at the end of this turn, after everything that the turn wakes. Loop
  /// only.
  ///
  /// - Parameter handler: The handler; it is kept until then.
  public func flushAtTurnEnd(_ handler: any TurnEndHandler) {
    checkIsolated()
    state.turnEndHandlers.append(handler)
  }

  // MARK: - Life

  /// Starts the thread of the loop.
  ///
  /// - Throws: `EventLoopError` when the process may start no thread.
  public func start() throws(EventLoopError) {
    precondition(
      !isStarted.exchange(true, ordering: .relaxed), "loop \(name) was started before")
    try Syscalls.startThread(named: name) { self.turnUntilStopped() }
  }

  /// Asks the loop to end after its current turn. Any thread may call it, more than once.
  public func stop() {
    execute { self.mustStop.store(true, ordering: .relaxed) }
  }

  private func turnUntilStopped() {
    threadID.store(Syscalls.currentThread(), ordering: .relaxed)
    while !mustStop.load(ordering: .relaxed) { turn() }
    state.removeAll()
    drain()
  }

  private func turn() {
    let isIdle = state.queue.isEmpty && state.turnEndHandlers.isEmpty
    let wait = isIdle ? state.timers.wait(now: ContinuousClock.now) : .zero
    if spin == .zero || !isIdle || !spinUntilReady(wait) { poller.wait(wait, state) }
    runTimers()
    runQueue()
    endTurn()
  }

  private func endTurn() {
    guard !state.turnEndHandlers.isEmpty else { return }
    let handlers = state.takeTurnEndHandlers()
    for handler in handlers { handler.turnEnded() }
    state.recycle(handlers)
  }

  /// Polls for a while.
  ///
  /// - Returns: Whether there was something, so that the loop need not sleep.
  private func spinUntilReady(_ wait: Duration?) -> Bool {
    let end = ContinuousClock.now + min(spin, wait ?? spin)
    repeat {
      if poller.wait(.zero, state) > 0 { return true }
    } while ContinuousClock.now < end
    return false
  }

  private func runTimers() {
    guard !state.timers.isEmpty else { return }
    let now = ContinuousClock.now
    while let callback = state.timers.popExpired(now: now) { callback() }
  }

  /// The jobs after which what they wrote goes out, before the turn ends.
  private static let entriesPerFlush = 32
  /// The most rounds of jobs that wake jobs before sockets are looked at again.
  private static let roundsMax = 32

  private func runQueue() {
    takeInbox()
    var rounds = 0
    while !state.queue.isEmpty, rounds < Self.roundsMax {
      rounds += 1
      let batch = state.takeQueue()
      for (number, entry) in batch.enumerated() {
        run(entry)
        // The peers read the first of what they wait for while the loop is still at the last.
        if number % Self.entriesPerFlush == Self.entriesPerFlush - 1 { endTurn() }
      }
      state.recycle(batch)
      takeInbox()
    }
  }

  private func run(_ entry: QueueEntry) {
    switch entry {
    case .actorJob(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
    case .taskJob(let job): unsafe job.runSynchronously(on: tasks.asUnownedTaskExecutor())
    case .work(let work): work()
    }
  }

  private func takeInbox() {
    let arrived = withInbox { inbox in
      guard inbox.isSignalled else { return [] as [QueueEntry] }
      inbox.isSignalled = false
      let entries = inbox.entries
      inbox.entries = []
      return entries
    }
    if !arrived.isEmpty { state.queue.append(contentsOf: arrived) }
  }
}

/// Called at the end of a turn of the loop in which it asked for that.
public protocol TurnEndHandler: AnyObject, Sendable {
  /// Writes out what the turn gathered. Runs on the loop.
  func turnEnded()
}

/// What waits in the queue of a loop.
enum QueueEntry {
  case actorJob(UnownedJob)
  case taskJob(UnownedJob)
  case work(@Sendable () -> Void)
}
