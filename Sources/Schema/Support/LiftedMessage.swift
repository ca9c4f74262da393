internal import CSchema
internal import Protobuf
internal import RPCCore

/// A message that is encoded and decoded by way of a C struct of protoc-gen-c. Generated code conforms
/// to it.
protocol LiftedMessage: RPCMessage {
  /// The C struct.
  associatedtype CMessage
  /// Its layout.
  static var layout: MessageLayout { get }

  /// Copies a struct that was unpacked.
  init(lifting c: UnsafePointer<CMessage>) throws(ProtobufError)

  /// Fills a struct that is all zero.
  func lower(to c: UnsafeMutablePointer<CMessage>, in arena: borrowing Arena)
}

extension LiftedMessage {
  static func decoded(_ bytes: RawSpan) throws(RPCError) -> Self {
    do throws(ProtobufError) {
      let unpacked = try UnpackedMessage(bytes, as: layout)
      return try Self(lifting: unpacked.message.assumingMemoryBound(to: CMessage.self))
    } catch {
      throw RPCError(.invalidArgument, "malformed \(layout.name): \(error)")
    }
  }

  func encode(into buffer: inout [UInt8]) {
    let arena = Arena(expectedBytes: 1024)
    MessagePacker.pack(lowered(in: arena), into: &buffer)
  }

  func lowered(in arena: borrowing Arena) -> UnsafeMutablePointer<CMessage> {
    let c = Self.layout.make(in: arena).assumingMemoryBound(to: CMessage.self)
    lower(to: c, in: arena)
    return c
  }
}
