internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// The reads of the `Resources` service: what the store knows.
struct ResourceReads {
  let store: any Store
  let now: @Sendable () -> Timestamp

  /// Resources in one listing, unless less are asked for.
  static let listDefault = 1_000
  /// Most resources in one listing.
  static let listMax = 10_000
  /// Handler runs in one listing, unless less are asked for.
  static let actionsDefault = 100
  /// Most handler runs in one listing.
  static let actionsMax = 1_000

  func list(_ request: ResourcesV1.ListRequest) async throws -> ResourcesV1.ListResponse {
    let environment = try Requests.environment(request.environment)
    let page = try await store.resourceViews(
      in: environment, filter: try ResourceFilter(request.filter),
      page: PageRequest(
        after: request.after.isEmpty ? nil : request.after,
        limit: Requests.limit(request.limit, default: Self.listDefault, max: Self.listMax)),
      hasFields: request.withFields)
    let counts = try await store.complianceCounts(in: environment)
    let version = page.version?.rawValue ?? 0
    return .init(
      resources: page.views.map { Self.message($0, version: version) },
      nextAfter: page.nextAfter ?? "", version: version,
      counts: Compliance.allCases.compactMap { compliance in
        counts[compliance].map { .init(compliance: .init(compliance), count: UInt64($0)) }
      })
  }

  func get(_ request: ResourcesV1.GetRequest) async throws -> ResourcesV1.ResourceView {
    let environment = try Requests.environment(request.environment)
    let id = try Requests.resourceID(request.resourceID)
    let view = try await store.resourceView(id, in: environment)
    let version = try await store.environment(environment).releasedVersion
    return Self.message(view, version: version?.rawValue ?? 0)
  }

  func listActions(
    _ request: ResourcesV1.ListActionsRequest
  ) async throws -> ResourcesV1.ListActionsResponse {
    let actions = try await store.actions(
      in: try Requests.environment(request.environment),
      ActionQuery(
        resourceID: request.resourceID.isEmpty
          ? nil : try Requests.resourceID(request.resourceID),
        before: request.beforeUnixNanos == 0
          ? nil : Timestamp(unixNanos: request.beforeUnixNanos),
        limit: Requests.limit(
          request.limit, default: Self.actionsDefault, max: Self.actionsMax),
        hasEntries: request.withEntries))
    return .init(actions: actions.map { .init($0) })
  }

  func listFacts(
    _ request: ResourcesV1.ListFactsRequest
  ) async throws -> ResourcesV1.ListFactsResponse {
    let facts = try await store.facts(
      in: try Requests.environment(request.environment),
      of: request.resourceID.isEmpty ? nil : try Requests.resourceID(request.resourceID),
      at: now())
    return .init(facts: facts.map { .init($0) })
  }

  private static func message(
    _ view: ResourceView, version: UInt64
  ) -> ResourcesV1.ResourceView {
    .init(resource: .init(view.resource.redacted), state: .init(view.state), version: version)
  }
}

extension ResourceFilter {
  /// Reads the message for a filter.
  init(_ message: ResourcesV1.ResourceFilter?) throws {
    guard let message else {
      self.init()
      return
    }
    self.init(
      patterns: message.resourceIDs.map(GlobPattern.init), agents: Set(message.agents),
      types: Set(message.types),
      compliance: Set(
        try message.compliance.map { wire in
          guard let compliance = Compliance(wire) else {
            throw RPCError(.invalidArgument, "\(wire.rawValue) is no compliance")
          }
          return compliance
        }))
  }
}
