/// What tells the answers to the pings of one side apart.
enum PingTag {
  /// A sign of life, or the round trip behind a shutdown notice.
  static let keepalive: UInt8 = 0
  /// A measurement of ``WindowEstimator``.
  static let windows: UInt8 = 1
}
