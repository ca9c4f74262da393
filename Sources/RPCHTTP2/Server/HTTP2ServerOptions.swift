public import HTTP2
internal import RPCCore
public import TLS

/// The limits of a server, each with its default.
public struct HTTP2ServerOptions: Sendable {
  /// What the connections of the server are secured with; `nil` serves plaintext. Certificates can
  /// be replaced while the server runs: see `TLSContext`.
  public var tls: TLSContext?
  /// The largest request message, in bytes.
  public var messageBytesMax = CallLimits.messageBytesMax
  /// The largest metadata of a request, in bytes.
  public var metadataBytesMax = CallLimits.metadataBytesMax
  /// The most calls that one connection may have open.
  public var concurrentStreamsMax = 256
  /// The bytes that one call may send before its handler reads them, at first.
  public var streamWindowBytes = 1 << 20
  /// The bytes that one connection may send before its handlers read them, at first.
  public var connectionWindowBytes = 16 << 20
  /// The bytes up to which the window of a call grows when the path to the client has room for more
  /// than it; not above ``streamWindowBytes`` turns the measuring off.
  public var streamWindowBytesMax = 8 << 20
  /// The largest DATA frame that a client may send once it sends full ones; 16 KiB to 16 MiB.
  public var frameBytesMax = 64 << 10
  /// The bytes of large messages that one connection may have unread or incomplete here: sixteen
  /// messages of the default limit. The call that passes it ends with `.resourceExhausted`.
  public var connectionMessageBytesMax = 64 << 20
  /// The bytes of answers that one connection may hold unsent. Above it a call writes its next
  /// message only once everything before it has gone out.
  public var connectionUnsentBytesMax = 2 << 20
  /// The most connections; one more is closed as it comes.
  public var connectionsMax = 10_000
  /// When connections are pinged, drained and ended.
  public var connection = ConnectionRules()
  /// The time in which a client that has an answer waiting must read some of it, and in which one
  /// that has begun its only request must send more of it.
  public var stallTimeout = Duration.seconds(300)
  /// What one connection may send of frames that cost it little.
  public var frames = FrameLimits()
  /// The threads that serve connections; each connection stays on one.
  public var loops = 1
  /// The time that a loop polls before it sleeps: less latency for more CPU. Zero sleeps at once.
  public var spin = Duration.zero
  /// The time that calls have to end when `run()` is cancelled.
  public var shutdownGrace = Duration.seconds(10)

  /// Creates the default limits.
  public init() {}

  var settings: HTTP2Settings {
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = UInt32(concurrentStreamsMax)
    settings.streamWindowBytes = Int32(streamWindowBytes)
    settings.connectionWindowBytes = Int32(connectionWindowBytes)
    settings.headerListBytesMax = UInt32(metadataBytesMax)
    settings.frameBytesMax = UInt32(frameBytesMax)
    settings.unsentBytesMax = connectionUnsentBytesMax
    return settings
  }
}
