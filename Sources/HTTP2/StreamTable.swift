/// What belongs to the open streams of one session, by their ids.
///
/// Streams are looked up several times in each call, and their ids are odd numbers that rise by two:
/// with those the table has hardly a collision, and needs no hash of its key. It is a Robin Hood table:
/// of two streams the one that is farther from its place has the way. A peer that chooses its ids so
/// that they collide makes a look-up as long as the streams that it may have open.
@frozen
public struct StreamTable<Value> {
  /// The ids in their places; zero where there is none.
  @usableFromInline var ids: [Int32] = []
  @usableFromInline var values: [Value?] = []
  @usableFromInline var used = 0

  /// Creates an empty table.
  @inlinable
  public init() {}

  /// The number of streams.
  @inlinable public var count: Int { used }

  /// Whether there is no stream.
  @inlinable public var isEmpty: Bool { used == 0 }

  /// What belongs to a stream; `nil` takes it out.
  ///
  /// - Parameter id: The stream.
  @inlinable
  public subscript(id: StreamID) -> Value? {
    get {
      guard let place = place(of: id.rawValue) else { return nil }
      return values[place]
    }
    set {
      if let newValue { insert(newValue, id.rawValue) } else { removeValue(of: id) }
    }
  }

  /// Whether there is such a stream.
  ///
  /// - Parameter id: The stream.
  /// - Returns: Whether there is.
  @inlinable
  public func contains(_ id: StreamID) -> Bool { place(of: id.rawValue) != nil }

  /// Takes a stream out.
  ///
  /// - Parameter id: The stream.
  /// - Returns: What belonged to it.
  @inlinable
  @discardableResult
  public mutating func removeValue(of id: StreamID) -> Value? {
    guard var gap = place(of: id.rawValue) else { return nil }
    let value = values[gap].take()
    used -= 1
    // Those behind the gap move up, until one is in its own place.
    var next = (gap + 1) & (ids.count - 1)
    while ids[next] != 0, distance(of: ids[next], at: next) > 0 {
      ids[gap] = ids[next]
      values.swapAt(gap, next)
      gap = next
      next = (next + 1) & (ids.count - 1)
    }
    ids[gap] = 0
    return value
  }

  /// The streams, in no order.
  @inlinable
  public var all: [(id: StreamID, value: Value)] {
    var all: [(id: StreamID, value: Value)] = []
    all.reserveCapacity(used)
    for place in ids.indices where ids[place] != 0 {
      if let value = values[place] { all.append((StreamID(ids[place]), value)) }
    }
    return all
  }

  /// How far a stream is from the place where it belongs.
  @inlinable
  func distance(of id: Int32, at place: Int) -> Int {
    (place &- Int(id) >> 1) & (ids.count - 1)
  }

  @inlinable
  func place(of id: Int32) -> Int? {
    guard used > 0 else { return nil }
    var place = Int(id) >> 1 & (ids.count - 1)
    var steps = 0
    while ids[place] != id {
      guard ids[place] != 0, distance(of: ids[place], at: place) >= steps else { return nil }
      place = (place + 1) & (ids.count - 1)
      steps += 1
    }
    return place
  }

  @inlinable
  mutating func insert(_ value: Value, _ id: Int32) {
    precondition(id > 0, "streams have positive ids")
    if let place = place(of: id) {
      values[place] = value
      return
    }
    if 2 * used >= ids.count { grow() }
    used += 1
    var (id, value) = (id, Optional(value))
    var place = Int(id) >> 1 & (ids.count - 1)
    while ids[place] != 0 {
      if distance(of: ids[place], at: place) < distance(of: id, at: place) {
        swap(&ids[place], &id)
        swap(&values[place], &value)
      }
      place = (place + 1) & (ids.count - 1)
    }
    ids[place] = id
    values[place] = value
  }

  @usableFromInline
  mutating func grow() {
    let old = all
    let capacity = max(16, 2 * ids.count)
    ids = Array(repeating: 0, count: capacity)
    values = Array(repeating: nil, count: capacity)
    used = 0
    for (id, value) in old { insert(value, id.rawValue) }
  }
}

extension StreamTable: Sendable where Value: Sendable {}
