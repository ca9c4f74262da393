internal import AgentStore
internal import RPCCore
internal import Resources
internal import Schema

/// File contents: from the disk, or else from the server.
struct ContentFetcher: Sendable {
  let store: AgentStore
  let channel: any RPCChannel
  let limits: AgentConfiguration.Limits
  private let recent: RecentContents

  /// Contents that are asked for in one call.
  private static let digestsMax = 4_096
  /// Bytes that are brought to the disk together.
  private static let batchBytes = 8 << 20

  init(store: AgentStore, channel: any RPCChannel, limits: AgentConfiguration.Limits) {
    self.store = store
    self.channel = channel
    self.limits = limits
    recent = RecentContents(bytesMax: limits.recentContentBytesMax)
  }

  /// Contents for a handler. What a planned version names may not be on the disk yet.
  func contents(of id: ContentDigest) async throws -> [UInt8] {
    if let bytes = recent.take(id) { return bytes }
    if let bytes = try await store.readContents(id) { return bytes }
    var downloaded: [UInt8] = []
    try await download([id]) { files in downloaded = files.first?.bytes ?? [] }
    return downloaded
  }

  /// Brings all contents to the disk.
  func fetch(_ ids: Set<ContentDigest>) async throws {
    recent.removeAll()
    let missing = try await store.missingContents(ids)
    for part in missing.batches(of: Self.digestsMax, bytesMax: .max, by: { _ in 0 }) {
      try await download(part) { files in
        try await store.writeContents(files)
        recent.add(files)
      }
    }
  }

  /// Downloads contents, and hands over some megabytes of them at a time.
  private func download(
    _ ids: some Collection<ContentDigest>,
    _ keep: ([(id: ContentDigest, bytes: [UInt8])]) async throws -> Void
  ) async throws {
    let request = FilesV1.FetchRequest(digests: ids.map(\.bytes))
    try await FilesV1.FilesClient(channel).fetch(request) { responses in
      var rest = ids[...]
      var files: [(id: ContentDigest, bytes: [UInt8])] = []
      var current: [UInt8] = []
      var bytes = 0
      while let response = try await responses.next() {
        for piece in response.pieces {
          guard let id = rest.first, id.bytes == piece.digest else {
            throw RPCError(.internalError, "the server sent contents that were not asked for")
          }
          current += piece.contents
          guard current.count <= limits.contentBytesMax else {
            throw RPCError(
              .resourceExhausted,
              "the contents \(id) are larger than \(limits.contentBytesMax) bytes")
          }
          guard piece.last else { continue }
          rest.removeFirst()
          bytes += current.count
          files.append((id, current))
          current = []
          guard bytes > Self.batchBytes else { continue }
          try await keep(files)
          files = []
          bytes = 0
        }
      }
      guard rest.isEmpty else {
        throw RPCError(.dataLoss, "the server did not send all contents that were asked for")
      }
      if !files.isEmpty { try await keep(files) }
    }
  }
}
