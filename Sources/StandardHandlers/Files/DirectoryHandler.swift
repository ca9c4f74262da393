internal import Resources
internal import SouthboundKit

/// `std::Directory`: a directory with owner, group and mode. It is removed only when it is empty.
struct DirectoryHandler: CRUDHandler {
  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let path = try FileAttributes.path(context.desired, "path")
    try context.persist(path)
    guard let status = try Syscalls.status(path) else { throw ResourcePurged() }
    guard status.kind == .directory else {
      throw FileAttributes.obstacle(path, wanted: .directory, found: status.kind)
    }
    guard !context.desired.purged else { return }
    context.set("mode", status.mode)
    try await FileAttributes.read(context, status, &current)
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    let path = try desired.string("path")
    let mode = try FileAttributes.mode(desired)
    let owner = try await FileAttributes.userID(context)
    let group = try await FileAttributes.groupID(context)
    do {
      try Syscalls.makeDirectory(path, mode: mode == nil ? 0o755 : 0o700)
      try Syscalls.changeOwner(path, owner: owner, group: group)
      // mkdir applies the mask of the process, chmod does not.
      if let mode { try Syscalls.changeMode(path, mode) }
    } catch { throw FileAttributes.explained(error) }
    context.info("created {path}", ["path": desired["path"]])
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {
    let path = try desired.string("path")
    let owner = changes["owner"] == nil ? nil : try await FileAttributes.userID(context)
    let group = changes["group"] == nil ? nil : try await FileAttributes.groupID(context)
    let mode = try FileAttributes.mode(desired) ?? context.get("mode")
    do {
      try Syscalls.changeOwner(path, owner: owner, group: group)
      if let mode { try Syscalls.changeMode(path, mode) }
    } catch { throw FileAttributes.explained(error) }
    context.info(
      "updated {path}: {fields}",
      ["path": desired["path"], "fields": .list(changes.keys.sorted().map { .string($0) })])
  }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    let path = try desired.string("path")
    do { try Syscalls.removeDirectory(path) } catch { throw FileAttributes.explained(error) }
    context.info("removed {path}", ["path": desired["path"]])
  }
}
