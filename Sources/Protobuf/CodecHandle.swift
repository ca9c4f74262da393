internal import CProtobufC

/// A message as C structs in an arena that this value owns. Generated code lifts it into Swift
/// values before the value ends its life.
@safe public struct UnpackedMessage: ~Copyable {
  private let arena: Arena
  /// The struct, of the layout that was asked for.
  public let message: UnsafeMutableRawPointer

  /// Checks and unpacks `bytes`, which are not used afterwards.
  ///
  /// - Throws: `ProtobufError` for what is malformed, nested too deeply or too big; see
  ///   `DecodingLimits`. Strings in fields that the C struct keeps as bytes are not checked here but
  ///   by `WireText.string(_:)` when they are lifted.
  public init(
    _ bytes: RawSpan, as layout: MessageLayout, limits: DecodingLimits = .standard
  ) throws(ProtobufError) {
    self = unsafe try bytes.withUnsafeBytes { bytes throws(ProtobufError) -> UnpackedMessage in
      unsafe try UnpackedMessage(reading: bytes, as: layout, limits: limits)
    }
  }

  private init(
    reading bytes: UnsafeRawBufferPointer, as layout: MessageLayout, limits: DecodingLimits
  ) throws(ProtobufError) {
    let scan = unsafe try WireScanner.scan(bytes, as: layout, limits: limits)
    let bytesMax = limits.memoryBytesMax + 2 * bytes.count + 65_536
    let arena = Arena(expectedBytes: scan.memoryBytes, bytesMax: bytesMax)
    let unpacked: UnsafeMutablePointer<ProtobufCMessage>?
    if scan.needsStripping {
      let stripped = unsafe try WireStripper.strip(bytes, as: layout)
      unsafe unpacked = unsafe stripped.withUnsafeBytes { bytes in
        unsafe Self.unpack(bytes, as: layout, in: arena)
      }
    } else {
      unsafe unpacked = unsafe Self.unpack(bytes, as: layout, in: arena)
    }
    guard let unpacked = unsafe unpacked else {
      throw ProtobufError(
        reason: arena.isExhausted
          ? "too many elements: decoded it would take more than \(bytesMax) bytes"
          : "malformed \(layout.name)")
    }
    self.arena = arena
    unsafe message = UnsafeMutableRawPointer(unpacked)
  }

  private static func unpack(
    _ bytes: UnsafeRawBufferPointer, as layout: MessageLayout, in arena: borrowing Arena
  ) -> UnsafeMutablePointer<ProtobufCMessage>? {
    unsafe arena.withAllocator { allocator in
      unsafe protobuf_c_message_unpack(
        layout.descriptor, allocator, bytes.count,
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
  }
}

/// Turns C structs into bytes.
public enum MessagePacker {
  /// Appends the encoding of `message` to `buffer`: fields in order of their numbers, without those
  /// that have their default value.
  public static func pack(_ message: UnsafeRawPointer, into buffer: inout [UInt8]) {
    let message = unsafe message.assumingMemoryBound(to: ProtobufCMessage.self)
    let size = unsafe protobuf_c_message_get_packed_size(message)
    guard size > 0 else { return }
    buffer.append(addingCapacity: size) { span in
      unsafe span.withUnsafeMutableBufferPointer { target, count in
        unsafe count = protobuf_c_message_pack(message, target.baseAddress)
      }
    }
  }
}
