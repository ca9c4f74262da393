/// The wire types of the protobuf encoding.
enum WireType: UInt8 {
  case varint = 0
  case fixed64 = 1
  case lengthPrefixed = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}

/// Reads tags, numbers and lengths from a message, and refuses what runs over its end.
@safe struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private let count: Int
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = unsafe bytes
    count = bytes.count
  }

  var isAtEnd: Bool { offset == count }

  /// Returns the bytes of a range that was read before.
  func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  mutating func tag() throws(ProtobufError) -> (number: UInt32, type: WireType) {
    let value = try varint()
    let number = value >> 3
    guard value <= UInt64(UInt32.max), number > 0 else {
      throw ProtobufError(reason: "\(number) is no field number")
    }
    guard let type = WireType(rawValue: UInt8(value & 7)) else {
      throw ProtobufError(reason: "field \(number) has the unknown wire type \(value & 7)")
    }
    return (UInt32(number), type)
  }

  mutating func varint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < count else {
        throw ProtobufError(reason: "truncated inside a number")
      }
      let byte = unsafe bytes[offset]
      offset += 1
      // Ten bytes hold 64 bits; the tenth holds one of them.
      guard shift < 63 || byte <= 1 else {
        throw ProtobufError(reason: "a number has more than 64 bits")
      }
      value |= UInt64(byte & 0x7f) &<< shift
      guard byte & 0x80 != 0 else { return value }
      shift += 7
    }
  }

  mutating func skip(_ length: Int) throws(ProtobufError) {
    guard length <= count - offset else {
      throw ProtobufError(
        reason: "truncated: \(length) bytes announced, \(count - offset) there")
    }
    offset += length
  }

  /// Reads a length and passes over the bytes it announces; returns their range.
  mutating func lengthPrefixed() throws(ProtobufError) -> Range<Int> {
    let length = try varint()
    guard length <= UInt64(count - offset) else {
      throw ProtobufError(
        reason: "truncated: \(length) bytes announced, \(count - offset) there")
    }
    let start = offset
    offset += Int(length)
    return start..<offset
  }

  /// Passes over the value of a field that nobody knows. `levels` is how many groups may nest.
  mutating func skipValue(
    number: UInt32, type: WireType, levels: Int
  ) throws(ProtobufError) {
    switch type {
    case .varint: _ = try varint()
    case .fixed64: try skip(8)
    case .lengthPrefixed: _ = try lengthPrefixed()
    case .fixed32: try skip(4)
    case .startGroup: try skipGroup(number: number, levels: levels)
    case .endGroup:
      throw ProtobufError(reason: "group \(number) ends without a beginning")
    }
  }

  private mutating func skipGroup(number: UInt32, levels: Int) throws(ProtobufError) {
    guard levels > 0 else { throw ProtobufError(reason: "nested too deeply") }
    while !isAtEnd {
      let field = try tag()
      if field.type == .endGroup {
        guard field.number == number else {
          throw ProtobufError(reason: "group \(number) is ended as group \(field.number)")
        }
        return
      }
      try skipValue(number: field.number, type: field.type, levels: levels - 1)
    }
    throw ProtobufError(reason: "truncated inside group \(number)")
  }
}
