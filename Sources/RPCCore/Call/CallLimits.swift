/// Limits that both transports share, each with its reason.
public enum CallLimits {
  /// The largest message, in bytes: 4 MiB, the default of every gRPC implementation.
  public static let messageBytesMax = 4 << 20
  /// A writer waits while more than this many bytes of its stream are unsent. Above it, memory
  /// grows with slow readers; below it, small messages no longer fill a DATA frame.
  public static let unsentBytesMax = 64 << 10
  /// The largest metadata block, in bytes, counted as RFC 7541 §4.1 counts (name + value + 32 each).
  public static let metadataBytesMax = 16 << 10
}
