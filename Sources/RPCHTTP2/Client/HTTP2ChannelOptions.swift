internal import HTTP2
internal import RPCCore

/// The limits of a channel, each with its default.
public struct HTTP2ChannelOptions: Sendable {
  /// The largest response message, in bytes, unless a call says otherwise.
  public var messageBytesMax = CallLimits.messageBytesMax
  /// The largest metadata of a response, in bytes.
  public var metadataBytesMax = CallLimits.metadataBytesMax
  /// The bytes that the server may send on one call before they are read.
  public var streamWindowBytes = 1 << 20
  /// The bytes that the server may send on the connection before they are read.
  public var connectionWindowBytes = 16 << 20
  /// The waits between attempts to connect.
  public var backoff = ConnectionBackoff()
  /// The time that one attempt to connect may take.
  public var connectTimeout = Duration.seconds(20)

  /// Creates the default limits.
  public init() {}

  var settings: HTTP2Settings {
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = 0
    settings.streamWindowBytes = Int32(streamWindowBytes)
    settings.connectionWindowBytes = Int32(connectionWindowBytes)
    settings.headerListBytesMax = UInt32(metadataBytesMax)
    return settings
  }
}

/// The waits between attempts to connect: they grow exponentially, with jitter, up to a limit.
///
/// gRPC: doc/connection-backoff.md; the first wait is shorter than its 1 s because our services
/// start on one machine, and the longest is shorter than its 120 s for the same reason.
public struct ConnectionBackoff: Sendable, Hashable {
  /// The wait after the first failure.
  public var initial = Duration.milliseconds(200)
  /// The longest wait, before jitter.
  public var max = Duration.seconds(20)
  /// The factor from one wait to the next.
  public var multiplier = 1.6
  /// The share of a wait by which it varies up or down.
  public var jitter = 0.2

  /// Creates the default waits.
  public init() {}

  /// Returns the wait after a number of failures in a row.
  ///
  /// - Parameters:
  ///   - failures: The failures so far, at least one.
  ///   - generator: The source of the jitter.
  /// - Returns: The wait.
  func wait(afterFailures failures: Int, using generator: inout some RandomNumberGenerator)
    -> Duration
  {
    var wait = initial
    for _ in 1..<Swift.max(failures, 1) where wait < max { wait = wait * multiplier }
    let factor = Double.random(in: (1 - jitter)...(1 + jitter), using: &generator)
    return Swift.min(wait, max) * factor
  }
}
