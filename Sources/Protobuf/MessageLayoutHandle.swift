internal import CProtobufC

/// The C struct of a message type, as protobuf-c describes it.
///
/// - Safety: `descriptor` points to a constant that protoc-c generated; it lives for ever and never
///   changes, so that any thread may read it.
@safe public struct MessageLayout: @unchecked Sendable {
  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// Creates the layout from the address of a `ProtobufCMessageDescriptor` constant.
  public init(descriptor: UnsafeRawPointer) {
    unsafe self.descriptor = descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    let magic = unsafe self.descriptor.pointee.magic
    precondition(
      magic == UInt32(PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC), "this is no message descriptor")
  }

  /// Size of the struct.
  public var bytes: Int { unsafe descriptor.pointee.sizeof_message }

  /// Full name of the message type, for example `southbound.value.v1.Value`.
  public var name: String { unsafe String(cString: descriptor.pointee.name) }

  /// Returns a new, empty struct in `arena`. In proto3, with strings as bytes, all defaults are
  /// zero.
  public func make(in arena: borrowing Arena) -> UnsafeMutableRawPointer {
    let message = unsafe arena.zeroed(bytes)
    unsafe message.assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor = descriptor
    return unsafe message
  }
}
