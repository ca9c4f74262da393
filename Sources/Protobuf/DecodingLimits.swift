/// Bounds of what one message may ask of the decoder. They are checked on the bytes, before
/// protobuf-c allocates or recurses.
public struct DecodingLimits: Sendable, Hashable {
  /// Levels of messages in messages, groups included. Default 100, as in stock decoders.
  public var levelsMax: Int
  /// Levels of one message type inside itself. Default 31: a value inside 30 lists or maps.
  public var sameTypeLevelsMax: Int
  /// Bytes of memory that the decoded C structs may take, on top of twice the size of the message.
  /// Default 64 MiB: a message of 4 MiB may grow 16 times, where protobuf-c alone allows 85 times.
  public var memoryBytesMax: Int

  /// Creates limits.
  public init(
    levelsMax: Int = 100, sameTypeLevelsMax: Int = 31, memoryBytesMax: Int = 64 << 20
  ) {
    self.levelsMax = levelsMax
    self.sameTypeLevelsMax = sameTypeLevelsMax
    self.memoryBytesMax = memoryBytesMax
  }

  /// The limits that everything uses unless it says otherwise.
  public static let standard = DecodingLimits()
}
