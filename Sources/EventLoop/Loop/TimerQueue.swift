/// Timers in the order of their expiry: a binary heap, with cancelled entries swept out.
struct TimerQueue {
  private struct Entry {
    let instant: ContinuousClock.Instant
    let id: UInt64
  }

  private var heap: [Entry] = []
  private var callbacks: [UInt64: () -> Void] = [:]
  private var lastID: UInt64 = 0

  /// Cancelled timers stay in the heap until they are half of it, and at least this many.
  private static let sweepCountMin = 64

  var isEmpty: Bool { callbacks.isEmpty }

  mutating func add(at instant: ContinuousClock.Instant, _ callback: @escaping () -> Void) -> UInt64
  {
    lastID += 1
    callbacks[lastID] = callback
    heap.append(Entry(instant: instant, id: lastID))
    siftUp(heap.count - 1)
    return lastID
  }

  mutating func cancel(_ id: UInt64) {
    callbacks[id] = nil
    guard heap.count > Self.sweepCountMin, heap.count > 2 * callbacks.count else { return }
    let live = heap.filter { callbacks[$0.id] != nil }
    heap = live.sorted { $0.instant < $1.instant }
  }

  /// The time until the next timer; `nil` without one.
  mutating func wait(now: ContinuousClock.Instant) -> Duration? {
    while let first = heap.first, callbacks[first.id] == nil { removeFirst() }
    guard let first = heap.first else { return nil }
    return max(.zero, now.duration(to: first.instant))
  }

  /// Removes and returns the callback of the earliest timer whose time has come.
  mutating func popExpired(now: ContinuousClock.Instant) -> (() -> Void)? {
    while let first = heap.first {
      if let callback = callbacks[first.id] {
        guard first.instant <= now else { return nil }
        callbacks[first.id] = nil
        removeFirst()
        return callback
      }
      removeFirst()
    }
    return nil
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    siftDown(0)
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].instant < heap[parent].instant else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1].instant < heap[child].instant { child += 1 }
      guard heap[child].instant < heap[parent].instant else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
