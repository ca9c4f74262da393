internal import Diagnostics
internal import Model
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping

/// Sends a model to the exporter, and what comes back to the client.
struct ExportRelay {
  let exporter: any RPCChannel
  let start: CompilerV1.CompileStart
  let sources: SourceMap

  /// Most instances in one message.
  static let batchInstances = 256
  /// Bytes of text in one message after which the next one begins.
  static let batchBytes = 512 << 10

  /// Runs one export to its end.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - deadline: When the call must have ended.
  ///   - body: Takes each message that comes back.
  /// - Throws: `RPCError` if the exporter cannot be reached or gives up.
  func run(
    _ model: Model, deadline: Deadline?, _ body: (ExporterV1.ExportResponse) async throws -> Void
  ) async throws {
    let client = ExporterV1.ExporterClient(exporter)
    let start = ExporterV1.ExportStart(
      environment: start.environment, store: self.start.goal != .export,
      release: self.start.goal == .release, idempotencyKey: start.idempotencyKey,
      message: start.message, returnResources: self.start.goal == .export)
    try await client.export(options: CallOptions(deadline: deadline)) { requests, responses in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await ExportRelay.send(start, model, to: requests) }
        for try await response in responses { try await body(rendered(response)) }
        try await group.waitForAll()
      }
    }
  }

  private static func send(
    _ start: ExporterV1.ExportStart, _ model: Model,
    to requests: RequestWriter<ExporterV1.ExportRequest>
  ) async throws {
    try await requests.write(.init(kind: .start(start)))
    var batch = ExporterV1.ModelBatch(
      entityTypes: model.entityTypes.map { .init($0) })
    var bytes = 0
    for instance in model.instances {
      bytes += instance.values.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) }
      batch.instances.append(.init(instance))
      if batch.instances.count >= batchInstances || bytes >= batchBytes {
        try await requests.write(.init(kind: .batch(batch)))
        batch = ExporterV1.ModelBatch()
        bytes = 0
      }
    }
    batch.resourceSets = model.resourceSets.map { .init($0) }
    try await requests.write(.init(kind: .batch(batch)))
    requests.finish()
  }

  /// Adds the source line to a diagnostic of the exporter, which has no sources.
  private func rendered(_ response: ExporterV1.ExportResponse) -> ExporterV1.ExportResponse {
    guard case .diagnostic(let message) = response.kind, message.rendered.isEmpty else {
      return response
    }
    let diagnostic = Diagnostic(
      Diagnostic.ID(rawValue: message.id), message.severity == .error ? .error : .warning,
      title: message.message,
      at: message.range.flatMap { sources.span(at: SourceLocation($0)) }, notes: message.notes,
      help: message.help)
    return .init(kind: .diagnostic(.init(diagnostic, in: sources)))
  }
}
