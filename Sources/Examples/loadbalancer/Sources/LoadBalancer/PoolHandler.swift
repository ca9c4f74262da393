internal import Resources
internal import SouthboundKit

/// `lb::Pool`: a port of a load balancer and the servers behind it.
struct PoolHandler: CRUDHandler {
  /// How long a connection to a device is kept.
  static let connectionLifetime = CacheLifetime.timeoutAndVersion(.seconds(120))

  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let name = try context.desired.string("name")
    guard let pool = try await ask(context, "GET \(name)") else { throw ResourcePurged() }
    current["port"] = .int(Int64(pool["port"] ?? "") ?? 0)
    current["algorithm"] = .string(pool["algorithm"] ?? "")
    let members = (pool["members"] ?? "").split(separator: ",").map { Value.string(String($0)) }
    current["members"] = .list(members)
    if let digest = ContentDigest(hex: pool["page"] ?? ""),
      digest != context.desired["error_page"].contentDigest
    {
      current["error_page"] = .string("sha256:\(digest)")
    }
    context.debug(
      "found {name} with {members}", ["name": .string(name), "members": .list(members)])
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    try await upload(context, desired)
    try await set(context, desired)
    context.info(
      "created pool {name} on port {port}", ["name": desired["name"], "port": desired["port"]])
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {
    if changes["error_page"] != nil { try await upload(context, desired) }
    try await set(context, desired)
    context.info(
      "updated pool {name}: {fields}",
      ["name": desired["name"], "fields": .list(changes.keys.sorted().map { .string($0) })])
  }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    _ = try await ask(context, "DELETE \(try desired.string("name"))")
    context.info("removed pool {name}", ["name": desired["name"]])
  }

  func facts(_ context: HandlerContext) async throws {
    let device = try await connection(context)
    for (name, value) in device.properties { context.setFact(name, .string(value)) }
  }

  func timeLimit(_ desired: Fields) -> Duration { .seconds(60) }

  // MARK: - Commands

  private func upload(_ context: HandlerContext, _ desired: Fields) async throws {
    guard let digest = desired["error_page"].contentDigest else { return }
    let page = try await context.contents(of: digest)
    _ = try await ask(context, "PAGE \(digest) \(page.lowercaseHex)")
  }

  private func set(_ context: HandlerContext, _ desired: Fields) async throws {
    let members = try desired.list("members").compactMap(\.stringValue).joined(separator: ",")
    let page = desired["error_page"].contentDigest?.hex ?? ""
    _ = try await ask(
      context,
      "SET \(try desired.string("name")) port=\(try desired.int("port")) "
        + "algorithm=\(try desired.string("algorithm")) page=\(page) members=\(members)")
  }

  /// Sends one command; connects again, once, if the connection is gone.
  private func ask(_ context: HandlerContext, _ command: String) async throws -> [String: String]? {
    do {
      return try await connection(context).ask(command)
    } catch let error as DeviceError where error.isConnectionLost {
      context.warning("{error}: connects again", ["error": .string(error.description)])
      await context.cache.drop("connection", arguments: arguments(context))
      return try await connection(context).ask(command)
    }
  }

  /// The connection to the device, shared by all pools on it.
  private func connection(_ context: HandlerContext) async throws -> DeviceConnection {
    let address = try context.desired.string("address")
    let password = try context.desired.string("password")
    return try await context.cache.value(
      "connection", arguments: arguments(context), lifetime: Self.connectionLifetime,
      finalise: { (connection: DeviceConnection) in await connection.close() }
    ) {
      context.info("connects to {address}", ["address": .string(address)])
      do {
        return try await DeviceConnection.connect(to: address, password: password)
      } catch let error as DeviceError {
        throw HandlerFailure(
          "{address}: {error}",
          ["address": .string(address), "error": .string(error.description)],
          hint: .retrySoon, cause: error)
      }
    }
  }

  private func arguments(_ context: HandlerContext) -> [String: Value] {
    ["address": context.desired["address"], "password": context.desired["password"]]
  }
}
