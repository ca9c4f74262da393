/// A key of a `HashTable`: one or a few numbers that the compiler gave out itself.
protocol TableKey: Equatable {
  var tableHash: UInt64 { get }
}

/// Mixes numbers into a hash with one multiplication each.
///
/// Keys are ids that are given out in order, and numbers that the author of a model wrote: nobody gains
/// from making them collide. The `Hasher` of the standard library, made against chosen keys, took longer
/// than all the rest of a look-up.
@inline(__always)
func mixed(_ state: UInt64, _ bits: UInt64) -> UInt64 {
  let product = (state ^ bits) &* 0x9E37_79B9_7F4A_7C15
  return product ^ (product >> 32)
}

extension TableID: TableKey {
  var tableHash: UInt64 { mixed(0, UInt64(UInt32(bitPattern: raw))) }
}

/// The positions 0, 1, 2… of elements that stand elsewhere, to be found by hash.
struct HashIndex {
  /// Open addressing; -1 is free. The count is 0 or a power of two, at least twice that of the positions.
  private var buckets: ContiguousArray<Int32> = []
  private var count = 0

  @inline(__always)
  func first(_ hash: UInt64, where isMatch: (Int) -> Bool) -> Int? {
    guard count > 0 else { return nil }
    let mask = buckets.count - 1
    var bucket = Int(truncatingIfNeeded: hash) & mask
    while buckets[bucket] >= 0 {
      let position = Int(buckets[bucket])
      if isMatch(position) { return position }
      bucket = (bucket + 1) & mask
    }
    return nil
  }

  /// Adds the next position. `hash` gives the hash of any position up to it.
  @inline(__always)
  mutating func append(_ hash: (Int) -> UInt64) {
    if count * 2 >= buckets.count {
      buckets = ContiguousArray(repeating: -1, count: max(16, buckets.count * 4))
      for position in 0..<count { insert(position, hash(position)) }
    }
    insert(count, hash(count))
    count += 1
  }

  private mutating func insert(_ position: Int, _ hash: UInt64) {
    let mask = buckets.count - 1
    var bucket = Int(truncatingIfNeeded: hash) & mask
    while buckets[bucket] >= 0 { bucket = (bucket + 1) & mask }
    buckets[bucket] = Int32(truncatingIfNeeded: position)
  }
}

/// A dictionary that only grows, in the order of insertion.
struct HashTable<Key: TableKey, Value> {
  private(set) var keys: ContiguousArray<Key> = []
  private(set) var values: ContiguousArray<Value> = []
  private var index = HashIndex()

  @inline(__always)
  private func position(of key: Key) -> Int? {
    index.first(key.tableHash) { keys[$0] == key }
  }

  subscript(key: Key) -> Value? {
    guard let position = position(of: key) else { return nil }
    return values[position]
  }

  /// Enters a value unless the key has one; returns the value that the key had.
  mutating func insert(_ value: Value, for key: Key) -> Value? {
    if let position = position(of: key) { return values[position] }
    keys.append(key)
    values.append(value)
    index.append { [keys] in keys[$0].tableHash }
    return nil
  }

  /// Enters a value, or replaces the one that the key has.
  mutating func set(_ value: Value, for key: Key) {
    guard let position = position(of: key) else {
      _ = insert(value, for: key)
      return
    }
    values[position] = value
  }
}

extension HashTable: Sendable where Key: Sendable, Value: Sendable {}
