internal import AgentStore
internal import Deployment
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping

/// `southbound.agent.v1.AgentControl` over the agent.
struct AgentControlAdapter: AgentV1.AgentControlService {
  let core: AgentCore

  func getStatus(
    _ request: AgentV1.GetStatusRequest, context: ServerContext
  ) async throws -> AgentV1.AgentStatus { await core.status() }

  func listStates(
    _ request: AgentV1.ListStatesRequest, context: ServerContext
  ) async throws -> AgentV1.ListStatesResponse {
    let states = await core.deployment.states
    var after: ResourceID?
    if !request.after.isEmpty {
      do { after = try ResourceID(parsing: request.after) } catch {
        throw RPCError(.invalidArgument, "after: \(error)")
      }
    }
    let found = states.drop { state in after.map { state.id <= $0 } ?? false }
    let page = found.prefix(
      PageLimits.count(request.limit), bytesMax: PageLimits.bytesMax, by: \.wireBytes)
    return AgentV1.ListStatesResponse(
      states: page.map { ResourceV1.ResourceState($0) },
      nextAfter: page.count < found.count ? page.last?.id.description ?? "" : "")
  }

  func deploy(
    _ request: AgentV1.AgentDeployRequest, context: ServerContext
  ) async throws -> AgentV1.AgentDeployResponse {
    var ids: [ResourceID] = []
    for (index, text) in request.resourceIDs.enumerated() {
      do {
        ids.append(try ResourceID(parsing: text))
      } catch {
        throw RPCError(.invalidArgument, "resource_ids[\(index)]: \(error)")
      }
    }
    return AgentV1.AgentDeployResponse(
      resources: UInt64(await core.trigger(request.mode, ids)))
  }

  func pause(
    _ request: AgentV1.PauseRequest, context: ServerContext
  ) async throws -> AgentV1.AgentStatus {
    await core.setPaused(true)
    return await core.status()
  }

  func resume(
    _ request: AgentV1.ResumeRequest, context: ServerContext
  ) async throws -> AgentV1.AgentStatus {
    await core.setPaused(false)
    return await core.status()
  }
}

/// Sizes of the lists that an agent returns.
enum PageLimits {
  /// Bytes of one list, about: well below the limit of messages.
  static let bytesMax = 1 << 20

  /// Elements of a list: as many as asked for, 1,000 for 0, at most 10,000.
  static func count(_ limit: UInt32) -> Int { limit == 0 ? 1_000 : min(Int(limit), 10_000) }
}

extension AgentCore {
  func status() async -> AgentV1.AgentStatus {
    let unsent = (try? await store.unsentReportCount()) ?? 0
    return AgentV1.AgentStatus(
      environment: configuration.environment.rawValue, instanceID: instanceID,
      namePatterns: configuration.namePatterns, version: deployment.version?.rawValue ?? 0,
      connected: session.isOpen, paused: deployment.isPaused, halted: deployment.isHalted,
      resources: UInt64(deployment.resourceCount), pending: UInt64(deployment.pendingCount),
      running: UInt64(deployment.runningCount), unsentReports: UInt64(unsent),
      sessionError: session.error, diskError: diskError)
  }
}
