internal import CLinux
internal import Glibc

/// The epoll instance of a loop and the eventfd that wakes it.
final class Poller: Sendable {
  private let epoll: Int32
  private let wakeUp: Int32

  /// The most events that one wait returns; more stay for the next turn.
  private static let eventsMax = 256
  /// The data of the eventfd; no registration has number zero.
  private static let wakeUpData: UInt64 = 0

  init() throws(EventLoopError) {
    epoll = try Syscalls.epollCreate()
    do {
      wakeUp = try Syscalls.eventfd()
    } catch {
      Syscalls.close(epoll)
      throw error
    }
    control(EPOLL_CTL_ADD, fd: wakeUp, mask: EPOLLIN.rawValue, data: Self.wakeUpData)
  }

  deinit {
    Syscalls.close(wakeUp)
    Syscalls.close(epoll)
  }

  /// Makes the wait of the loop return. Any thread may call it.
  func wake() {
    Syscalls.signal(eventfd: wakeUp)
  }

  func add(fd: Int32, registration: UInt32, _ interest: SocketEvents) {
    let data = UInt64(registration) << 32 | UInt64(UInt32(bitPattern: fd))
    control(EPOLL_CTL_ADD, fd: fd, mask: Self.mask(interest), data: data)
  }

  func modify(fd: Int32, registration: UInt32, _ interest: SocketEvents) {
    let data = UInt64(registration) << 32 | UInt64(UInt32(bitPattern: fd))
    control(EPOLL_CTL_MOD, fd: fd, mask: Self.mask(interest), data: data)
  }

  func remove(fd: Int32) {
    control(EPOLL_CTL_DEL, fd: fd, mask: 0, data: 0)
  }

  /// Waits for events, at most for a duration, and calls their handlers.
  ///
  /// - Returns: The number of events.
  @discardableResult
  func wait(_ duration: Duration?, _ state: EventLoopState) -> Int {
    unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsMax) { events in
      let count = unsafe Syscalls.epollWait(epoll, events, Self.milliseconds(duration))
      for index in 0..<count {
        let event = unsafe events[index]
        let data = unsafe event.data.u64
        guard data != Self.wakeUpData else {
          Syscalls.drain(eventfd: wakeUp)
          continue
        }
        let fd = Int32(bitPattern: UInt32(truncatingIfNeeded: data))
        // A handler earlier in this batch may have closed the descriptor, and a new socket may have
        // its number: the registration tells them apart.
        guard let handler = state.handler(fd: fd, registration: UInt32(data >> 32)) else {
          continue
        }
        unsafe handler.ready(Self.events(event.events))
      }
      return count
    }
  }

  private func control(_ operation: Int32, fd: Int32, mask: UInt32, data: UInt64) {
    var event = unsafe epoll_event()
    unsafe event.events = mask
    unsafe event.data.u64 = data
    unsafe Syscalls.epollControl(epoll, operation, fd, &event)
  }

  private static func mask(_ interest: SocketEvents) -> UInt32 {
    var mask: UInt32 = 0
    if interest.contains(.readable) { mask |= EPOLLIN.rawValue }
    if interest.contains(.writable) { mask |= EPOLLOUT.rawValue }
    return mask
  }

  private static func events(_ mask: UInt32) -> SocketEvents {
    var events: SocketEvents = []
    if mask & EPOLLIN.rawValue != 0 { events.insert(.readable) }
    if mask & EPOLLOUT.rawValue != 0 { events.insert(.writable) }
    if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { events.insert(.failed) }
    return events
  }

  /// Rounds up, so that a timer has expired when its wait is over.
  private static func milliseconds(_ duration: Duration?) -> Int32 {
    guard let duration else { return -1 }
    let (seconds, attoseconds) = duration.components
    guard seconds < 3600 else { return 3_600_000 }
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(seconds * 1000 + part)
  }
}
