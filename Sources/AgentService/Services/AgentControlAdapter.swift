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
    AgentV1.ListStatesResponse(
      states: await core.deployment.states.map { ResourceV1.ResourceState($0) })
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

extension AgentCore {
  func setPaused(_ isPaused: Bool) {
    perform(isPaused ? deployment.pause(at: clock.now()) : deployment.resume(at: clock.now()))
  }

  func status() async -> AgentV1.AgentStatus {
    let unsent = (try? await store.unsentReportCount()) ?? 0
    return AgentV1.AgentStatus(
      environment: configuration.environment.rawValue, instanceID: instanceID,
      namePatterns: configuration.namePatterns, version: deployment.version?.rawValue ?? 0,
      connected: session.isOpen, paused: deployment.isPaused, halted: deployment.isHalted,
      resources: UInt64(deployment.resourceCount), pending: UInt64(deployment.pendingCount),
      running: UInt64(deployment.runningCount), unsentReports: UInt64(unsent))
  }
}
