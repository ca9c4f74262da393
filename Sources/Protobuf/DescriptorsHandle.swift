internal import CProtobufC

extension UnsafePointer<ProtobufCMessageDescriptor> {
  /// Returns the field with this number. Fields are sorted by number.
  func field(number: UInt32) -> UnsafePointer<ProtobufCFieldDescriptor>? {
    let count = Int(unsafe pointee.n_fields)
    guard count > 0, let fields = unsafe pointee.fields else { return nil }
    // Most messages number their fields 1, 2, 3…
    let guess = Int(number) - 1
    if guess < count, unsafe fields[guess].id == number { return unsafe fields + guess }
    var low = 0
    var high = min(count, Int(number))
    while low < high {
      let middle = (low + high) / 2
      let id = unsafe fields[middle].id
      if id == number { return unsafe fields + middle }
      if id < number { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

extension UnsafePointer<ProtobufCFieldDescriptor> {
  var messageDescriptor: UnsafePointer<ProtobufCMessageDescriptor>? {
    unsafe pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
  }

  /// How to read a value of this field that comes with the wire type; nil if it cannot have it.
  func reading(of type: WireType) -> FieldReading? {
    let scalar: FieldReading =
      switch unsafe pointee.type {
      case PROTOBUF_C_TYPE_STRING: .string
      case PROTOBUF_C_TYPE_BYTES: .bytes
      case PROTOBUF_C_TYPE_MESSAGE: .message
      case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: .fixed32
      case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: .fixed64
      default: .varint
      }
    switch (scalar, type) {
    case (.string, .lengthPrefixed), (.bytes, .lengthPrefixed), (.message, .lengthPrefixed),
      (.fixed32, .fixed32), (.fixed64, .fixed64), (.varint, .varint):
      return scalar
    case (.fixed32, .lengthPrefixed), (.fixed64, .lengthPrefixed), (.varint, .lengthPrefixed):
      return unsafe pointee.label == PROTOBUF_C_LABEL_REPEATED ? .packed : nil
    default: return nil
    }
  }

  /// Bytes of one packed element on the wire; 0 if it varies.
  var fixedWidth: Int {
    switch unsafe pointee.type {
    case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: 4
    case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 8
    default: 0
    }
  }

  /// Bytes that one element takes in the C array of a repeated field.
  var elementBytes: Int {
    switch unsafe pointee.type {
    case PROTOBUF_C_TYPE_BYTES: unsafe MemoryLayout<ProtobufCBinaryData>.size
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_INT64,
      PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_FIXED64,
      PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE:
      8
    default: 4
    }
  }

  /// The step of an error path for a value that starts at `end` in the message `bytes`: the name,
  /// and for repeated fields the index. The bytes before `end` are well formed.
  func step(in bytes: UnsafeRawBufferPointer, before end: Int) -> String {
    let name = unsafe String(cString: pointee.name)
    guard unsafe pointee.label == PROTOBUF_C_LABEL_REPEATED else { return name }
    var reader = unsafe WireReader(bytes)
    var index = 0
    while reader.offset < end {
      guard
        let tag = try? reader.tag(),
        (try? reader.skipValue(number: tag.number, type: tag.type, levels: 100)) != nil
      else { break }
      if unsafe tag.number == pointee.id { index += 1 }
    }
    return "\(name)[\(index)]"
  }
}
