/// A message that is encoded and decoded by way of a C struct of protoc-gen-c. Generated code conforms
/// to it.
///
/// - Safety: a struct that is lifted was unpacked along `layout` and outlives the call; one that is
///   lowered to lies in the arena, as everything that it points to.
public protocol LiftedMessage {
  /// The C struct.
  associatedtype CMessage
  /// Its layout.
  static var layout: MessageLayout { get }

  /// Copies a struct that was unpacked.
  ///
  /// - Throws: `ProtobufError`, with the path of the field, for text that is not UTF-8 or has a NUL.
  init(lifting c: UnsafePointer<CMessage>) throws(ProtobufError)

  /// Fills a struct that is all zero.
  func lower(to c: UnsafeMutablePointer<CMessage>, in arena: borrowing Arena)
}

extension LiftedMessage {
  /// Decodes a message.
  ///
  /// - Throws: `ProtobufError` for bytes that are malformed, nested too deeply or too big.
  @inlinable public init(decoding bytes: RawSpan) throws(ProtobufError) {
    let unpacked = try UnpackedMessage(bytes, as: Self.layout)
    try unsafe self.init(lifting: unpacked.message.assumingMemoryBound(to: CMessage.self))
  }

  /// Appends the canonical encoding to `buffer`.
  @inlinable public func encode(into buffer: inout [UInt8]) {
    let arena = Arena(expectedBytes: 1024)
    unsafe MessagePacker.pack(lowered(in: arena), into: &buffer)
  }

  /// Returns the message as a C struct that lives as long as `arena`.
  @inlinable public func lowered(in arena: borrowing Arena) -> UnsafeMutablePointer<CMessage> {
    let c = unsafe Self.layout.make(in: arena).assumingMemoryBound(to: CMessage.self)
    unsafe lower(to: c, in: arena)
    return unsafe c
  }
}
