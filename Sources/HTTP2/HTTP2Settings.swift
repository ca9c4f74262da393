/// The limits that a session announces and keeps.
public struct HTTP2Settings: Sendable, Hashable {
  /// The most streams that the peer may have open. Each may hold ``streamWindowBytes`` here.
  public var concurrentStreamsMax: UInt32 = 256
  /// The bytes that the peer may send on one stream before they are read: 1 MiB fills a path of
  /// 10 Gbit/s and 0.8 ms, and the default of 64 KiB only one of 0.5 Gbit/s.
  public var streamWindowBytes: Int32 = 1 << 20
  /// The bytes that the peer may send on the connection before they are read.
  public var connectionWindowBytes: Int32 = 16 << 20
  /// The largest header list that is kept, counted as RFC 9113 §10.5.1 counts: name, value and 32.
  public var headerListBytesMax: UInt32 = 16 << 10
  /// The largest frame that the peer may send; 64 KiB saves callbacks for large messages.
  public var frameBytesMax: UInt32 = 64 << 10

  /// The unsent bytes of all bodies together above which ``OutboundBody/isOverAccount`` says so.
  public var unsentBytesMax = Int.max

  /// Creates the default limits.
  public init() {}
}
