public import RPCCore
public import GRPCSchema

/// `grpc.health.v1.Health`: says which services of a server can be called, and tells watchers of
/// changes.
///
/// The empty name stands for the server as a whole. A watcher that reads slowly misses states that
/// have changed again, never the newest.
public actor HealthReporter: GRPCHealthV1.HealthService {
  /// What a service can do now.
  public typealias ServingStatus = GRPCHealthV1.HealthCheckResponse.ServingStatus

  private var statuses: [String: ServingStatus] = [:]
  private var watchers: [Int: Watcher] = [:]
  private var lastWatcher = 0

  private struct Watcher {
    let service: String
    let changes: AsyncStream<ServingStatus>.Continuation
  }

  /// The most calls that may watch at one time; each costs a stream and a small buffer.
  public static let watchersMax = 1024

  /// Creates a reporter.
  ///
  /// - Parameter services: The full names of services that can be called now; the server as a whole
  ///   is always among them.
  public init(services: [String] = []) {
    statuses[""] = .serving
    for service in services { statuses[service] = .serving }
  }

  /// Changes the health of a service and tells its watchers.
  ///
  /// - Parameters:
  ///   - status: What it can do from now on.
  ///   - service: Its full name; empty for the server as a whole.
  public func set(_ status: ServingStatus, for service: String = "") {
    guard statuses[service] != status else { return }
    statuses[service] = status
    for watcher in watchers.values where watcher.service == service {
      watcher.changes.yield(status)
    }
  }

  /// Says that nothing can be called any more, as before a shutdown.
  public func setAllNotServing() {
    for service in statuses.keys { set(.notServing, for: service) }
  }

  /// Returns the health of a service.
  ///
  /// - Throws: `RPCError` with `.notFound` for a service that is not here.
  public func check(
    _ request: GRPCHealthV1.HealthCheckRequest,
    context: ServerContext
  ) async throws -> GRPCHealthV1.HealthCheckResponse {
    guard let status = statuses[request.service] else {
      throw RPCError(.notFound, "no service \(request.service) here")
    }
    return GRPCHealthV1.HealthCheckResponse(status: status)
  }

  /// Sends the health of a service at once and after each change, until the call is cancelled.
  public func watch(
    _ request: GRPCHealthV1.HealthCheckRequest,
    responses: ResponseWriter<GRPCHealthV1.HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    guard watchers.count < Self.watchersMax else {
      throw RPCError(.resourceExhausted, "\(Self.watchersMax) calls watch the health already")
    }
    let (changes, continuation) = AsyncStream.makeStream(
      of: ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
    lastWatcher += 1
    let id = lastWatcher
    watchers[id] = Watcher(service: request.service, changes: continuation)
    defer { watchers[id] = nil }
    continuation.yield(statuses[request.service] ?? .serviceUnknown)
    for await status in changes {
      try await responses.write(GRPCHealthV1.HealthCheckResponse(status: status))
    }
    throw RPCError(.cancelled, "the watch was cancelled")
  }
}
