internal import Synchronization

/// Calls back when deadlines pass. One task sleeps until the earliest, instead of one for each run:
/// most runs take a fraction of a millisecond and have a limit of minutes.
final class DeadlineWatch: Sendable {
  /// What to do at a deadline, and what to wait for next with the same ticket.
  struct Next: Sendable {
    var delay: Duration
    var action: @Sendable () -> Void
  }

  private struct Pending {
    var due: Duration
    var action: @Sendable () -> Next?
  }

  private struct State {
    var pending: [UInt64: Pending] = [:]
    var lastTicket: UInt64 = 0
    /// When the sleeping task wakes; nil if none sleeps.
    var wakes: Duration?
    var sleeper: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let clock: any Clock<Duration>
  private let elapsed: @Sendable () -> Duration

  init(clock: any Clock<Duration>) {
    self.clock = clock
    elapsed = DeadlineWatch.stopwatch(clock)
  }

  deinit { state.withLock { $0.sleeper }?.cancel() }

  private static func stopwatch<C: Clock>(
    _ clock: C
  ) -> @Sendable () -> Duration where C.Duration == Duration {
    let origin = clock.now
    return { origin.duration(to: clock.now) }
  }

  /// Says what follows a deadline.
  func later(_ delay: Duration, _ action: @escaping @Sendable () -> Void) -> Next {
    Next(delay: delay, action: action)
  }

  /// Adds a deadline.
  func add(after delay: Duration, _ action: @escaping @Sendable () -> Next?) -> UInt64 {
    let due = elapsed() + delay
    return state.withLock { state in
      state.lastTicket += 1
      state.pending[state.lastTicket] = Pending(due: due, action: action)
      wake(by: due, &state)
      return state.lastTicket
    }
  }

  /// Gives a ticket that is still there another deadline.
  func replace(_ ticket: UInt64, after delay: Duration, _ action: @escaping @Sendable () -> Void) {
    let due = elapsed() + delay
    state.withLock { state in
      guard state.pending[ticket] != nil else { return }
      state.pending[ticket] = Pending(due: due) {
        action()
        return nil
      }
      wake(by: due, &state)
    }
  }

  /// Takes a deadline away.
  func remove(_ ticket: UInt64) { state.withLock { $0.pending[ticket] = nil } }

  private func wake(by due: Duration, _ state: inout State) {
    if let wakes = state.wakes, wakes <= due { return }
    state.sleeper?.cancel()
    state.wakes = due
    let delay = due - elapsed()
    // The task is replaced, or cancelled by deinit.
    state.sleeper = Task { [weak self, clock] in
      do { try await clock.sleep(for: max(delay, .zero)) } catch { return }
      self?.fire()
    }
  }

  private func fire() {
    let time = elapsed()
    let due = state.withLock { state in
      state.wakes = nil
      state.sleeper = nil
      return state.pending.filter { $0.value.due <= time }
    }
    for (ticket, pending) in due {
      if let next = pending.action() {
        replace(ticket, after: next.delay, next.action)
      } else {
        remove(ticket)
      }
    }
    state.withLock { state in
      if let earliest = state.pending.values.map(\.due).min() { wake(by: earliest, &state) }
    }
  }
}
