public import RPCCore

/// A channel to a router in the same process: the same calls, statuses and back-pressure as over a
/// connection, without one.
public struct InProcessChannel: RPCChannel {
  private let router: RPCRouter
  private let messageBytesMax: Int

  /// Creates a channel.
  ///
  /// - Parameters:
  ///   - router: What answers.
  ///   - messageBytesMax: The largest message in both directions, in bytes.
  public init(_ router: RPCRouter, messageBytesMax: Int = CallLimits.messageBytesMax) {
    self.router = router
    self.messageBytesMax = messageBytesMax
  }

  /// Opens a call; its handler starts at once in a task of its own.
  public func open(
    _ method: MethodDescriptor,
    options: CallOptions
  ) async throws(RPCError) -> any ClientCallStream {
    let call = InProcessCall(
      requestBytesMax: messageBytesMax,
      responseBytesMax: options.messageBytesMax ?? messageBytesMax)
    do throws(RPCError) {
      call.start(try router.method(at: method.path), options, InProcessServerStream(call))
    } catch {
      call.fail(error)
    }
    return InProcessClientStream(call)
  }
}
