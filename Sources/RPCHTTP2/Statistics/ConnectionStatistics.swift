internal import HTTP2

/// What has happened on one connection, seen from this side, as channelz shows it.
public struct ConnectionStatistics: Sendable, Hashable {
  /// The address of the other side.
  public var peer = ""
  /// The time since the connection was made.
  public var age = Duration.zero
  /// The calls that were put on the connection.
  public var callsStarted = 0
  /// The calls that ended with OK.
  public var callsSucceeded = 0
  /// The calls that ended with another status or without one.
  public var callsFailed = 0
  /// The messages that were sent.
  public var messagesSent = 0
  /// The messages that were read.
  public var messagesReceived = 0
  /// The bytes that the socket took.
  public var bytesSent = 0
  /// The bytes that came from the socket.
  public var bytesReceived = 0
  /// The pings that this side has sent.
  public var pingsSent = 0
  /// The time from the last answered ping that measured the path to its answer.
  public var roundTrip: Duration?
  /// The bytes that the peer may send on one call before they are read.
  public var streamWindowBytes = 0
  /// The bytes that the peer may send on the connection before they are read.
  public var connectionWindowBytes = 0
  /// The calls under way, oldest first; at most ``callsMax``.
  public var calls: [CallStatistics] = []

  /// The most calls that are listed.
  public static let callsMax = 1024
}

/// One call under way.
public struct CallStatistics: Sendable, Hashable {
  /// The number of its HTTP/2 stream.
  public let streamID: Int
  /// The path of the method.
  public let method: String
  /// The time since its start.
  public let age: Duration
  /// The messages that were sent.
  public let messagesSent: Int
  /// The messages that were read.
  public let messagesReceived: Int
  /// The bytes that wait to go out.
  public let unsentBytes: Int
  /// The bytes that wait to be read.
  public let unreadBytes: Int
}

/// What a connection counts. Its streams count their messages here too, for some are read only when
/// the stream is gone. Loop only.
final class ConnectionCounters {
  var callsStarted = 0
  private var callsSucceeded = 0
  private var callsFailed = 0
  var messagesSent = 0
  var messagesReceived = 0
  var pingsSent = 0

  func callEnded(isOK: Bool) {
    if isOK { callsSucceeded += 1 } else { callsFailed += 1 }
  }

  /// Puts the counts together with the calls under way.
  func statistics(
    _ io: ConnectionIO,
    _ windows: WindowEstimator,
    createdAt: ContinuousClock.Instant,
    _ calls: [CallStatistics]
  ) -> ConnectionStatistics {
    var statistics = ConnectionStatistics()
    statistics.peer = io.peer
    statistics.age = createdAt.duration(to: .now)
    statistics.callsStarted = callsStarted
    statistics.callsSucceeded = callsSucceeded
    statistics.callsFailed = callsFailed
    statistics.messagesSent = messagesSent
    statistics.messagesReceived = messagesReceived
    statistics.bytesSent = io.writtenBytes
    statistics.bytesReceived = io.readBytes
    statistics.pingsSent = pingsSent
    statistics.roundTrip = windows.roundTrip
    statistics.streamWindowBytes = windows.streamBytes
    statistics.connectionWindowBytes = windows.connectionBytes
    let oldest = calls.sorted { $0.streamID < $1.streamID }
    statistics.calls = Array(oldest.prefix(ConnectionStatistics.callsMax))
    return statistics
  }
}

extension HTTP2MessageStream {
  func statistics(
    method: String,
    since start: ContinuousClock.Instant
  ) -> CallStatistics {
    CallStatistics(
      streamID: Int(id?.rawValue ?? 0), method: method, age: start.duration(to: .now),
      messagesSent: messagesSent, messagesReceived: messagesReceived,
      unsentBytes: body.unsentBytes, unreadBytes: inbound.unreadBytes)
  }
}
