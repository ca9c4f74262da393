/// Reports every call that has ended to a log, on the client and on the server.
///
/// ```swift
/// let logging = CallLogging { record in logger.debug("\(record)") }
/// let router = RPCRouter(services: services, interceptors: [logging])
/// let channel = try HTTP2Channel(target: address).intercepted(by: logging)
/// ```
public struct CallLogging: ClientInterceptor, ServerInterceptor {
  /// Which calls are reported.
  public enum Selection: Sendable, Hashable {
    /// Every call.
    case all
    /// Calls that did not end with OK.
    case failures
  }

  private let selection: Selection
  private let log: @Sendable (CallRecord) -> Void

  /// Creates the interceptor.
  ///
  /// - Parameters:
  ///   - selection: Which calls are reported.
  ///   - log: Takes one record for each call, when it has ended. It must not block.
  public init(_ selection: Selection = .all, _ log: @escaping @Sendable (CallRecord) -> Void) {
    self.selection = selection
    self.log = log
  }

  /// Reports the call of a client once it has ended.
  public func intercept(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    next: Next
  ) async throws(RPCError) -> any ClientCallStream {
    let start = ContinuousClock.now
    let trace = TraceContext(options.metadata)
    let ended: @Sendable (Status) -> Void = { status in
      report(.client, method, status, start, trace: trace)
    }
    do throws(RPCError) {
      let call = try await next(options)
      call.whenEnded { status, _ in ended(status) }
      return call
    } catch {
      ended(error.status)
      throw error
    }
  }

  /// Reports the call of a server once its handler has returned.
  public func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
    let start = ContinuousClock.now
    let ended = { (status: Status) in
      report(
        .server, context.method, status, start, peer: context.peer, trace: context.trace,
        principal: context.principal)
    }
    do {
      try await next()
      ended(.ok)
    } catch {
      ended(context.ending(of: error).status)
      throw error
    }
  }

  private func report(
    _ side: CallRecord.Side,
    _ method: MethodDescriptor,
    _ status: Status,
    _ start: ContinuousClock.Instant,
    peer: String? = nil,
    trace: TraceContext?,
    principal: Principal? = nil
  ) {
    guard selection == .all || status.code != .ok else { return }
    log(
      CallRecord(
        side: side, method: method, peer: peer, status: status, duration: start.duration(to: .now),
        trace: trace, principal: principal))
  }
}
