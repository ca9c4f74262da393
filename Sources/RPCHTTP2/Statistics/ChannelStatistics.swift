/// What has happened on one channel, as channelz shows it.
public struct ChannelStatistics: Sendable, Hashable {
  /// How a channel stands to its servers; gRPC: doc/connectivity-semantics-and-api.md.
  public enum State: String, Sendable, Hashable {
    /// Not connected; the next call connects.
    case idle
    /// Connecting, or resolving a name.
    case connecting
    /// Connected to at least one server.
    case ready
    /// No server can be reached; the next attempt waits.
    case transientFailure
    /// Closed for ever.
    case shutDown
  }

  /// The target.
  public var target = ""
  /// How the channel stands to its servers.
  public var state = State.idle
  /// The calls that were opened.
  public var callsStarted = 0
  /// The calls that ended with OK.
  public var callsSucceeded = 0
  /// The calls that ended with another status.
  public var callsFailed = 0
  /// The calls that wait for a connection.
  public var callsWaiting = 0
  /// The attempts beyond the first ones of all calls.
  public var retries = 0
  /// The connections, those among them that take no more calls.
  public var connections: [ConnectionStatistics] = []
}

/// What has happened on one server, as channelz shows it.
public struct ServerStatistics: Sendable, Hashable {
  /// The addresses at which it listens.
  public var addresses: [String] = []
  /// The calls of connections that have ended, and of those that are open.
  public var callsStarted = 0
  /// The calls that ended with OK.
  public var callsSucceeded = 0
  /// The calls that ended with another status, or that the client gave up.
  public var callsFailed = 0
  /// The connections that were accepted so far.
  public var connectionsAccepted = 0
  /// The open connections.
  public var connections: [ConnectionStatistics] = []
}

extension ServerStatistics {
  mutating func add(_ connection: ConnectionStatistics) {
    callsStarted += connection.callsStarted
    callsSucceeded += connection.callsSucceeded
    callsFailed += connection.callsFailed
  }

  mutating func add(_ other: ServerStatistics) {
    callsStarted += other.callsStarted
    callsSucceeded += other.callsSucceeded
    callsFailed += other.callsFailed
    connectionsAccepted += other.connectionsAccepted
    connections += other.connections
  }
}
