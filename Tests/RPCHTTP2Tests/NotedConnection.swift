import EventLoop
import RPCCore
import Testing

@testable import HTTP2
@testable import RPCHTTP2

/// A connection that notes what a stream asks of it. Loop only.
final class NotedConnection: StreamConnection, @unchecked Sendable {
  // Sendable: used on the loop of the stream only.

  /// What the stream asked, less the credit.
  var asked: [String] = []
  var credit = 0
  /// The handlers that run.
  var handlers = 0

  func bodyChanged(of stream: HTTP2MessageStream) {}
  func writerWaits(on stream: HTTP2MessageStream) {}
  func credit(_ count: Int, for stream: HTTP2MessageStream) { credit += count }
  func reset(_ stream: HTTP2MessageStream, _ code: HTTP2ErrorCode) { asked.append("reset \(code)") }
  func handlersChanged(by change: Int) { handlers += change }
  func release(_ stream: HTTP2MessageStream) { asked.append("release") }
  func respond(on stream: HTTP2MessageStream, _ fields: FieldList, hasBody: Bool) {
    let status =
      fields.fields.first { $0.name == "grpc-status" }.map { ", status \($0.value)" } ?? ""
    asked.append("headers\(status)")
  }
}

/// Runs a body on a loop of its own.
func onLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
  let loop = try EventLoop(name: "stream-table")
  try loop.start()
  let result: Result<Void, any Error>
  do {
    // A task that prefers the loop runs on it from suspension to suspension.
    result = .success(
      try await Task(executorPreference: loop.tasks) { try await body(loop) }.value)
  } catch {
    result = .failure(error)
  }
  loop.stop()
  try result.get()
}

extension HeaderBlock {
  /// A block as a peer would send it.
  static func test(_ fields: [(String, String)], isOverLimit: Bool = false) -> HeaderBlock {
    HeaderBlock(fields.map { HeaderField($0, $1) }, isOverLimit: isOverLimit)
  }
}
