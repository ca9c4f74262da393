/// A message that a call can carry: a value with one binary encoding.
public protocol RPCMessage: Sendable {
  /// Decodes one message.
  ///
  /// - Parameter bytes: The whole encoding, without the length prefix of the wire. Read only during
  ///   the call.
  /// - Throws: `RPCError` with `.invalidArgument`, saying where and why, for bytes that are not a
  ///   message of this type or pass a limit of the decoder.
  init(serializedBytes bytes: RawSpan) throws(RPCError)

  /// Appends the encoding of the message, and nothing else, to a buffer.
  ///
  /// - Parameter buffer: The buffer that grows. What it holds already stays as it is.
  func serialize(into buffer: inout [UInt8])
}
