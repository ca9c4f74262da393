internal import RPCCore
internal import Resources
internal import Schema
internal import Store

/// The `Environments` service over the store.
struct EnvironmentsRPC: EnvironmentsV1.EnvironmentsService {
  let store: any Store
  let observer: any EnvironmentObserver
  let now: @Sendable () -> Timestamp

  func create(
    _ request: EnvironmentsV1.CreateRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.Environment {
    let description = request.description
    guard description.utf8.count <= EnvironmentRecord.descriptionBytesMax else {
      throw RPCError(
        .invalidArgument,
        "the description has \(description.utf8.count) bytes, at most "
          + "\(EnvironmentRecord.descriptionBytesMax) are allowed")
    }
    let record = EnvironmentRecord(
      name: try Requests.environment(request.name), description: description,
      settings: try Self.settings(request.settings), created: now())
    try await store.createEnvironment(record)
    return Self.message(record)
  }

  func get(
    _ request: EnvironmentsV1.GetRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.Environment {
    Self.message(try await store.environment(try Requests.environment(request.name)))
  }

  func list(
    _ request: EnvironmentsV1.ListRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.ListResponse {
    let found = try await store.environments().drop { record in
      !request.after.isEmpty && !Value.keyOrder(request.after, record.name.rawValue)
    }
    let limit = Requests.limit(
      request.limit, default: ResourceReads.listDefault, max: ResourceReads.listMax)
    let page = found.prefix(limit, bytesMax: ServerLimits.batchBytes) {
      200 + $0.description.utf8.count
    }
    return .init(
      environments: page.map(Self.message),
      nextAfter: page.count < found.count ? page.last?.name.rawValue ?? "" : "")
  }

  func updateSettings(
    _ request: EnvironmentsV1.UpdateSettingsRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.Environment {
    let name = try Requests.environment(request.name)
    let record = try await store.updateSettings(try Self.settings(request.settings), of: name)
    await observer.settingsChanged(record)
    return Self.message(record)
  }

  func halt(
    _ request: EnvironmentsV1.HaltRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.Environment {
    try await setHalted(true, request.name)
  }

  func resume(
    _ request: EnvironmentsV1.ResumeRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.Environment {
    try await setHalted(false, request.name)
  }

  private func setHalted(_ halted: Bool, _ name: String) async throws -> EnvironmentsV1.Environment
  {
    let record = try await store.setHalted(halted, of: try Requests.environment(name))
    await observer.settingsChanged(record)
    return Self.message(record)
  }

  func delete(
    _ request: EnvironmentsV1.DeleteRequest, context: ServerContext
  ) async throws -> EnvironmentsV1.DeleteResponse {
    let name = try Requests.environment(request.name)
    try await store.deleteEnvironment(name)
    await observer.removed(name)
    return .init()
  }

  /// Settings of a message; 0 stands for the default.
  private static func settings(
    _ message: EnvironmentsV1.Settings?
  ) throws -> EnvironmentSettings {
    var settings = EnvironmentSettings()
    guard let message else { return settings }
    func take(_ value: UInt32, _ keyPath: WritableKeyPath<EnvironmentSettings, UInt32>) {
      if value != 0 { settings[keyPath: keyPath] = value }
    }
    take(message.deployIntervalSeconds, \.deployIntervalSeconds)
    take(message.repairIntervalSeconds, \.repairIntervalSeconds)
    take(message.versionsKept, \.versionsKept)
    take(message.actionRetentionDays, \.actionRetentionDays)
    take(message.factValiditySeconds, \.factValiditySeconds)
    settings.isProtected = message.protectedEnvironment
    try settings.validate()
    return settings
  }

  private static func message(_ record: EnvironmentRecord) -> EnvironmentsV1.Environment {
    .init(
      name: record.name.rawValue, description: record.description,
      settings: .init(
        deployIntervalSeconds: record.settings.deployIntervalSeconds,
        repairIntervalSeconds: record.settings.repairIntervalSeconds,
        versionsKept: record.settings.versionsKept,
        actionRetentionDays: record.settings.actionRetentionDays,
        factValiditySeconds: record.settings.factValiditySeconds,
        protectedEnvironment: record.settings.isProtected),
      halted: record.isHalted, createdUnixNanos: record.created.unixNanos,
      releasedVersion: record.releasedVersion?.rawValue ?? 0)
  }
}
