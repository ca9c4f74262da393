/// Every string of one compile, once: names, literals and computed text.
///
/// Strings are equal exactly when their ids are: comparison is by UTF-8 bytes, not by canonical
/// equivalence as in `String`. The bytes live in one array; a `String` is made only where a
/// function or an output needs one.
struct StringTable {
  private var bytes: ContiguousArray<UInt8> = []
  private var ends: ContiguousArray<Int> = [0]
  private var hashes: ContiguousArray<UInt32> = []
  private var buckets: ContiguousArray<Int32> = ContiguousArray(repeating: -1, count: 1024)
  private var converted: ContiguousArray<String?> = []

  /// The number of different strings.
  var count: Int { hashes.count }

  /// The number of bytes in all strings together.
  var byteCount: Int { bytes.count }

  mutating func intern(_ string: String) -> StringID {
    var copy = string
    let id = copy.withUTF8 { buffer in unsafe intern(bytes: buffer) }
    // What is a string already need not be made again for the output.
    if converted[id.index] == nil { converted[id.index] = copy }
    return id
  }

  mutating func intern(_ substring: Substring) -> StringID {
    var copy = substring
    return copy.withUTF8 { buffer in unsafe intern(bytes: buffer) }
  }

  mutating func intern(_ text: ArraySlice<UInt8>) -> StringID {
    unsafe text.withUnsafeBufferPointer { unsafe intern(bytes: $0) }
  }

  private mutating func intern(bytes text: UnsafeBufferPointer<UInt8>) -> StringID {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    unsafe text.forEach { byte in hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let short = UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    var position = Int(short) & (buckets.count - 1)
    while buckets[position] >= 0 {
      let candidate = Int(buckets[position])
      if hashes[candidate] == short, unsafe isSame(candidate, text) { return StringID(candidate) }
      position = (position + 1) & (buckets.count - 1)
    }
    let id = hashes.count
    unsafe bytes.append(contentsOf: text)
    ends.append(bytes.count)
    hashes.append(short)
    converted.append(nil)
    buckets[position] = Int32(id)
    if hashes.count * 2 > buckets.count { grow() }
    return StringID(id)
  }

  private func isSame(_ candidate: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = ends[candidate]
    guard ends[candidate + 1] - start == text.count else { return false }
    for offset in 0..<text.count where unsafe bytes[start + offset] != text[offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    let size = buckets.count * 4
    buckets = ContiguousArray(repeating: -1, count: size)
    for (index, hash) in hashes.enumerated() {
      var position = Int(hash) & (size - 1)
      while buckets[position] >= 0 { position = (position + 1) & (size - 1) }
      buckets[position] = Int32(index)
    }
  }

  /// The UTF-8 bytes of a string.
  func utf8(_ id: StringID) -> ArraySlice<UInt8> {
    ArraySlice(bytes[ends[id.index]..<ends[id.index + 1]])
  }

  func contains(_ byte: UInt8, in id: StringID) -> Bool {
    for index in ends[id.index]..<ends[id.index + 1] where bytes[index] == byte { return true }
    return false
  }

  func byteCount(_ id: StringID) -> Int { ends[id.index + 1] - ends[id.index] }

  /// Appends the bytes of a string to a buffer.
  func append(_ id: StringID, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: bytes[ends[id.index]..<ends[id.index + 1]])
  }

  func string(_ id: StringID) -> String {
    String(decoding: bytes[ends[id.index]..<ends[id.index + 1]], as: UTF8.self)
  }

  /// The string, converted once and then shared.
  mutating func sharedString(_ id: StringID) -> String {
    if let known = converted[id.index] { return known }
    let made = string(id)
    converted[id.index] = made
    return made
  }
}
