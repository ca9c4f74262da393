internal import Synchronization

/// Counts the calls of each method and measures how long they take, on the client and on the server.
///
/// ```swift
/// let metrics = CallMetrics()
/// let router = RPCRouter(services: services, interceptors: [metrics])
/// for method in metrics.snapshot() { print(method.path, method.succeeded, method.failed) }
/// ```
public final class CallMetrics: ClientInterceptor, ServerInterceptor {
  /// What is known of the calls of one method.
  public struct Method: Sendable, Hashable {
    /// The path of the method, for example `/bench.Bench/Echo`.
    public let path: String
    /// The calls that have begun.
    public var started = 0
    /// The calls that have ended, by their code.
    public var ended: [StatusCode: Int] = [:]
    /// How long the calls took that have ended.
    public var latency = LatencyHistogram()

    /// The calls that ended with OK.
    public var succeeded: Int { ended[.ok] ?? 0 }
    /// The calls that ended with another code.
    public var failed: Int { ended.values.reduce(0, +) - succeeded }
    /// The calls under way.
    public var underWay: Int { started - succeeded - failed }
  }

  /// The most methods that are counted on their own; the calls of all others are counted together
  /// under ``otherPath``. A client names methods itself, so their number needs a limit.
  public static let methodsMax = 1024
  /// The path under which calls over ``methodsMax`` are counted.
  public static let otherPath = "other"

  private let methods = Mutex<[String: Method]>([:])

  /// Creates metrics without calls.
  public init() {}

  /// Returns what has been counted so far.
  ///
  /// - Returns: One entry a method, in the order of their paths.
  public func snapshot() -> [Method] {
    methods.withLock { $0.values.sorted { $0.path < $1.path } }
  }

  /// Counts the call of a client.
  public func intercept(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    next: Next
  ) async throws(RPCError) -> any ClientCallStream {
    let path = begin(method.path)
    let start = ContinuousClock.now
    do throws(RPCError) {
      let call = try await next(options)
      call.whenEnded { status, _ in self.end(path, status.code, start) }
      return call
    } catch {
      end(path, error.code, start)
      throw error
    }
  }

  /// Counts the call of a server.
  public func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
    let path = begin(context.method.path)
    let start = ContinuousClock.now
    do {
      try await next()
      end(path, .ok, start)
    } catch {
      end(path, context.ending(of: error).code, start)
      throw error
    }
  }

  private func begin(_ path: String) -> String {
    methods.withLock { methods in
      let isKnown = methods[path] != nil || methods.count < Self.methodsMax
      let path = isKnown ? path : Self.otherPath
      methods[path, default: Method(path: path)].started += 1
      return path
    }
  }

  private func end(_ path: String, _ code: StatusCode, _ start: ContinuousClock.Instant) {
    let duration = start.duration(to: .now)
    methods.withLock { methods in
      methods[path]?.ended[code, default: 0] += 1
      methods[path]?.latency.record(duration)
    }
  }
}
