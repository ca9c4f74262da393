import Resources
import SouthboundKit

extension Integration {
  /// `bench::Talker`: a resource whose handler does nothing but log.
  static let talker = Integration(
    name: "bench",
    definitions: [
      ResourceDefinition(
        "bench::Talker", agentPath: "device", idAttribute: "name",
        fields: ["device", "name", "lines", "pause_ms"])
    ],
    handlers: [HandlerRegistration(for: "bench::Talker") { TalkerHandler() }])
}

/// Logs `lines` entries with three arguments each, and waits `pause_ms` after each.
struct TalkerHandler: CRUDHandler {
  /// What the entries begin with that count.
  static let mark = "talker "

  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let name = context.desired["name"]
    let pause = Duration.milliseconds(try context.desired.int("pause_ms"))
    for number in 1...(try context.desired.int("lines")) {
      context.info(
        "talker {name} says {number} with {values}",
        ["name": name, "number": .int(number), "values": .list([.int(1), .string("two")])])
      if pause > .zero { try await Task.sleep(for: pause) }
    }
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {}

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {}

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {}
}
