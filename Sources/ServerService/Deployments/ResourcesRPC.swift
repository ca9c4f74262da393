internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// The `Resources` service: reads of the store, and what is asked of agents.
struct ResourcesRPC: ResourcesV1.ResourcesService {
  let store: any Store
  let hubs: ServerHub
  let reads: ResourceReads

  func list(
    _ request: ResourcesV1.ListRequest, context: ServerContext
  ) async throws -> ResourcesV1.ListResponse { try await reads.list(request) }

  func get(
    _ request: ResourcesV1.GetRequest, context: ServerContext
  ) async throws -> ResourcesV1.ResourceView { try await reads.get(request) }

  func listActions(
    _ request: ResourcesV1.ListActionsRequest, context: ServerContext
  ) async throws -> ResourcesV1.ListActionsResponse { try await reads.listActions(request) }

  func listFacts(
    _ request: ResourcesV1.ListFactsRequest, context: ServerContext
  ) async throws -> ResourcesV1.ListFactsResponse { try await reads.listFacts(request) }

  func watch(
    _ request: ResourcesV1.WatchRequest, responses: ResponseWriter<ResourcesV1.WatchResponse>,
    context: ServerContext
  ) async throws {
    let filter = try ResourceFilter(request.filter)
    let hub = try await hubs.hub(of: try Requests.environment(request.environment))
    let (id, mailbox) = try await hub.watch()
    let run = WatchRun(
      store: store, hub: hub, mailbox: mailbox, filter: filter,
      untilSettled: request.untilSettled, awaited: VersionNumber(request.version),
      responses: responses)
    do { try await run.run() } catch {
      await hub.unwatch(id)
      throw error
    }
    await hub.unwatch(id)
  }

  func deploy(
    _ request: ResourcesV1.DeployRequest, context: ServerContext
  ) async throws -> ResourcesV1.DeployResponse {
    let environment = try Requests.environment(request.environment)
    let filter = try ResourceFilter(request.filter)
    let mode: DeployMode =
      switch request.mode {
      case .unspecified, .deploy: .deploy
      case .repair: .repair
      case .check: .check
      case .unrecognized(let number):
        throw RPCError(.invalidArgument, "\(number) is no deploy mode")
      }
    let hub = try await hubs.hub(of: environment)
    var concerned: [String: [ResourceID]] = [:]
    var count: UInt64 = 0
    try await forEachView(in: environment, filter) { view in
      guard view.undeployable == .no else { return }
      concerned[view.resource.id.agent, default: []].append(view.resource.id)
      count += 1
    }
    let (told, absent) = try await hub.trigger(mode, concerned, isForAll: filter.isEmpty)
    return .init(resources: count, agents: told, absentAgents: absent)
  }

  func plan(
    _ request: ResourcesV1.PlanRequest, responses: ResponseWriter<ResourcesV1.PlanResponse>,
    context: ServerContext
  ) async throws {
    let environment = try Requests.environment(request.environment)
    let filter = try ResourceFilter(request.filter)
    let hub = try await hubs.hub(of: environment)
    let record = try await store.environment(environment)
    guard let version = VersionNumber(request.version) ?? record.releasedVersion else {
      throw RPCError(.notFound, "environment \(environment) has no released version")
    }
    if request.check, version != record.releasedVersion {
      throw RPCError(
        .failedPrecondition,
        "a check stores drift from the released version, which is not version \(version)")
    }
    let resources = try await planned(environment, version, filter)
    let (id, mailbox) = try await hub.startPlan(resources, of: version, isCheck: request.check)
    do {
      while true {
        let contents = try await mailbox.take()
        let batches = contents.resources.batches(
          of: ServerLimits.batchResources, bytesMax: ServerLimits.batchBytes,
          by: { $0.serialized().count })
        for batch in batches {
          try await responses.write(
            .init(resources: Array(batch), remaining: UInt64(contents.remaining)))
        }
        if contents.isDone { break }
      }
    } catch {
      await hub.endPlan(id)
      throw error
    }
    await hub.endPlan(id)
  }

  private func planned(
    _ environment: EnvironmentName, _ version: VersionNumber, _ filter: ResourceFilter
  ) async throws -> [(resource: Resource, undeployable: Undeployable)] {
    var matching: Set<ResourceID>?
    if !filter.compliance.isEmpty {
      var ids: Set<ResourceID> = []
      try await forEachView(in: environment, filter) { ids.insert($0.resource.id) }
      matching = ids
    }
    var resources: [(resource: Resource, undeployable: Undeployable)] = []
    var after: String?
    repeat {
      let page = try await store.resources(
        of: version, in: environment, filter: filter,
        page: PageRequest(after: after, limit: ServerLimits.batchResources))
      for (resource, undeployable) in zip(page.resources, page.undeployable)
      where matching?.contains(resource.id) ?? true {
        resources.append((resource, undeployable))
      }
      guard resources.count <= ServerLimits.planResourcesMax else {
        throw RPCError(
          .resourceExhausted,
          "a dry run has at most \(ServerLimits.planResourcesMax) resources; use a filter")
      }
      after = page.nextAfter
    } while after != nil
    return resources
  }

  private func forEachView(
    in environment: EnvironmentName, _ filter: ResourceFilter, _ body: (ResourceView) -> Void
  ) async throws {
    var after: String?
    repeat {
      let page = try await store.resourceViews(
        in: environment, filter: filter,
        page: PageRequest(after: after, limit: 4 * ServerLimits.batchResources), hasFields: false)
      page.views.forEach(body)
      after = page.nextAfter
    } while after != nil
  }
}
