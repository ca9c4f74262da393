internal import AgentStore
internal import RPCCore
internal import Resources
internal import Schema
internal import Threads

/// File contents: from the disk, or else from the server.
struct ContentFetcher: Sendable {
  let folder: ContentFolder
  let channel: any RPCChannel
  let limits: AgentConfiguration.Limits

  /// Contents for a handler. What a planned version names may not be on the disk yet.
  func contents(of id: ContentDigest) async throws -> [UInt8] {
    if folder.contains(id) {
      let folder = folder
      return try await WorkThread.run { Result { try folder.read(id) } }.get()
    }
    return try await download(id)
  }

  /// Brings all contents to the disk.
  func fetch(_ ids: Set<ContentDigest>) async throws {
    let missing = ids.filter { !folder.contains($0) }.sorted { $0.hex < $1.hex }
    var index = 0
    // So many at a time that one sync of the disk serves many files, and memory stays small.
    while index < missing.count {
      let part = Array(missing[index..<min(index + 256, missing.count)])
      index += part.count
      try await fetchPart(part)
    }
  }

  private func fetchPart(_ ids: [ContentDigest]) async throws {
    try await withThrowingTaskGroup(of: (ContentDigest, [UInt8]).self) { group in
      var files: [(ContentDigest, [UInt8])] = []
      var bytes = 0
      func keep(_ file: (ContentDigest, [UInt8])) async throws {
        files.append(file)
        bytes += file.1.count
        guard bytes > 8 << 20 else { return }
        try await store(files)
        files = []
        bytes = 0
      }
      for (position, id) in ids.enumerated() {
        if position >= limits.downloadsMax, let file = try await group.next() {
          try await keep(file)
        }
        group.addTask { (id, try await download(id)) }
      }
      while let file = try await group.next() { try await keep(file) }
      try await store(files)
    }
  }

  private func store(_ files: [(ContentDigest, [UInt8])]) async throws {
    guard !files.isEmpty else { return }
    let folder = folder
    try await WorkThread.run { Result { try folder.write(files) } }.get()
  }

  private func download(_ id: ContentDigest) async throws -> [UInt8] {
    try await FilesV1.FilesClient(channel).download(FilesV1.DownloadRequest(digest: id.bytes)) {
      pieces in
      var bytes: [UInt8] = []
      while let piece = try await pieces.next() {
        bytes += piece.contents
        guard bytes.count <= limits.contentBytesMax else {
          throw RPCError(
            .resourceExhausted,
            "the contents \(id) are larger than \(limits.contentBytesMax) bytes")
        }
      }
      return bytes
    }
  }
}
