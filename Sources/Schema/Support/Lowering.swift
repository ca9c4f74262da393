internal import CSchema
internal import Protobuf

// From Swift values to C structs. All memory is the arena's.

extension Arena {
  /// Decoders refuse text with a NUL, so none is sent: one log line must not make a peer refuse the
  /// report that holds it for ever. Each NUL becomes U+FFFD. Where that would be wrong, the
  /// `checkForWire()` of SchemaMapping refuses the value first.
  borrowing func lower(_ text: String) -> ProtobufCBinaryData {
    var text = text
    return text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      guard WireText.holdsNUL(bytes) else {
        return ProtobufCBinaryData(
          len: bytes.count, data: copy(bytes)?.assumingMemoryBound(to: UInt8.self))
      }
      return lower(bytes.flatMap { $0 == 0 ? Array("\u{FFFD}".utf8) : [$0] })
    }
  }

  borrowing func lower(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    bytes.withUnsafeBytes { raw in
      ProtobufCBinaryData(
        len: raw.count, data: copy(raw)?.assumingMemoryBound(to: UInt8.self))
    }
  }

  borrowing func lower(_ texts: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    let memory = array(of: ProtobufCBinaryData.self, texts.count)
    for (index, text) in texts.enumerated() { memory?[index] = lower(text) }
    return memory
  }

  borrowing func lower(_ items: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    let memory = array(of: ProtobufCBinaryData.self, items.count)
    for (index, item) in items.enumerated() { memory?[index] = lower(item) }
    return memory
  }

  borrowing func lower(_ flags: [Bool]) -> UnsafeMutablePointer<protobuf_c_boolean>? {
    let memory = array(of: protobuf_c_boolean.self, flags.count)
    for (index, flag) in flags.enumerated() { memory?[index] = flag ? 1 : 0 }
    return memory
  }

  borrowing func lower<Scalar: BitwiseCopyable>(
    _ scalars: [Scalar]
  ) -> UnsafeMutablePointer<Scalar>? {
    scalars.withUnsafeBytes { copy($0) }?.assumingMemoryBound(to: Scalar.self)
  }

  borrowing func lower<C: RawRepresentable, Value: RawRepresentable<Int32>>(
    _ values: [Value]
  ) -> UnsafeMutablePointer<C>? where C.RawValue == UInt32 {
    let memory = array(of: UInt32.self, values.count)
    for (index, value) in values.enumerated() {
      memory?[index] = UInt32(bitPattern: value.rawValue)
    }
    return UnsafeMutableRawPointer(memory)?.assumingMemoryBound(to: C.self)
  }

  borrowing func lower<Message: LiftedMessage>(
    _ messages: [Message]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message.CMessage>?>? {
    guard !messages.isEmpty else { return nil }
    let memory = pointers(to: Message.CMessage.self, messages.count)
    for (index, message) in messages.enumerated() { memory[index] = message.lowered(in: self) }
    return memory
  }

  borrowing func pointers<C>(
    to type: C.Type, _ count: Int
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<C>?> {
    zeroed(count * MemoryLayout<UnsafeRawPointer>.stride)
      .bindMemory(to: UnsafeMutablePointer<C>?.self, capacity: count)
  }

  private borrowing func array<C>(of type: C.Type, _ count: Int) -> UnsafeMutablePointer<C>? {
    guard count > 0 else { return nil }
    return zeroed(count * MemoryLayout<C>.stride).bindMemory(to: C.self, capacity: count)
  }
}

/// The entries of a map in canonical order.
func sortedByKey<Value>(_ map: [String: Value]) -> [(key: String, value: Value)] {
  map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
}

/// The entries of a map in canonical order.
func sortedByKey<Key: Comparable, Value>(_ map: [Key: Value]) -> [(key: Key, value: Value)] {
  map.sorted { $0.key < $1.key }
}
