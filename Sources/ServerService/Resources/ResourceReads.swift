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
  /// Handler runs in one listing, unless more or less are asked for.
  static let actionsDefault = 100
  /// Most handler runs in one listing.
  static let actionsMax = 1_000
  /// Most handler runs in one listing with entries, of which a run may have a megabyte.
  static let actionsWithEntriesMax = 32

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
    let views = page.views.prefix(.max, bytesMax: ServerLimits.batchBytes) {
      $0.resource.wireBytes + $0.state.wireBytes
    }
    let isCut = views.count < page.views.count
    return .init(
      resources: views.map { Self.message($0, version: version) },
      nextAfter: (isCut ? views.last?.resource.id.description : page.nextAfter) ?? "",
      version: version,
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
    let before =
      request.beforeUnixNanos == 0
      ? nil : ActionCursor.before(Timestamp(unixNanos: request.beforeUnixNanos))
    let limit = Requests.limit(
      request.limit,
      default: request.withEntries ? Self.actionsWithEntriesMax : Self.actionsDefault,
      max: request.withEntries ? Self.actionsWithEntriesMax : Self.actionsMax)
    let found = try await store.actions(
      in: try Requests.environment(request.environment),
      ActionQuery(
        resourceID: try Requests.resourceID(ifAny: request.resourceID),
        after: request.after.isEmpty ? before : try ActionCursor(parsing: request.after),
        limit: limit + 1, hasEntries: request.withEntries))
    let page = found.prefix(limit, bytesMax: ServerLimits.batchBytes, by: \.action.wireBytes)
    return .init(
      actions: page.map { .init($0.action) },
      nextAfter: page.count < found.count ? page.last?.cursor.description ?? "" : "")
  }

  func listFacts(
    _ request: ResourcesV1.ListFactsRequest
  ) async throws -> ResourcesV1.ListFactsResponse {
    let limit = Requests.limit(request.limit, default: Self.listDefault, max: Self.listMax)
    let found = try await store.facts(
      in: try Requests.environment(request.environment),
      FactQuery(
        resourceID: try Requests.resourceID(ifAny: request.resourceID),
        after: request.after.isEmpty ? nil : try FactKey(parsing: request.after),
        limit: limit + 1), at: now())
    let page = found.prefix(limit, bytesMax: ServerLimits.batchBytes, by: \.wireBytes)
    return .init(
      facts: page.map { .init($0) },
      nextAfter: page.count < found.count ? page.last?.key.text ?? "" : "")
  }

  private static func message(
    _ view: ResourceView, version: UInt64
  ) -> ResourcesV1.ResourceView {
    .init(resource: .init(view.resource.redacted), state: .init(view.state), version: version)
  }
}

extension ActionCursor {
  /// The place as clients send it back.
  var description: String { "\(started.unixNanos):\(chunk)" }

  /// Reads what ``description`` gave.
  init(parsing text: String) throws(RPCError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard parts.count == 2, let started = parts[0], let chunk = parts[1] else {
      throw RPCError(.invalidArgument, "after: `\(text.prefix(80))` is no `next_after` of a list")
    }
    self.init(started: Timestamp(unixNanos: started), chunk: chunk)
  }
}

extension FactKey {
  /// The place as clients send it back.
  var text: String { "\(name.utf8.count):\(name)\(resourceID)" }

  /// Reads what ``text`` gave.
  init(parsing text: String) throws(RPCError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let length = Int(parts[0]), length >= 0,
      let name = String(parts[1].utf8.prefix(length)),
      let rest = String(parts[1].utf8.dropFirst(length))
    else {
      throw RPCError(.invalidArgument, "after: `\(text.prefix(80))` is no `next_after` of a list")
    }
    self.init(resourceID: try Requests.resourceID(rest), name: name)
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
