public import CProtobufC

// From Swift values to C structs, for generated code. All memory is the arena's.

extension Arena {
  /// Decoders refuse text with a NUL, so none is sent: one log line must not make a peer refuse the
  /// report that holds it for ever. Each NUL becomes U+FFFD. Where that would be wrong, the
  /// `checkForWire()` of SchemaMapping refuses the value first.
  public borrowing func lower(_ text: String) -> ProtobufCBinaryData {
    var text = text
    return text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      guard unsafe WireText.holdsNUL(bytes) else { return unsafe lower(copying: bytes) }
      return unsafe lower(bytes.flatMap { $0 == 0 ? Array("\u{FFFD}".utf8) : [$0] })
    }
  }

  /// Returns bytes as a field.
  public borrowing func lower(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    guard bytes.count > Self.copiedBytesMax else {
      return unsafe bytes.withUnsafeBytes { unsafe lower(copying: $0) }
    }
    return unsafe ProtobufCBinaryData(
      len: bytes.count, data: hold(bytes)?.assumingMemoryBound(to: UInt8.self))
  }

  /// From about this size on it is faster to hold an array than to copy it.
  private static var copiedBytesMax: Int { 512 }

  private borrowing func lower(copying bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
    unsafe ProtobufCBinaryData(
      len: bytes.count, data: copy(bytes)?.assumingMemoryBound(to: UInt8.self))
  }

  /// Returns texts as a repeated field; nil for none, as all of the following.
  public borrowing func lower(_ texts: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    let memory = unsafe array(of: ProtobufCBinaryData.self, texts.count)
    for (index, text) in texts.enumerated() { unsafe memory?[index] = lower(text) }
    return unsafe memory
  }

  /// Returns bytes as a repeated field.
  public borrowing func lower(_ items: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    let memory = unsafe array(of: ProtobufCBinaryData.self, items.count)
    for (index, item) in items.enumerated() { unsafe memory?[index] = lower(item) }
    return unsafe memory
  }

  /// Returns flags as a repeated field.
  public borrowing func lower(_ flags: [Bool]) -> UnsafeMutablePointer<protobuf_c_boolean>? {
    let memory = unsafe array(of: protobuf_c_boolean.self, flags.count)
    for (index, flag) in flags.enumerated() { unsafe memory?[index] = flag ? 1 : 0 }
    return unsafe memory
  }

  /// Returns numbers as a repeated field.
  @inlinable public borrowing func lower<Scalar: BitwiseCopyable>(
    _ scalars: [Scalar]
  ) -> UnsafeMutablePointer<Scalar>? {
    unsafe scalars.withUnsafeBytes { unsafe copy($0) }?.assumingMemoryBound(to: Scalar.self)
  }

  /// Returns values of an enum as a repeated field.
  @inlinable public borrowing func lower<C: RawRepresentable, Value: RawRepresentable<Int32>>(
    _ values: [Value]
  ) -> UnsafeMutablePointer<C>? where C.RawValue == UInt32 {
    let memory = unsafe array(of: UInt32.self, values.count)
    for (index, value) in values.enumerated() {
      unsafe memory?[index] = UInt32(bitPattern: value.rawValue)
    }
    return unsafe UnsafeMutableRawPointer(memory)?.assumingMemoryBound(to: C.self)
  }

  /// Returns messages as a repeated field.
  @inlinable public borrowing func lower<Message: LiftedMessage>(
    _ messages: [Message]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message.CMessage>?>? {
    guard !messages.isEmpty else { return nil }
    let memory = unsafe pointers(to: Message.CMessage.self, messages.count)
    for (index, message) in messages.enumerated() {
      unsafe memory[index] = message.lowered(in: self)
    }
    return unsafe memory
  }

  /// Returns `count` pointers that are nil.
  @inlinable public borrowing func pointers<C>(
    to type: C.Type, _ count: Int
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<C>?> {
    unsafe zeroed(count * MemoryLayout<UnsafeRawPointer>.stride)
      .bindMemory(to: UnsafeMutablePointer<C>?.self, capacity: count)
  }

  /// Returns `count` zeroed elements; nil for none.
  @inlinable public borrowing func array<C>(
    of type: C.Type, _ count: Int
  ) -> UnsafeMutablePointer<C>? {
    guard count > 0 else { return nil }
    return unsafe zeroed(count * MemoryLayout<C>.stride).bindMemory(to: C.self, capacity: count)
  }
}

/// The entries of a map in canonical order.
public func sortedByKey<Value>(_ map: [String: Value]) -> [(key: String, value: Value)] {
  map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
}

/// The entries of a map in canonical order.
public func sortedByKey<Key: Comparable, Value>(_ map: [Key: Value]) -> [(key: Key, value: Value)] {
  map.sorted { $0.key < $1.key }
}
