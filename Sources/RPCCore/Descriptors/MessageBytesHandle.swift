extension RPCMessage {
  /// Decodes one message from an array.
  ///
  /// - Parameter bytes: The whole encoding.
  /// - Throws: `RPCError` with `.invalidArgument` for bytes that are not a message of this type.
  public init(_ bytes: [UInt8]) throws(RPCError) {
    // The span lives only as long as the call, and the array outlives it.
    try unsafe self.init(serializedBytes: bytes.span.bytes)
  }

  /// Returns the encoding of the message.
  public func serialized() -> [UInt8] {
    var bytes: [UInt8] = []
    serialize(into: &bytes)
    return bytes
  }
}
