internal import HTTP2
internal import RPCCore

/// What the calls of a channel share beside its connections. Loop only.
final class ChannelShared: @unchecked Sendable {
  // Sendable: used on the one loop that it belongs to.

  let codecs: MessageCodecs
  let retry: RetryPolicy?
  let replayBytesMax: Int
  var throttle: RetryThrottle
  var generator = JitterGenerator()
  /// Finds a connection for a call that is tried again.
  var restart: (ClientStream) -> Void = { _ in }

  /// The last blocks that said nothing but OK: those that are alike are not read again.
  var plainResponse: HeaderBlock?
  var plainTrailers: HeaderBlock?

  var callsStarted = 0
  var callsSucceeded = 0
  var callsFailed = 0
  var retries = 0

  init(codecs: MessageCodecs, options: HTTP2ChannelOptions) {
    self.codecs = codecs
    retry = options.retry
    replayBytesMax = options.retryBufferBytesMax
    throttle = options.retryThrottle
  }

  func callEnded(_ code: StatusCode) {
    if code == .ok { callsSucceeded += 1 } else { callsFailed += 1 }
  }
}
