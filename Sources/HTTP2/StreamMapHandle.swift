/// A ``StreamTable`` that its owner shares: what belongs to the open streams of one connection.
///
/// The table lies behind a pointer, because the check for overlapping access that each use of a variable
/// of an object costs is more than the look-up. It belongs to the loop of the connection.
@safe
public final class StreamMap<Value> {
  @usableFromInline let table: UnsafeMutablePointer<StreamTable<Value>>

  /// Creates an empty map.
  public init() {
    unsafe table = .allocate(capacity: 1)
    unsafe table.initialize(to: StreamTable())
  }

  deinit {
    unsafe table.deinitialize(count: 1)
    unsafe table.deallocate()
  }

  /// The number of streams.
  @inlinable public var count: Int { unsafe table.pointee.count }

  /// Whether there is no stream.
  @inlinable public var isEmpty: Bool { unsafe table.pointee.isEmpty }

  /// What belongs to a stream; `nil` takes it out.
  ///
  /// - Parameter id: The stream.
  @inlinable
  public subscript(id: StreamID) -> Value? {
    get { unsafe table.pointee[id] }
    set { unsafe table.pointee[id] = newValue }
  }

  /// Takes a stream out.
  ///
  /// - Parameter id: The stream.
  /// - Returns: What belonged to it.
  @inlinable
  @discardableResult
  public func removeValue(of id: StreamID) -> Value? {
    // Whatever the end of a value does, it finds the table whole: the value goes after it.
    unsafe table.pointee.removeValue(of: id)
  }

  /// Takes all streams out.
  ///
  /// - Returns: The streams, in no order.
  @discardableResult
  public func removeAll() -> [(id: StreamID, value: Value)] {
    let old = all
    unsafe table.pointee = StreamTable()
    return old
  }

  /// The streams, in no order.
  @inlinable public var all: [(id: StreamID, value: Value)] { unsafe table.pointee.all }
}
