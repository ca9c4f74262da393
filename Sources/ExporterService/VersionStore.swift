internal import Exporting
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping

/// Stores exported resources in the server: first the files that it lacks, then the version.
struct VersionStore: Sendable {
  let server: any RPCChannel

  /// Digests in one question for missing files.
  static let digestsMax = 10_000
  /// Bytes of a file in one message.
  static let pieceBytes = 256 << 10
  /// Resources in one message.
  static let batchResources = 256
  /// Bytes of the resources in one message, about.
  static let batchBytes = 1 << 20

  /// Stores a version. It appears whole or not at all.
  ///
  /// - Parameters:
  ///   - result: What was exported, without errors.
  ///   - start: What the client asked for.
  ///   - deadline: When the calls must have ended.
  ///   - report: Takes what the client is told.
  /// - Throws: `RPCError` as the server answers.
  func store(
    _ result: ExportResult, start: ExporterV1.ExportStart, deadline: Deadline?,
    _ report: (ExporterV1.ExportResponse) async throws -> Void
  ) async throws {
    let options = CallOptions(deadline: deadline)
    let uploaded = try await upload(result.contents, options)
    try await report(.init(kind: .files(uploaded)))
    let response = try await put(result, start, options)
    let version = response.version ?? VersionsV1.Version()
    let committed = ExporterV1.CommittedVersion(
      version: version.number, released: version.releasedUnixNanos != 0)
    try await report(.init(kind: .version(committed)))
    for warning in await unservedAgents(result, start.environment, options) {
      try await report(.init(kind: .diagnostic(warning)))
    }
  }

  private func upload(
    _ contents: [ContentDigest: [UInt8]], _ options: CallOptions
  ) async throws -> ExporterV1.UploadedFiles {
    let files = FilesV1.FilesClient(server)
    let digests = contents.keys.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
    var missing: [[UInt8]] = []
    var rest = digests[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(Self.digestsMax))
      rest = rest.dropFirst(batch.count)
      let response = try await files.findMissing(
        FilesV1.FindMissingRequest(digests: batch), options: options)
      missing += response.digests
    }
    var uploaded = ExporterV1.UploadedFiles(needed: UInt64(digests.count))
    guard !missing.isEmpty else { return uploaded }
    let response = try await files.upload(options: options) { requests in
      for digest in missing {
        guard let key = ContentDigest(bytes: digest), let bytes = contents[key] else { continue }
        try await Self.send(key, bytes, to: requests)
      }
    }
    uploaded.uploaded = response.files
    uploaded.bytes = response.bytes
    return uploaded
  }

  private static func send(
    _ digest: ContentDigest, _ contents: [UInt8],
    to requests: RequestWriter<FilesV1.UploadRequest>
  ) async throws {
    var rest = contents[...]
    var isFirst = true
    repeat {
      let piece = Array(rest.prefix(pieceBytes))
      rest = rest.dropFirst(piece.count)
      try await requests.write(
        FilesV1.UploadRequest(
          digest: isFirst ? digest.bytes : [], contents: piece, last: rest.isEmpty))
      isFirst = false
    } while !rest.isEmpty
  }

  private func put(
    _ result: ExportResult, _ start: ExporterV1.ExportStart, _ options: CallOptions
  ) async throws -> VersionsV1.PutResponse {
    try await VersionsV1.VersionsClient(server).put(options: options) { requests in
      let first = VersionsV1.PutStart(
        environment: start.environment, idempotencyKey: start.idempotencyKey,
        release: start.release, message: start.message,
        handlerBindings: result.handlerBindings.map { .init($0) })
      try await requests.write(.init(kind: .start(first)))
      let batches = result.resources.batches(
        of: Self.batchResources, bytesMax: Self.batchBytes, by: \.wireBytes)
      for batch in batches {
        try await requests.write(
          .init(kind: .batch(.init(resources: batch.map { .init($0) }))))
      }
      try await requests.write(
        .init(kind: .end(.init(resources: UInt64(result.resources.count)))))
    }
  }

  /// Warnings for names that no agent process serves. The version is stored already, so a failure
  /// here only costs the warning.
  private func unservedAgents(
    _ result: ExportResult, _ environment: String, _ options: CallOptions
  ) async -> [DiagnosticV1.Diagnostic] {
    let sessions = SessionsV1.AgentSessionsClient(server)
    var patterns: [GlobPattern] = []
    var after = ""
    repeat {
      guard
        let page = try? await sessions.list(
          SessionsV1.ListRequest(environment: environment, after: after), options: options)
      else { return [] }
      let connected = page.agents.filter(\.connected)
      patterns += Set(connected.flatMap(\.namePatterns)).map(GlobPattern.init)
      after = page.nextAfter
    } while !after.isEmpty
    let names = Set(result.resources.map(\.id.agent))
    return names.sorted(by: Value.keyOrder).filter { name in
      !patterns.contains { $0.matches(name) }
    }.map { name in
      DiagnosticV1.Diagnostic(
        id: "unserved-agent", severity: .warning,
        message: "no agent process serves `\(name)`; its resources wait",
        help: ["start southbound-agent with --name '\(name)'"])
    }
  }
}
