internal import Diagnostics
internal import FunctionHost
internal import Language
internal import ProjectFiles
internal import Threads

/// Serves the Language Server Protocol on a pair of descriptors.
public enum LanguageServer {
  /// What the server is given.
  public struct Options: Sendable {
    /// The environment variables of the process: `PATH`, and what models read.
    public var environment: [String: String]
    /// The Python interpreter: its installed modules are found, and it runs their functions.
    public var interpreter: String
    /// Whether a saved project is evaluated too, not only checked.
    public var evaluates = true
    /// The version of the program.
    public var version: String

    /// Makes options.
    public init(environment: [String: String], interpreter: String, version: String) {
      self.environment = environment
      self.interpreter = interpreter
      self.version = version
    }
  }

  /// Serves until the client says `exit`, or goes away.
  ///
  /// - Parameters:
  ///   - input: The descriptor that messages are read from.
  ///   - output: The descriptor that messages are written to.
  ///   - options: What the server is given.
  /// - Returns: 0 if the client said `shutdown` before, else 1: the status of the process.
  public static func run(input: Int32, output: Int32, options: Options) async -> Int32 {
    Syscalls.ignoreBrokenPipes()
    return await WorkThread.run { Session(input: input, output: output, options: options).run() }
  }
}

/// One client from its first byte to its last, on one thread.
///
/// Messages are answered in their order. Before each one is taken, what has arrived is read, so that
/// a cancellation overtakes the request that it is for; findings are published and a saved project
/// is evaluated when nothing is waiting.
final class Session {
  /// The state of the protocol.
  enum Phase {
    case new, running, shutDown
  }

  /// A message that was read.
  struct Pending {
    var envelope: Envelope
    var bytes: [UInt8]
    var isCancelled = false
  }

  /// The most messages that are read ahead; more stay in the pipe.
  static let pendingMax = 1024

  let input: Int32
  let output: Int32
  var options: LanguageServer.Options
  var phase = Phase.new
  var exitStatus: Int32?
  let workspace = Workspace()
  var canWatchFiles = false
  /// What the client was told, by path.
  var published: [String: (version: Int?, diagnostics: [LSPDiagnostic])] = [:]
  var mustPublish = false
  private var reader = FrameReader()
  private var pending: [Pending] = []

  init(input: Int32, output: Int32, options: LanguageServer.Options) {
    self.input = input
    self.output = output
    self.options = options
  }

  func run() -> Int32 {
    while exitStatus == nil {
      guard readAhead() else { break }
      if !pending.isEmpty {
        handle(pending.removeFirst())
        continue
      }
      if mustPublish {
        publish()
      } else if phase == .running, evaluateNext() {
        publish()
      }
    }
    return exitStatus ?? 1
  }

  /// Reads what has arrived; waits for more if there is nothing to do. Returns false at the end.
  private func readAhead() -> Bool {
    while pending.count < Self.pendingMax {
      switch Syscalls.read(input, waits: pending.isEmpty && !hasWork) {
      case .nothing: return true
      case .end:
        // What was asked before the end is answered as far as somebody reads it.
        while exitStatus == nil, !pending.isEmpty { handle(pending.removeFirst()) }
        return false
      case .bytes(let bytes):
        reader.append(bytes)
        guard takeMessages() else { return false }
      }
    }
    return true
  }

  private var hasWork: Bool {
    mustPublish || (phase == .running && workspace.openProjects.contains { wantsEvaluation($0) })
  }

  /// Takes the whole messages from the stream. Returns false when it cannot be read on.
  private func takeMessages() -> Bool {
    do {
      while let bytes = try reader.next() { take(bytes) }
      return true
    } catch {
      while exitStatus == nil, !pending.isEmpty { handle(pending.removeFirst()) }
      send(ErrorResponse(id: nil, error: .parse("\(error.message); the connection ends")))
      return false
    }
  }

