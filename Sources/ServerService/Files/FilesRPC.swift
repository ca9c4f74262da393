internal import Digest
internal import RPCCore
internal import Resources
internal import Schema
internal import Store

/// The `Files` service over the store.
struct FilesRPC: FilesV1.FilesService {
  let store: any Store
  let now: @Sendable () -> Timestamp

  /// Most digests in one question.
  static let digestsMax = 10_000
  /// Bytes of contents that are put into the store in one transaction.
  static let batchBytes = 4 << 20
  /// Bytes in one message of a download.
  static let pieceBytes = 256 << 10
  /// Most files in one message.
  static let filesInMessage = 1_024

  func findMissing(
    _ request: FilesV1.FindMissingRequest, context: ServerContext
  ) async throws -> FilesV1.FindMissingResponse {
    guard request.digests.count <= Self.digestsMax else {
      throw RPCError(
        .invalidArgument,
        "\(request.digests.count) digests in one request, at most \(Self.digestsMax) are allowed")
    }
    let digests = try request.digests.map(Requests.digest)
    let missing = try await store.missingFiles(of: digests, at: now())
    return .init(digests: missing.map(\.bytes))
  }

  func upload(
    _ requests: RequestStream<FilesV1.UploadRequest>, context: ServerContext
  ) async throws -> FilesV1.UploadResponse {
    var batch: [FileContents] = []
    var batchBytes = 0
    var response = FilesV1.UploadResponse()
    var current: PartialFile?
    while let request = try await requests.next() {
      var file = try current ?? PartialFile(digest: Requests.digest(request.digest))
      try file.append(request)
      guard request.last else {
        current = file
        continue
      }
      current = nil
      let contents = try file.finish()
      response.files += 1
      response.bytes += UInt64(contents.bytes.count)
      batchBytes += contents.bytes.count
      batch.append(contents)
      if batchBytes >= Self.batchBytes {
        try await store.putFiles(batch, at: now())
        batch.removeAll()
        batchBytes = 0
      }
    }
    if let current {
      throw RPCError(.invalidArgument, "the stream ended in the middle of file \(current.digest)")
    }
    try await store.putFiles(batch, at: now())
    return response
  }

  func download(
    _ request: FilesV1.DownloadRequest, responses: ResponseWriter<FilesV1.DownloadResponse>,
    context: ServerContext
  ) async throws {
    try await forEachPiece(of: try Requests.digest(request.digest)) { piece, _ in
      try await responses.write(.init(contents: piece))
    }
  }

  func fetch(
    _ request: FilesV1.FetchRequest, responses: ResponseWriter<FilesV1.FetchResponse>,
    context: ServerContext
  ) async throws {
    guard request.digests.count <= Self.digestsMax else {
      throw RPCError(
        .invalidArgument,
        "\(request.digests.count) digests in one request, at most \(Self.digestsMax) are allowed")
    }
    var rest = try request.digests.map(Requests.digest)[...]
    while let digest = rest.first {
      // What fits into a message goes together; what does not, in pieces.
      let files = try await store.readFiles(
        Array(rest.prefix(Self.filesInMessage)), bytesMax: Self.pieceBytes)
      rest = rest.dropFirst(max(1, files.count))
      if files.isEmpty {
        try await forEachPiece(of: digest) { piece, isLast in
          try await responses.write(
            .init(pieces: [.init(digest: digest.bytes, contents: piece, last: isLast)]))
        }
      } else {
        try await responses.write(
          .init(
            pieces: files.map {
              .init(digest: $0.digest.bytes, contents: $0.bytes, last: true)
            }))
      }
    }
  }

  private func forEachPiece(
    of digest: ContentDigest, _ body: (_ piece: [UInt8], _ isLast: Bool) async throws -> Void
  ) async throws {
    guard let size = try await store.fileSize(digest) else {
      throw RPCError(.notFound, "there is no file \(digest)")
    }
    var offset = 0
    repeat {
      let piece = try await store.readFile(digest, offset: offset, bytesMax: Self.pieceBytes)
      guard !piece.isEmpty || size == 0 else {
        throw RPCError(.dataLoss, "file \(digest) ends at byte \(offset) of \(size)")
      }
      offset += piece.count
      try await body(piece, offset >= size)
    } while offset < size
  }
}

/// A file of which not all pieces have arrived.
private struct PartialFile {
  let digest: ContentDigest
  private var bytes: [UInt8] = []

  init(digest: ContentDigest) { self.digest = digest }

  mutating func append(_ request: FilesV1.UploadRequest) throws {
    guard request.digest.isEmpty || request.digest == digest.bytes else {
      throw RPCError(
        .invalidArgument, "a new file begins before the last piece of \(digest) was sent")
    }
    guard bytes.count + request.contents.count <= FileContents.bytesMax else {
      throw RPCError(
        .resourceExhausted,
        "file \(digest) has more than \(FileContents.bytesMax >> 20) MiB, the most that is stored")
    }
    bytes += request.contents
  }

  func finish() throws -> FileContents {
    let found = SHA256.digest(of: bytes)
    guard found == digest else {
      throw RPCError(
        .invalidArgument, "file \(digest) was announced, but the contents have digest \(found)")
    }
    return FileContents(digest: digest, bytes: bytes)
  }
}
