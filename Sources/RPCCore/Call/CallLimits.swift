/// Limits that both transports share, each with its reason.
public enum CallLimits {
  /// The largest message, in bytes: 4 MiB, the default of every gRPC implementation.
  public static let messageBytesMax = 4 << 20
  /// A writer waits while more than this many bytes of its stream are unsent. Above it, memory
  /// grows with slow readers; below it, large messages wait for a turn of the loop each: with 64 KiB,
  /// a stream of messages of 64 KiB was a fifth slower.
  public static let unsentBytesMax = 256 << 10
  /// The largest metadata block, in bytes, counted as RFC 7541 §4.1 counts (name + value + 32 each).
  public static let metadataBytesMax = 16 << 10
}
