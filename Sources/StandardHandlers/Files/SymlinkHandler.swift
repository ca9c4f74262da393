internal import Resources
internal import SouthboundKit

/// `std::Symlink`: a link at `target` that points to `source`.
struct SymlinkHandler: CRUDHandler {
  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let path = try FileAttributes.path(context.desired, "target")
    try context.persist(path)
    guard let status = try Syscalls.status(path) else { throw ResourcePurged() }
    guard status.kind == .symlink else {
      throw FileAttributes.obstacle(path, wanted: .symlink, found: status.kind)
    }
    current["source"] = .string(try Syscalls.linkTarget(path))
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    try replace(desired)
    context.info(
      "created {target} -> {source}", ["target": desired["target"], "source": desired["source"]])
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {
    try replace(desired)
    context.info(
      "changed {target} -> {source}", ["target": desired["target"], "source": desired["source"]])
  }

  private func replace(_ desired: Fields) throws {
    let path = try desired.string("target")
    let source = try desired.string("source")
    do {
      try Syscalls.replaceLink(path, pointingTo: source)
    } catch { throw FileAttributes.explained(error) }
  }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    let path = try desired.string("target")
    do { try Syscalls.remove(path) } catch { throw FileAttributes.explained(error) }
    context.info("removed {target}", ["target": desired["target"]])
  }
}