  private func take(_ bytes: [UInt8]) {
    let envelope: Envelope
    do {
      envelope = try JSONMessage.decode(Envelope.self, bytes)
    } catch {
      let isJSON = JSONMessage.isJSON(bytes)
      send(
        ErrorResponse(
          id: nil,
          error: isJSON
            ? .invalidRequest("the message is no request of JSON-RPC 2.0")
            : .parse("the message is no JSON")))
      return
    }
    if envelope.method == "$/cancelRequest" {
      guard let id = (try? JSONMessage.decode(Parameters<CancelParameters>.self, bytes))?.params.id
      else { return }
      for index in pending.indices where pending[index].envelope.id == id {
        pending[index].isCancelled = true
      }
      return
    }
    pending.append(Pending(envelope: envelope, bytes: bytes))
  }

  // MARK: - Handling

  private func handle(_ message: Pending) {
    guard let method = message.envelope.method else {
      // An answer to a request of ours needs nothing; without an id either it is no message.
      if message.envelope.id == nil {
        send(ErrorResponse(id: nil, error: .invalidRequest("the message has no `method`")))
      }
      return
    }
    guard let id = message.envelope.id else {
      handleNotification(method, message.bytes)
      return
    }
    do {
      guard message.envelope.jsonrpc == "2.0" else {
        throw ResponseError.invalidRequest("`jsonrpc` is not \"2.0\"")
      }
      if message.isCancelled { throw ResponseError.cancelled }
      try handleRequest(method, id, message.bytes)
    } catch let error as ResponseError {
      send(ErrorResponse(id: id, error: error))
    } catch {
      send(ErrorResponse(id: id, error: .invalidParameters(JSONMessage.explanation(of: error))))
    }
  }

  func parameters<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    try JSONMessage.decode(Parameters<Value>.self, bytes).params
  }

  func send(_ message: some Encodable) {
    guard let bytes = JSONMessage.encode(message) else { return }
    if !Syscalls.write(output, FrameReader.frame(bytes)) { exitStatus = exitStatus ?? 1 }
  }

  func answer(_ id: RequestID, _ result: (some Encodable)?) {
    send(Response(id: id, result: result))
  }

  func log(_ text: String) {
    send(
      Notification(method: "window/logMessage", params: LogParameters(type: 2, message: text)))
  }

  // MARK: - Idle work

  /// Tells the client what changed in the findings.
  func publish() {
    mustPublish = false
    let closed = workspace.forgetClosed()
    let found = workspace.check()
    let paths = Set(found.keys).union(published.keys).union(closed)
      .union(workspace.documents.keys)
    for path in paths.sorted() {
      let document = workspace.documents[path]
      let diagnostics = found[path] ?? []
      let known = published[path]
      let isNewVersion = document != nil && known?.version != document?.version
      guard isNewVersion || known?.diagnostics ?? [] != diagnostics else { continue }
      published[path] =
        diagnostics.isEmpty && document == nil ? nil : (document?.version, diagnostics)
      send(
        Notification(
          method: "textDocument/publishDiagnostics",
          params: PublishParameters(
            uri: document?.uri ?? FileURI.uri(of: path), version: document?.version,
            diagnostics: diagnostics)))
    }
  }

  private func wantsEvaluation(_ project: OpenProject) -> Bool {
    options.evaluates && project.awaitsEvaluation && !project.isStale
  }

  /// Evaluates one project that was saved. Gives up as soon as a message arrives; it is tried again
  /// later. Returns whether there is something new.
  private func evaluateNext() -> Bool {
    guard let project = workspace.openProjects.first(where: { wantsEvaluation($0) }) else {
      return false
    }
    guard let (source, opened) = project.evaluationSource(workspace.texts) else {
      project.awaitsEvaluation = false
      return false
    }
    var limits = CompilerLimits()
    limits.relationPrecedence = opened.settings?.relationPrecedence ?? []
    let functions = FunctionHost(
      FunctionHostOptions(
        interpreter: options.interpreter,
        kitFolder: FunctionHostOptions.kitFolder(near: "/proc/self/exe"),
        projectFolder: opened.folder, modules: { opened.codeFolders() }))
    let input = input
    let compiler = Compiler(
      files: source, limits: limits, environment: options.environment, functions: functions,
      isCancelled: { Syscalls.hasInput(input) })
    let result = compiler.compile()
    if result.diagnostics.contains(where: { $0.id == "cancelled" }) { return false }
    project.awaitsEvaluation = false
    project.takeEvaluation(result.diagnostics, result.sources)
    return true
  }
}
