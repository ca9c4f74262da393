internal import HTTP2
public import RPCCore
public import TLS

/// The limits of a channel, each with its default.
public struct HTTP2ChannelOptions: Sendable {
  /// What the connections of the channel are secured with; `nil` dials plaintext.
  public var tls: TLSContext?
  /// The name or address that the certificate of the server must have; the host that is dialled
  /// unless set, `localhost` for a unix socket.
  public var tlsServerName: String?
  /// How calls are spread over the addresses of the target.
  public var balancing = ChannelBalancing.pickFirst
  /// The largest response message, in bytes, unless a call says otherwise.
  public var messageBytesMax = CallLimits.messageBytesMax
  /// The largest metadata of a response, in bytes.
  public var metadataBytesMax = CallLimits.metadataBytesMax
  /// The bytes that the server may send on one call before they are read, at first.
  public var streamWindowBytes = 1 << 20
  /// The bytes that the server may send on the connection before they are read, at first.
  public var connectionWindowBytes = 16 << 20
  /// The bytes up to which the window of a call grows when the path to the server has room for more
  /// than it; not above ``streamWindowBytes`` turns the measuring off.
  public var streamWindowBytesMax = 8 << 20
  /// The bytes of requests that one connection may hold unsent. Above it a call writes its next
  /// message only once everything before it has gone out.
  public var connectionUnsentBytesMax = 16 << 20
  /// The bytes of large responses that one connection may have unread or incomplete here. The call
  /// that passes it ends with `.resourceExhausted`.
  public var connectionMessageBytesMax = 64 << 20
  /// The waits between attempts to connect.
  public var backoff = ConnectionBackoff()
  /// The least time that one attempt to connect gets, up to the first SETTINGS of the server.
  public var connectTimeout = Duration.seconds(20)
  /// The time without a call after which connections are closed; the next call makes new ones. It
  /// may take up to twice as long. `nil` is never.
  public var idleTimeout: Duration? = .seconds(1800)
  /// The silence of a server with calls after which it is asked for a sign of life; `nil` is never.
  /// Many servers end connections that ask more often than every five minutes.
  public var keepaliveInterval: Duration?
  /// The time that the server has to answer that.
  public var keepaliveTimeout = Duration.seconds(20)
  /// Whether a connection without calls is kept alive too; servers must allow that.
  public var keepaliveWithoutCalls = false
  /// Which failed calls are tried again, unless a call says otherwise; `nil` is none.
  public var retry: RetryPolicy?
  /// What keeps retries from making an overload worse.
  public var retryThrottle = RetryThrottle()
  /// The bytes of requests that a call keeps until the server has begun to answer, so that the call
  /// can be tried again; a call with more of them is not.
  public var retryBufferBytesMax = 256 << 10

  /// The time that the loop of the channel polls before it sleeps; zero sleeps at once. It saves the
  /// tens of microseconds in which a sleeping thread wakes up, and costs a core while it lasts.
  public var spin = Duration.zero

  /// Creates the default limits.
  public init() {}

  /// Limits for services that start on one machine or next to each other: they are dialled again
  /// sooner than servers far away.
  public static var nearby: HTTP2ChannelOptions {
    var options = HTTP2ChannelOptions()
    options.backoff.initial = .milliseconds(200)
    options.backoff.max = .seconds(20)
    return options
  }

  var settings: HTTP2Settings {
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = 0
    settings.streamWindowBytes = Int32(streamWindowBytes)
    settings.connectionWindowBytes = Int32(connectionWindowBytes)
    settings.headerListBytesMax = UInt32(metadataBytesMax)
    settings.unsentBytesMax = connectionUnsentBytesMax
    return settings
  }
}

/// How a channel spreads its calls over the addresses of its target.
public enum ChannelBalancing: Sendable, Hashable {
  /// All calls go to the first address that answers; the others are tried when it is lost.
  case pickFirst
  /// Every address is connected, and calls go to one after the other.
  case roundRobin
}

/// The waits between attempts to connect: they grow exponentially, with jitter, up to a limit.
///
/// gRPC: doc/connection-backoff.md. A wait runs from the start of the attempt that failed.
public struct ConnectionBackoff: Sendable, Hashable {
  /// The wait after the first failure.
  public var initial = Duration.seconds(1)
  /// The longest wait, before jitter.
  public var max = Duration.seconds(120)
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
