internal import Diagnostics
internal import Exporting
internal import Logging
internal import Model
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import SouthboundKit
internal import Threads

/// The `Exporter` service.
struct ExporterRPC: ExporterV1.ExporterService {
  let registry: IntegrationRegistry
  let store: VersionStore
  let logger: Logger

  /// Resources in one message to the client.
  static let batchResources = 256

  func export(
    _ requests: RequestStream<ExporterV1.ExportRequest>,
    responses: ResponseWriter<ExporterV1.ExportResponse>, context: ServerContext
  ) async throws {
    let (start, model) = try await read(requests)
    let clock = ContinuousClock()
    let begin = clock.now
    let registry = registry
    let result = await WorkThread.run { ModelExport.run(model, with: registry) }
    for finding in result.findings {
      try await responses.write(.init(kind: .diagnostic(.init(finding))))
    }
    var summary = ExporterV1.ExportSummary(
      succeeded: !result.hasErrors, resources: UInt64(result.resources.count),
      errors: UInt32(clamping: result.findings.count { $0.severity == .error }),
      ignored: UInt64(result.ignoredCount))
    if !result.hasErrors {
      try await write(result.resources, whole: start.returnResources, to: responses)
      if start.store {
        try await store.store(result, start: start, deadline: context.deadline) { response in
          try await responses.write(response)
        }
      }
    }
    summary.exportNanos = UInt64((clock.now - begin) / .nanoseconds(1))
    logger.info(
      "exported",
      metadata: [
        "environment": "\(start.environment)", "resources": "\(summary.resources)",
        "errors": "\(summary.errors)",
      ])
    try await responses.write(.init(kind: .summary(summary)))
  }

  private func read(
    _ requests: RequestStream<ExporterV1.ExportRequest>
  ) async throws -> (ExporterV1.ExportStart, Model) {
    guard case .start(let start)? = try await requests.next()?.kind else {
      throw RPCError(.invalidArgument, "the first message is not `start`")
    }
    var reader = ModelReader()
    while let request = try await requests.next() {
      guard case .batch(let batch)? = request.kind else {
        throw RPCError(.invalidArgument, "a message after `start` is not `batch`")
      }
      try reader.add(batch)
    }
    return (start, try reader.finish())
  }

  private func write(
    _ resources: [Resource], whole: Bool, to responses: ResponseWriter<ExporterV1.ExportResponse>
  ) async throws {
    let batches = resources.batches(
      of: Self.batchResources, bytesMax: VersionStore.batchBytes,
      by: { whole ? $0.wireBytes : $0.id.description.utf8.count })
    for batch in batches {
      try await responses.write(
        .init(
          kind: .resources(
            .init(
              resourceIDs: batch.map(\.id.description),
              resources: whole ? batch.map { .init($0) } : []))))
    }
  }
}

extension DiagnosticV1.Diagnostic {
  /// Makes the message for a finding; whoever has the sources adds the rendered text.
  init(_ finding: ExportFinding) {
    self.init(
      id: finding.id.rawValue, severity: .init(finding.severity), message: finding.title,
      range: finding.location.map { .init($0) }, notes: finding.notes, help: finding.help)
  }
}
