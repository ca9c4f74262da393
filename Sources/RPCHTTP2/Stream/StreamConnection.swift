internal import EventLoop
internal import HTTP2

/// What a stream asks of its connection. All of it is called on the loop of both.
protocol StreamConnection: AnyObject, Sendable {
  /// The body of a stream has grown or ended.
  func bodyChanged(of stream: HTTP2MessageStream)

  /// A stream has used up received bytes.
  func credit(_ count: Int, for stream: HTTP2MessageStream)

  /// A writer waits until the body of a stream has shrunk.
  func writerWaits(on stream: HTTP2MessageStream)

  /// A stream ends at once.
  func reset(_ stream: HTTP2MessageStream, _ code: HTTP2ErrorCode)

  /// A stream leaves: its call is tried again on another one.
  func release(_ stream: HTTP2MessageStream)

  /// Sends the header block of a response.
  func respond(on stream: HTTP2MessageStream, _ fields: FieldList, hasBody: Bool)

  /// A handler has started (1) or returned (-1), perhaps after its stream was closed.
  func handlersChanged(by change: Int)
}

extension StreamConnection {
  /// Only servers have handlers.
  func handlersChanged(by change: Int) {}
}

/// A connection that does what a stream asks in its session, and writes at the end of the turn.
protocol SessionConnection: StreamConnection {
  var io: ConnectionIO { get }

  /// Sees to it that what the session has to say goes out when the turn ends.
  func scheduleFlush()
}

extension SessionConnection {
  func credit(_ count: Int, for stream: HTTP2MessageStream) {
    guard count > 0, let id = stream.id else { return }
    io.session.consume(count, stream: id)
    scheduleFlush()
  }

  func reset(_ stream: HTTP2MessageStream, _ code: HTTP2ErrorCode) {
    guard let id = stream.id else { return }
    io.session.reset(id, code)
    scheduleFlush()
  }
}
