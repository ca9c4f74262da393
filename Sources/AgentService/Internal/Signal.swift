/// Wakes one loop: many settings before it looks count as one.
struct Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func set() { continuation.yield() }

  /// Waits for the next setting; false when the task is cancelled. One waiter at a time.
  func wait() async -> Bool {
    var iterator = stream.makeAsyncIterator()
    return await iterator.next() != nil && !Task.isCancelled
  }
}
