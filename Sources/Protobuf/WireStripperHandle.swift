internal import CProtobufC

/// Removes what protobuf-c refuses but a decoder must skip: unknown fields, and known ones that come
/// with another wire type. The slow path, for messages that a scan found well formed.
enum WireStripper {
  static func strip(
    _ bytes: UnsafeRawBufferPointer, as layout: MessageLayout
  ) throws(ProtobufError) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    unsafe try strip(bytes, descriptor: layout.descriptor, into: &output)
    return output
  }

  private static func strip(
    _ bytes: UnsafeRawBufferPointer, descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    into output: inout [UInt8]
  ) throws(ProtobufError) {
    var reader = unsafe WireReader(bytes)
    while !reader.isAtEnd {
      let start = reader.offset
      let tag = try reader.tag()
      let valueStart = reader.offset
      try reader.skipValue(number: tag.number, type: tag.type, levels: .max)
      guard
        let field = unsafe descriptor.field(number: tag.number),
        let reading = unsafe field.reading(of: tag.type)
      else { continue }
      guard reading == .message, let inner = unsafe field.messageDescriptor else {
        unsafe output.append(contentsOf: reader.slice(start..<reader.offset))
        continue
      }
      var value = unsafe WireReader(reader.slice(valueStart..<reader.offset))
      let range = try value.lengthPrefixed()
      var stripped: [UInt8] = []
      unsafe try strip(value.slice(range), descriptor: inner, into: &stripped)
      unsafe output.append(contentsOf: reader.slice(start..<valueStart))
      appendVarint(UInt64(stripped.count), to: &output)
      output.append(contentsOf: stripped)
    }
  }

  private static func appendVarint(_ value: UInt64, to output: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }
}
