internal import Resources
internal import SouthboundKit

/// `std::File`: a regular file with contents, owner, group and mode.
struct FileHandler: CRUDHandler {
  /// A file that was changed just now may change again within the same tick of the clock, so the
  /// digest of such a file is not kept.
  static let settledNanos: Int64 = 1_000_000_000

  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    let path = try FileAttributes.path(context.desired, "path")
    try context.persist(path)
    guard let status = try Syscalls.status(path) else { throw ResourcePurged() }
    guard status.kind == .file else {
      throw FileAttributes.obstacle(path, wanted: .file, found: status.kind)
    }
    context.set("status", status)
    guard !context.desired.purged else { return }
    if let desired = context.desired["content"].contentDigest {
      let digest = try await contentDigest(context, path, status)
      if digest != desired {
        current["content"] = .content(digest: digest, byteCount: Int(status.size))
      }
    }
    try await FileAttributes.read(context, status, &current)
  }

  private func contentDigest(
    _ context: HandlerContext, _ path: String, _ status: FileStatus
  ) async throws -> ContentDigest {
    if Syscalls.realTimeNanos - status.modified < FileHandler.settledNanos {
      return try Syscalls.contentDigest(of: path)
    }
    return try await context.cache.value(
      "contentDigest",
      arguments: [
        "path": .string(path), "size": .int(status.size), "modified": .int(status.modified),
        "inode": .int(Int64(bitPattern: status.inode)),
      ]
    ) { try Syscalls.contentDigest(of: path) }
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    try await replace(context, desired, keeping: nil)
    context.info("created {path}", ["path": desired["path"]])
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws {
    let path = try desired.string("path")
    if changes["content"] != nil {
      try await replace(context, desired, keeping: context.get("status"))
    } else {
      try await change(context, changes, desired, path)
    }
    context.info(
      "updated {path}: {fields}",
      ["path": desired["path"], "fields": .list(changes.keys.sorted().map { .string($0) })])
  }

  private func change(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields,
    _ path: String
  ) async throws {
    let owner = changes["owner"] == nil ? nil : try await FileAttributes.userID(context)
    let group = changes["group"] == nil ? nil : try await FileAttributes.groupID(context)
    let status: FileStatus? = context.get("status")
    let mode = try FileAttributes.mode(desired) ?? status?.mode
    do {
      try Syscalls.changeOwner(path, owner: owner, group: group)
      if let mode, changes["mode"] != nil || owner != nil || group != nil {
        try Syscalls.changeMode(path, mode)
      }
    } catch { throw FileAttributes.explained(error) }
  }

  /// Writes the whole file anew. What is not managed stays as it was.
  private func replace(
    _ context: HandlerContext, _ desired: Fields, keeping old: FileStatus?
  ) async throws {
    let path = try desired.string("path")
    var contents: [UInt8] = []
    if let digest = desired["content"].contentDigest {
      contents = try await context.contents(of: digest)
    }
    let attributes = Syscalls.Attributes(
      owner: try await FileAttributes.userID(context) ?? old?.owner,
      group: try await FileAttributes.groupID(context) ?? old?.group,
      mode: try FileAttributes.mode(desired) ?? old?.mode)
    do {
      try Syscalls.replace(path, with: contents, attributes, isNew: old == nil)
    } catch { throw FileAttributes.explained(error) }
  }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    let path = try desired.string("path")
    do { try Syscalls.remove(path) } catch { throw FileAttributes.explained(error) }
    context.info("removed {path}", ["path": desired["path"]])
  }
}
