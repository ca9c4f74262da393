internal import Resources
internal import SouthboundKit

/// `std::testing::NullResource`: does nothing, or fails if the model says so.
struct NullHandler: CRUDHandler {
  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    if try context.desired.bool("fail") {
      throw HandlerFailure("{name} fails, as its model says", ["name": context.desired["name"]])
    }
    if context.desired.purged { current.purged = true }
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {}

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {}

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {}
}
