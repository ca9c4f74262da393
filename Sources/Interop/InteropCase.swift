/// A case of gRPC's interop test descriptions; raw values are the official names.
public enum InteropCase: String, CaseIterable, Sendable {
  /// A message of zero bytes, there and back.
  case emptyUnary = "empty_unary"
  /// Messages larger than a window of the protocol's default.
  case largeUnary = "large_unary"
  /// Four requests, one response.
  case clientStreaming = "client_streaming"
  /// One request, four responses.
  case serverStreaming = "server_streaming"
  /// Four requests, each answered before the next.
  case pingPong = "ping_pong"
  /// A stream without a message in either direction.
  case emptyStream = "empty_stream"
  /// The server sees whether a request is compressed.
  case clientCompressedUnary = "client_compressed_unary"
  /// The server compresses a response when it is asked to.
  case serverCompressedUnary = "server_compressed_unary"
  /// The server sees whether each request of a stream is compressed.
  case clientCompressedStreaming = "client_compressed_streaming"
  /// The server compresses single responses of a stream.
  case serverCompressedStreaming = "server_compressed_streaming"
  /// Text and bytes as initial and as trailing metadata.
  case customMetadata = "custom_metadata"
  /// A status with a message ends a unary and a streaming call.
  case statusCodeAndMessage = "status_code_and_message"
  /// White space and Unicode in the message of a status.
  case specialStatusMessage = "special_status_message"
  /// A method that the service does not have.
  case unimplementedMethod = "unimplemented_method"
  /// A service that the server does not have.
  case unimplementedService = "unimplemented_service"
  /// A call is cancelled before its first message.
  case cancelAfterBegin = "cancel_after_begin"
  /// A call is cancelled in the middle of its stream.
  case cancelAfterFirstResponse = "cancel_after_first_response"
  /// A deadline of a millisecond against a server that waits.
  case timeoutOnSleepingServer = "timeout_on_sleeping_server"
  /// A response that may be kept is the same the second time.
  case cacheableUnary = "cacheable_unary"
  /// Many large calls on one channel.
  case rpcSoak = "rpc_soak"
  /// Many large calls, each on a channel of its own.
  case channelSoak = "channel_soak"
}
