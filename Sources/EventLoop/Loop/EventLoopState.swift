/// What belongs to the thread of a loop alone.
final class EventLoopState {
  var queue: [QueueEntry] = []
  private var spareQueue: [QueueEntry] = []
  var turnEndHandlers: [any TurnEndHandler] = []
  private var spareHandlers: [any TurnEndHandler] = []
  var timers = TimerQueue()
  private var slots: [Slot?] = []
  private var registrations: UInt32 = 0

  struct Slot {
    let registration: UInt32
    let handler: any SocketEventHandler
  }

  /// Takes the queue and leaves an empty one that keeps its memory.
  func takeQueue() -> [QueueEntry] {
    let taken = queue
    queue = spareQueue
    spareQueue = []
    return taken
  }

  func recycle(_ batch: consuming [QueueEntry]) {
    batch.removeAll(keepingCapacity: true)
    spareQueue = batch
  }

  func takeTurnEndHandlers() -> [any TurnEndHandler] {
    let taken = turnEndHandlers
    turnEndHandlers = spareHandlers
    spareHandlers = []
    return taken
  }

  func recycle(_ handlers: consuming [any TurnEndHandler]) {
    handlers.removeAll(keepingCapacity: true)
    spareHandlers = handlers
  }

  /// Notes a handler and returns the number that tells it from earlier owners of the descriptor.
  func add(_ handler: any SocketEventHandler, fd: Int32) -> UInt32 {
    let index = Int(fd)
    while slots.count <= index { slots.append(nil) }
    precondition(slots[index] == nil, "descriptor \(fd) is registered twice")
    registrations &+= 1
    slots[index] = Slot(registration: registrations, handler: handler)
    return registrations
  }

  func remove(fd: Int32) {
    slots[Int(fd)] = nil
  }

  func handler(fd: Int32, registration: UInt32) -> (any SocketEventHandler)? {
    let index = Int(fd)
    guard index < slots.count, let slot = slots[index], slot.registration == registration else {
      return nil
    }
    return slot.handler
  }

  func removeAll() {
    slots = []
    timers = TimerQueue()
    turnEndHandlers = []
  }
}

/// Called when a registered socket can be read or written.
public protocol SocketEventHandler: AnyObject, Sendable {
  /// Reads, writes or notices the end. Runs on the loop.
  func ready(_ events: SocketEvents)
}

/// What a socket is ready for, or what a handler waits for.
public struct SocketEvents: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Creates a set from bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Reading does not block: data, the end, or an error.
  public static let readable = SocketEvents(rawValue: 1)
  /// Writing does not block.
  public static let writable = SocketEvents(rawValue: 2)
  /// The socket has failed or both sides are closed; the next read says how.
  public static let failed = SocketEvents(rawValue: 4)
}
