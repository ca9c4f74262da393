internal import CProtobufC

/// Checks the bytes of a message before protobuf-c sees them.
///
/// protobuf-c 1.4 recurses without limit, takes 120 bytes for an empty submessage of two, reads
/// strings to the first NUL, and does not check UTF-8. So the scan refuses what is nested too deeply
/// or would take too much memory, malformed lengths and numbers, and bad strings. What a decoder must
/// skip but protobuf-c refuses (unknown groups, known fields of another wire type) is noted in
/// `needsStripping`.
@safe struct WireScanner {
  /// Bytes that the unpacked structs will take.
  private(set) var memoryBytes = 0
  /// Whether the message holds fields that protobuf-c would refuse.
  private(set) var needsStripping = false

  private var unknownFields = 0
  /// Unknown fields that protobuf-c is left to skip. Many of them, two bytes each, would take 20
  /// times their bytes.
  private static let unknownFieldsKept = 8

  private let limits: DecodingLimits
  private let memoryBytesMax: Int
  /// The types from the outermost message to the one being read: `limits.levelsMax` entries.
  private let ancestors: UnsafeMutablePointer<UnsafePointer<ProtobufCMessageDescriptor>>

  /// Scans `bytes`; returns the memory that unpacking needs and whether to strip first.
  static func scan(
    _ bytes: UnsafeRawBufferPointer, as layout: MessageLayout, limits: DecodingLimits
  ) throws(ProtobufError) -> (memoryBytes: Int, needsStripping: Bool) {
    let result = unsafe withUnsafeTemporaryAllocation(
      of: UnsafePointer<ProtobufCMessageDescriptor>.self, capacity: max(limits.levelsMax, 1)
    ) { ancestors -> Result<(Int, Bool), ProtobufError> in
      guard let base = ancestors.baseAddress else { return .success((0, false)) }
      var scanner = unsafe WireScanner(
        limits: limits, memoryBytesMax: limits.memoryBytesMax + 2 * bytes.count, ancestors: base)
      do throws(ProtobufError) {
        unsafe try scanner.message(bytes, descriptor: layout.descriptor, level: 0)
        return .success((scanner.memoryBytes, scanner.needsStripping))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(
    limits: DecodingLimits, memoryBytesMax: Int,
    ancestors: UnsafeMutablePointer<UnsafePointer<ProtobufCMessageDescriptor>>
  ) {
    self.limits = limits
    self.memoryBytesMax = memoryBytesMax
    unsafe self.ancestors = unsafe ancestors
  }

  private mutating func message(
    _ bytes: UnsafeRawBufferPointer,
    descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    level: Int
  ) throws(ProtobufError) {
    unsafe try checkLevel(level, of: descriptor)
    unsafe ancestors[level] = unsafe descriptor
    try account(unsafe descriptor.pointee.sizeof_message)
    var reader = unsafe WireReader(bytes)
    while !reader.isAtEnd {
      let start = reader.offset
      let tag = try reader.tag()
      guard let field = unsafe descriptor.field(number: tag.number) else {
        try skipUnknown(tag, in: &reader, level: level)
        continue
      }
      guard let reading = unsafe field.reading(of: tag.type) else {
        needsStripping = true
        try skipUnknown(tag, in: &reader, level: level)
        continue
      }
      do throws(ProtobufError) {
        unsafe try value(of: field, reading: reading, in: &reader, level: level)
      } catch {
        throw unsafe error.inside(field.step(in: bytes, before: start))
      }
    }
  }

  private mutating func value(
    of field: UnsafePointer<ProtobufCFieldDescriptor>, reading: FieldReading,
    in reader: inout WireReader, level: Int
  ) throws(ProtobufError) {
    if unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED, reading != .packed {
      try account(unsafe field.elementBytes)
    }
    switch reading {
    case .varint: _ = try reader.varint()
    case .fixed64: try reader.skip(8)
    case .fixed32: try reader.skip(4)
    case .bytes: try account(reader.lengthPrefixed().count)
    case .string:
      let range = try reader.lengthPrefixed()
      try account(range.count + 1)
      unsafe try WireText.check(reader.slice(range))
    case .packed:
      let range = try reader.lengthPrefixed()
      unsafe try packed(reader.slice(range), of: field)
    case .message:
      let range = try reader.lengthPrefixed()
      guard let descriptor = unsafe field.messageDescriptor else { return }
      unsafe try message(reader.slice(range), descriptor: descriptor, level: level + 1)
    }
  }

  private mutating func packed(
    _ bytes: UnsafeRawBufferPointer, of field: UnsafePointer<ProtobufCFieldDescriptor>
  ) throws(ProtobufError) {
    let elementBytes = unsafe field.elementBytes
    let width = unsafe field.fixedWidth
    if width > 0 {
      guard bytes.count % width == 0 else {
        throw ProtobufError(reason: "\(bytes.count) bytes are no whole number of elements")
      }
      try account(bytes.count / width * elementBytes)
      return
    }
    var reader = unsafe WireReader(bytes)
    var count = 0
    while !reader.isAtEnd {
      _ = try reader.varint()
      count += 1
    }
    try account(count * elementBytes)
  }

  private mutating func skipUnknown(
    _ tag: (number: UInt32, type: WireType), in reader: inout WireReader, level: Int
  ) throws(ProtobufError) {
    unknownFields += 1
    if tag.type == .startGroup || unknownFields > Self.unknownFieldsKept { needsStripping = true }
    let start = reader.offset
    try reader.skipValue(
      number: tag.number, type: tag.type, levels: limits.levelsMax - level - 1)
    // protobuf-c keeps a copy and a struct of 24 bytes for each; the slow path drops them.
    if !needsStripping { try account(reader.offset - start + 24) }
  }

  private func checkLevel(
    _ level: Int, of descriptor: UnsafePointer<ProtobufCMessageDescriptor>
  ) throws(ProtobufError) {
    guard level < limits.levelsMax else {
      throw ProtobufError(reason: "more than \(limits.levelsMax) levels of messages")
    }
    guard level >= limits.sameTypeLevelsMax else { return }
    var same = 1
    for index in 0..<level where unsafe ancestors[index] == descriptor { same += 1 }
    guard same <= limits.sameTypeLevelsMax else {
      let name = unsafe String(cString: descriptor.pointee.short_name)
      throw ProtobufError(reason: "more than \(limits.sameTypeLevelsMax) levels of \(name)")
    }
  }

  private mutating func account(_ count: Int) throws(ProtobufError) {
    memoryBytes += (count + 15) & ~15
    guard memoryBytes <= memoryBytesMax else {
      throw ProtobufError(
        reason: "too many elements: decoded it would take more than \(memoryBytesMax) bytes")
    }
  }
}

/// How the bytes of a field are to be read.
enum FieldReading {
  case varint, fixed64, fixed32, bytes, string, packed, message
}
