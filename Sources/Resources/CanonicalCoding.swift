/// Writes values in a form that is the same for equal values, on every machine.
///
/// A value is a tag byte and its contents; counts and lengths are LEB128, integers zigzag LEB128,
/// doubles their eight bytes from the least significant on with -0 written as 0, text is UTF-8 as
/// it stands, and maps are sorted by the UTF-8 bytes of their keys. Attribute hashes, rows of
/// stores and chunks of log entries are made of it; so the form of what exists never changes, new
/// kinds get new tags.
public struct CanonicalEncoder: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// Starts with nothing.
  public init() {}

  /// Appends a byte.
  public mutating func encode(byte: UInt8) { bytes.append(byte) }

  /// Appends a count or another number that is not negative.
  public mutating func encode(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends a number that may be negative.
  public mutating func encode(_ number: Int64) {
    encode(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
  }

  /// Appends text with its length.
  public mutating func encode(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      encode(UInt64(utf8.count))
      unsafe bytes.append(contentsOf: utf8)
    }
  }

  /// Appends bytes with their length.
  public mutating func encode(_ raw: [UInt8]) {
    encode(UInt64(raw.count))
    bytes.append(contentsOf: raw)
  }

  /// Appends a value.
  public mutating func encode(_ value: Value) {
    switch value {
    case .null: encode(byte: 0)
    case .bool(let flag): encode(byte: flag ? 2 : 1)
    case .int(let number):
      encode(byte: 3)
      encode(number)
    case .double(let number):
      encode(byte: 4)
      let bits = (number == 0 ? 0 : number).bitPattern
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    case .string(let text):
      encode(byte: 5)
      encode(text)
    case .bytes(let raw):
      encode(byte: 6)
      encode(raw)
    case .list(let values):
      encode(byte: 7)
      encode(UInt64(values.count))
      for value in values { encode(value) }
    case .map(let entries):
      encode(byte: 8)
      encode(entries)
    case .unknown(let source):
      encode(byte: 9)
      encode(source)
    case .secret(let value):
      encode(byte: 10)
      encode(value)
    case .reference(let type, let arguments):
      encode(byte: 11)
      encode(type)
      encode(arguments)
    }
  }

  /// Appends values by name, sorted.
  public mutating func encode(_ entries: [String: Value]) {
    encode(UInt64(entries.count))
    for entry in Value.inKeyOrder(entries) {
      encode(entry.key)
      encode(entry.value)
    }
  }

  /// Appends something that may be absent.
  ///
  /// - Parameters:
  ///   - part: The thing, or nil.
  ///   - write: Appends the thing.
  public mutating func encode<Part>(
    optional part: Part?, _ write: (inout CanonicalEncoder, Part) -> Void
  ) {
    encode(byte: part == nil ? 0 : 1)
    if let part { write(&self, part) }
  }

  /// Appends a list.
  ///
  /// - Parameters:
  ///   - parts: The elements.
  ///   - write: Appends one element.
  public mutating func encode<Part>(
    list parts: [Part], _ write: (inout CanonicalEncoder, Part) -> Void
  ) {
    encode(UInt64(parts.count))
    for part in parts { write(&self, part) }
  }
}

/// Reads what ``CanonicalEncoder`` wrote.
public struct CanonicalDecoder: Sendable {
  private let bytes: [UInt8]
  private var position: Int

