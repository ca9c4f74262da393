internal import HTTP2
internal import RPCCore

/// The limits of a server, each with its default.
public struct HTTP2ServerOptions: Sendable {
  /// The largest request message, in bytes.
  public var messageBytesMax = CallLimits.messageBytesMax
  /// The largest metadata of a request, in bytes.
  public var metadataBytesMax = CallLimits.metadataBytesMax
  /// The most calls that one connection may have open.
  public var concurrentStreamsMax = 256
  /// The bytes that one call may send before its handler reads them.
  public var streamWindowBytes = 1 << 20
  /// The bytes that one connection may send before its handlers read them.
  public var connectionWindowBytes = 16 << 20
  /// The bytes of large messages that one connection may have unread or incomplete here: sixteen
  /// messages of the default limit. The call that passes it ends with `.resourceExhausted`.
  public var connectionMessageBytesMax = 64 << 20
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
    return settings
  }
}
