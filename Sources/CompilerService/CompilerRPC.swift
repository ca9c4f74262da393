internal import Diagnostics
internal import Language
internal import Logging
internal import Model
internal import ProjectFiles
internal import RPCCore
internal import Schema
internal import SchemaMapping
internal import Synchronization
internal import Threads

/// The `Compiler` service.
struct CompilerRPC: CompilerV1.CompilerService {
  let exporter: any RPCChannel
  let environment: [String: String]
  let functions: FunctionSettings?
  let logger: Logger

  /// Bytes of printed text in one message.
  static let printedPieceBytes = 64 << 10

  func compile(
    _ requests: RequestStream<CompilerV1.CompileRequest>,
    responses: ResponseWriter<CompilerV1.CompileResponse>, context: ServerContext
  ) async throws {
    try await responses.write(progress(.receiving))
    let project = try await ReceivedProject.read(from: requests)
    let clock = ContinuousClock()
    let begin = clock.now
    let result = try await evaluate(project, responses)
    var summary = CompilerV1.CompileSummary(
      succeeded: result.succeeded, instances: UInt64(result.model.instances.count),
      errors: UInt32(clamping: result.diagnostics.count { $0.severity == .error }),
      warnings: UInt32(clamping: result.diagnostics.count { $0.severity == .warning }))
    summary.compileNanos = UInt64((clock.now - begin) / .nanoseconds(1))
    for diagnostic in result.diagnostics {
      try await responses.write(.init(kind: .diagnostic(.init(diagnostic, in: result.sources))))
    }
    try await write(printed: result.printed, to: responses)
    if result.succeeded, project.start.goal.needsExport {
      try await responses.write(
        progress(.exporting, instances: result.model.instances.count))
      let relay = ExportRelay(exporter: exporter, start: project.start, sources: result.sources)
      try await relay.run(result.model, deadline: context.deadline) { response in
        try await responses.write(.init(kind: .export(response)))
        summary.add(response)
      }
    }
    logger.info(
      "compiled",
      metadata: [
        "instances": "\(summary.instances)", "errors": "\(summary.errors)",
        "version": "\(summary.version)",
      ])
    try await responses.write(.init(kind: .summary(summary)))
  }

  /// Compiles on a thread of its own, and reports the phases.
  private func evaluate(
    _ received: ReceivedProject, _ responses: ResponseWriter<CompilerV1.CompileResponse>
  ) async throws -> CompileResult {
    let project: Project
    do {
      project = try received.open(packageFolders: functions?.packageFolders ?? [])
    } catch {
      return CompileResult(
        model: Model(), variables: [], diagnostics: [error], sources: SourceMap())
    }
    var limits = CompilerLimits()
    limits.relationPrecedence = project.settings?.relationPrecedence ?? []
    let variables = environment.merging(received.start.environmentVariables) { $1 }
    let isCancelled = Flag()
    let (phases, continuation) = AsyncStream.makeStream(
      of: Compiler.Progress.self, bufferingPolicy: .bufferingNewest(8))
    let code = functions.flatMap { ReceivedCode(project, $0, logger) }
    let compiler = Compiler(
      files: project, limits: limits, environment: variables, functions: code?.host,
      progress: { phase in
        if case .printed = phase { return }
        continuation.yield(phase)
      }, isCancelled: { isCancelled.isSet })
    async let result = WorkThread.run {
      defer {
        code?.remove()
        continuation.finish()
      }
      return compiler.compile()
    }
    try await withTaskCancellationHandler {
      for await phase in phases { try await responses.write(progress(phase)) }
    } onCancel: {
      isCancelled.set()
    }
    return await result
  }

  private func progress(_ phase: Compiler.Progress) -> CompilerV1.CompileResponse {
    switch phase {
    case .parsed(let files): progress(.typing, files: files)
    case .defined, .printed: progress(.evaluating)
    case .evaluated(let instances): progress(.evaluating, instances: instances)
    }
  }

  private func progress(
    _ phase: CompilerV1.CompilePhase, instances: Int = 0, files: Int = 0
  ) -> CompilerV1.CompileResponse {
    .init(
      kind: .progress(
        .init(phase: phase, instances: UInt64(instances), files: UInt32(clamping: files))))
  }

  private func write(
    printed text: String, to responses: ResponseWriter<CompilerV1.CompileResponse>
  ) async throws {
    var rest = text.unicodeScalars[...]
    while !rest.isEmpty {
      // A scalar has at most four bytes in UTF-8.
      let piece = rest.prefix(Self.printedPieceBytes / 4)
      rest = rest[piece.endIndex...]
      try await responses.write(.init(kind: .printed(String(String.UnicodeScalarView(piece)))))
    }
  }
}

extension CompilerV1.CompileGoal {
  /// Whether the model goes to the exporter.
  var needsExport: Bool { self == .export || self == .store || self == .release }
}

extension CompilerV1.CompileSummary {
  /// Takes over what the exporter says.
  mutating func add(_ response: ExporterV1.ExportResponse) {
    switch response.kind {
    case .diagnostic(let diagnostic):
      if diagnostic.severity == .error { errors += 1 } else { warnings += 1 }
    case .version(let committed): version = committed.version
    case .summary(let summary):
      resources = summary.resources
      succeeded = succeeded && summary.succeeded
    case .resources, .files, nil: break
    }
  }
}

/// Set once, from any thread.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}
