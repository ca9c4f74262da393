/// When a server pings, drains and ends a connection. Each time has a default; `nil` is never.
public struct ConnectionRules: Sendable, Hashable {
  /// The time in which a new connection sends its preface and SETTINGS, and in which a peer that has
  /// begun a frame goes on with it.
  public var handshakeTimeout = Duration.seconds(20)
  /// The silence after which the server asks for a sign of life.
  public var keepaliveInterval: Duration? = .seconds(7200)
  /// The time that the peer has to answer that.
  public var keepaliveTimeout = Duration.seconds(20)
  /// The least time between two pings of a client while the server sends nothing; gRPC servers agree
  /// on five minutes.
  public var clientPingIntervalMin = Duration.seconds(300)
  /// Whether a client may ping without a call; otherwise two hours are the least time then.
  public var allowsPingsWithoutCalls = false
  /// The pings that may come too early; one more ends the connection with ENHANCE_YOUR_CALM and
  /// `too_many_pings`.
  public var pingStrikesMax = 2
  /// The time without a call after which a connection is drained.
  public var idleMax: Duration?
  /// The age at which a connection is drained, so that clients spread over new servers; it varies by
  /// a tenth from connection to connection.
  public var ageMax: Duration?
  /// The time that calls have to end on a connection that is drained for its age.
  public var ageGrace: Duration?

  /// Creates the default rules.
  public init() {}

  /// gRPC keepalive: pings without a call may come this often.
  static let pingIntervalWithoutCalls = Duration.seconds(7200)
}