  /// What is wrong with the bytes, and where.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was expected.
    public let expected: String
    /// Offset in bytes at which it was not found.
    public let offset: Int
    /// One sentence.
    public var description: String { "expected \(expected) at byte \(offset)" }
  }

  /// Starts at the first byte.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
  }

  /// Whether everything was read.
  public var isAtEnd: Bool { position == bytes.count }

  private func malformed(_ expected: String) -> Malformed {
    Malformed(expected: expected, offset: position)
  }

  /// Makes the error for something that was read but does not fit.
  ///
  /// - Parameter expected: What was expected.
  /// - Returns: The error, with the present offset.
  public func unexpected(_ expected: String) -> Malformed { malformed(expected) }

  /// Reads a byte.
  public mutating func decodeByte() throws(Malformed) -> UInt8 {
    guard position < bytes.count else { throw malformed("a byte") }
    defer { position += 1 }
    return bytes[position]
  }

  /// Reads a count or another number that is not negative.
  public mutating func decodeUInt64() throws(Malformed) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try decodeByte()
      guard shift < 63 || (shift == 63 && byte <= 1) else { throw malformed("a 64-bit number") }
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
  }

  /// Reads a number that may be negative.
  public mutating func decodeInt64() throws(Malformed) -> Int64 {
    let zigzag = try decodeUInt64()
    return Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
  }

  /// Reads a number of elements, each of which takes at least one byte.
  public mutating func decodeCount() throws(Malformed) -> Int {
    let count = try decodeUInt64()
    guard count <= UInt64(bytes.count - position) else { throw malformed("\(count) more elements") }
    return Int(count)
  }

  /// Reads bytes with their length.
  public mutating func decodeBytes() throws(Malformed) -> [UInt8] {
    let count = try decodeCount()
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// Reads text with its length.
  public mutating func decodeString() throws(Malformed) -> String {
    let count = try decodeCount()
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw malformed("UTF-8")
    }
    position += count
    return text
  }

  /// Reads a value; refuses more than ``Value/depthMax`` levels.
  public mutating func decodeValue() throws(Malformed) -> Value {
    try decodeValue(depth: 0)
  }

  /// Reads values by name.
  public mutating func decodeEntries() throws(Malformed) -> [String: Value] {
    try decodeEntries(depth: 0)
  }

  private mutating func decodeValue(depth: Int) throws(Malformed) -> Value {
    guard depth <= Value.depthMax else { throw malformed("at most \(Value.depthMax) levels") }
    switch try decodeByte() {
    case 0: return .null
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .int(try decodeInt64())
    case 4:
      var bits: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bits |= UInt64(try decodeByte()) << shift
      }
      return .double(Double(bitPattern: bits))
    case 5: return .string(try decodeString())
    case 6: return .bytes(try decodeBytes())
    case 7:
      var values: [Value] = []
      for _ in 0..<(try decodeCount()) { values.append(try decodeValue(depth: depth + 1)) }
      return .list(values)
    case 8: return .map(try decodeEntries(depth: depth + 1))
    case 9: return .unknown(source: try decodeString())
    case 10: return .secret(try decodeValue(depth: depth + 1))
    case 11:
      return .reference(type: try decodeString(), arguments: try decodeEntries(depth: depth + 1))
    default: throw malformed("the tag of a value")
    }
  }

  private mutating func decodeEntries(depth: Int) throws(Malformed) -> [String: Value] {
    var entries: [String: Value] = [:]
    for _ in 0..<(try decodeCount()) {
      let key = try decodeString()
      entries[key] = try decodeValue(depth: depth)
    }
    return entries
  }

  /// Reads something that may be absent.
  ///
  /// - Parameter read: Reads the thing.
  /// - Returns: The thing, or nil.
  /// - Throws: `Malformed` if the mark before it is neither 0 nor 1, or from `read`.
  public mutating func decodeOptional<Part>(
    _ read: (inout CanonicalDecoder) throws(Malformed) -> Part
  ) throws(Malformed) -> Part? {
    switch try decodeByte() {
    case 0: return nil
    case 1: return try read(&self)
    default: throw malformed("0 or 1")
    }
  }

  /// Reads a list.
  ///
  /// - Parameter read: Reads one element.
  /// - Returns: The elements.
  /// - Throws: `Malformed` if the count is not one, or from `read`.
  public mutating func decodeList<Part>(
    _ read: (inout CanonicalDecoder) throws(Malformed) -> Part
  ) throws(Malformed) -> [Part] {
    let count = try decodeCount()
    var parts: [Part] = []
    parts.reserveCapacity(count)
    for _ in 0..<count { parts.append(try read(&self)) }
    return parts
  }
}
