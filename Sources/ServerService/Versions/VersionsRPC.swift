internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// The `Versions` service over the store.
struct VersionsRPC: VersionsV1.VersionsService {
  let store: any Store
  let observer: any EnvironmentObserver
  let now: @Sendable () -> Timestamp

  /// Resources in one message of a stream.
  static let batchResources = 256
  /// Bytes of the resources in one message of a stream, roughly.
  static let batchBytes = 1 << 20
  /// Versions in one listing, unless less are asked for.
  static let listDefault = 100
  /// Most versions in one listing.
  static let listMax = 1_000

  func reserve(
    _ request: VersionsV1.ReserveRequest, context: ServerContext
  ) async throws -> VersionsV1.ReserveResponse {
    let environment = try Requests.environment(request.environment)
    return .init(version: try await store.reserveVersion(in: environment).rawValue)
  }

  func put(
    _ requests: RequestStream<VersionsV1.PutRequest>, context: ServerContext
  ) async throws -> VersionsV1.PutResponse {
    var upload = VersionUpload()
    while let request = try await requests.next() { try upload.add(request) }
    let version = try upload.finish()
    let outcome = try await store.putVersion(version, at: now())
    if outcome.version.status == .active {
      await observer.released(outcome.version.number, in: version.environment)
    }
    return .init(
      version: Self.message(outcome.version), alreadyStored: outcome.isAlreadyStored)
  }

  func release(
    _ request: VersionsV1.ReleaseRequest, context: ServerContext
  ) async throws -> VersionsV1.Version {
    let environment = try Requests.environment(request.environment)
    let number = try Requests.version(request.version)
    let record = try await store.releaseVersion(number, in: environment, at: now())
    await observer.released(number, in: environment)
    return Self.message(record)
  }

  func list(
    _ request: VersionsV1.ListRequest, context: ServerContext
  ) async throws -> VersionsV1.ListResponse {
    let limit = Requests.limit(request.limit, default: Self.listDefault, max: Self.listMax)
    let found = try await store.versions(
      in: try Requests.environment(request.environment), before: VersionNumber(request.before),
      limit: limit + 1)
    let page = found.prefix(limit, bytesMax: ServerLimits.batchBytes) {
      100 + $0.environment.rawValue.utf8.count + $0.message.utf8.count
    }
    return .init(
      versions: page.map(Self.message),
      nextBefore: page.count < found.count ? page.last?.number.rawValue ?? 0 : 0)
  }

  func getResources(
    _ request: VersionsV1.GetResourcesRequest,
    responses: ResponseWriter<VersionsV1.GetResourcesResponse>, context: ServerContext
  ) async throws {
    let environment = try Requests.environment(request.environment)
    let number = try await existing(request.version, in: environment)
    var after: String?
    repeat {
      let page = try await store.resources(
        of: number, in: environment, filter: ResourceFilter(),
        page: PageRequest(after: after, limit: Self.batchResources))
      for batch in page.resources.batchesBySize() {
        try await responses.write(
          .init(version: number.rawValue, resources: batch.map { .init($0.redacted) }))
      }
      after = page.nextAfter
    } while after != nil
  }

  func diff(
    _ request: VersionsV1.DiffRequest, responses: ResponseWriter<VersionsV1.DiffResponse>,
    context: ServerContext
  ) async throws {
    let environment = try Requests.environment(request.environment)
    let from = try await existing(request.fromVersion, in: environment)
    let to = try await existing(request.toVersion, in: environment)
    var older = ResourceCursor(store: store, environment: environment, version: from)
    var newer = ResourceCursor(store: store, environment: environment, version: to)
    var old = try await older.next()
    var new = try await newer.next()
    while old != nil || new != nil {
      if let left = old, new.map({ left.id < $0.id }) ?? true {
        try await responses.write(Self.difference(from: left, to: nil))
        old = try await older.next()
      } else if let right = new, old.map({ right.id < $0.id }) ?? true {
        try await responses.write(Self.difference(from: nil, to: right))
        new = try await newer.next()
      } else if let left = old, let right = new {
        if left.attributeHash != right.attributeHash || left.requires != right.requires {
          try await responses.write(Self.difference(from: left, to: right))
        }
        old = try await older.next()
        new = try await newer.next()
      }
    }
  }

  func delete(
    _ request: VersionsV1.DeleteRequest, context: ServerContext
  ) async throws -> VersionsV1.DeleteResponse {
    try await store.deleteVersion(
      try Requests.version(request.version), in: try Requests.environment(request.environment))
    return .init()
  }

  /// The version of a request; 0 stands for the released one.
  private func existing(
    _ number: UInt64, in environment: EnvironmentName
  ) async throws -> VersionNumber {
    if let version = VersionNumber(number) {
      return try await store.version(version, in: environment).number
    }
    guard let released = try await store.environment(environment).releasedVersion else {
      throw RPCError(.notFound, "environment `\(environment)` has no released version")
    }
    return released
  }

  private static func difference(
    from old: Resource?, to new: Resource?
  ) -> VersionsV1.DiffResponse {
    let names = Set((old?.fields ?? [:]).keys).union((new?.fields ?? [:]).keys)
    var changes: [AttributeChange] = []
    for name in names.sorted(by: Value.keyOrder) where old?.fields[name] != new?.fields[name] {
      changes.append(
        AttributeChange(
          field: name, current: old?.fields[name]?.redacted, desired: new?.fields[name]?.redacted))
    }
    if let old, let new, old.requires != new.requires {
      changes.append(
        AttributeChange(
          field: "requires", current: .list(old.requires.map { .string($0.description) }),
          desired: .list(new.requires.map { .string($0.description) })))
    }
    let fields = changes.bounded(toBytes: WireBounds.resourceBytesMax).map { change in
      VersionsV1.FieldDiff(
        field: change.field, fromValue: change.current.map { .init($0) },
        toValue: change.desired.map { .init($0) })
    }
    let kind: VersionsV1.DiffKind = old == nil ? .added : new == nil ? .deleted : .modified
    return .init(resourceID: (old ?? new)?.id.description ?? "", kind: kind, fields: fields)
  }

  static func message(_ record: VersionRecord) -> VersionsV1.Version {
    let status: VersionsV1.VersionStatus =
      switch record.status {
      case .active: .active
      case .candidate: .candidate
      case .retired: .retired
      case .skippedCandidate: .skippedCandidate
      }
    return .init(
      environment: record.environment.rawValue, number: record.number.rawValue, status: status,
      resources: UInt64(record.resourceCount), createdUnixNanos: record.created.unixNanos,
      releasedUnixNanos: record.released?.unixNanos ?? 0, message: record.message)
  }
}

/// Reads the resources of a version one by one, a page at a time.
struct ResourceCursor {
  let store: any Store
  let environment: EnvironmentName
  let version: VersionNumber
  private var page: ArraySlice<Resource> = []
  private var after: String?
  private var isAtEnd = false

  init(store: any Store, environment: EnvironmentName, version: VersionNumber) {
    self.store = store
    self.environment = environment
    self.version = version
  }

  mutating func next() async throws -> Resource? {
    while page.isEmpty, !isAtEnd {
      let read = try await store.resources(
        of: version, in: environment, filter: ResourceFilter(),
        page: PageRequest(after: after, limit: VersionsRPC.batchResources))
      page = read.resources[...]
      after = read.nextAfter
      isAtEnd = after == nil
    }
    return page.popFirst()
  }
}
