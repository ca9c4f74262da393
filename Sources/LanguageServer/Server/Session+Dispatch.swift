internal import Foundation

/// Which message is handled where.
extension Session {
  func handleRequest(_ method: String, _ id: RequestID, _ bytes: [UInt8]) throws {
    if method == "initialize" {
      guard phase == .new else {
        throw ResponseError.invalidRequest("the server is initialized already")
      }
      initialize(id, try parameters(InitializeParameters.self, bytes))
      return
    }
    switch phase {
    case .new: throw ResponseError.notInitialized
    case .shutDown: throw ResponseError.invalidRequest("the server was shut down")
    case .running: break
    }
    switch method {
    case "shutdown":
      phase = .shutDown
      answer(id, nil as Null?)
    case "textDocument/definition":
      answer(id, try definition(try parameters(PositionParameters.self, bytes)))
    case "textDocument/references":
      answer(id, try references(try parameters(ReferenceParameters.self, bytes)))
    case "textDocument/hover":
      answer(id, try hover(try parameters(PositionParameters.self, bytes)))
    case "textDocument/completion":
      answer(id, try completion(try parameters(PositionParameters.self, bytes)))
    case "textDocument/documentSymbol":
      answer(id, try documentSymbols(try parameters(DocumentParameters.self, bytes)))
    case "textDocument/formatting":
      answer(id, try formatting(try parameters(DocumentParameters.self, bytes)))
    case "textDocument/prepareRename":
      answer(id, try prepareRename(try parameters(PositionParameters.self, bytes)))
    case "textDocument/rename":
      answer(id, try rename(try parameters(RenameParameters.self, bytes)))
    default: throw ResponseError.unknownMethod(method)
    }
  }

  func handleNotification(_ method: String, _ bytes: [UInt8]) {
    if method == "exit" {
      exitStatus = phase == .shutDown ? 0 : 1
      return
    }
    guard phase == .running else { return }
    do {
      switch method {
      case "initialized": register()
      case "textDocument/didOpen": open(try parameters(OpenParameters.self, bytes))
      case "textDocument/didChange": change(try parameters(ChangeParameters.self, bytes))
      case "textDocument/didClose":
        let uri = try parameters(DocumentParameters.self, bytes).textDocument.uri
        if workspace.close(uri) { mustPublish = true } else { log("`\(uri)` is not open") }
      case "textDocument/didSave":
        workspace.save(try parameters(DocumentParameters.self, bytes).textDocument.uri)
        mustPublish = true
      case "workspace/didChangeWatchedFiles":
        workspace.noteDiskChange()
        mustPublish = true
      default: return
      }
    } catch {
      log("the message `\(method)` is ignored: \(JSONMessage.explanation(of: error))")
    }
  }

  private func initialize(_ id: RequestID, _ parameters: InitializeParameters) {
    phase = .running
    canWatchFiles =
      parameters.capabilities?.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false
    if let python = parameters.initializationOptions?.python { options.interpreter = python }
    if let evaluates = parameters.initializationOptions?.evaluate { options.evaluates = evaluates }
    workspace.findPackages(
      interpreter: options.interpreter, searchPath: options.environment["PATH"] ?? "")
    answer(id, InitializeResult(serverInfo: .init(version: options.version)))
  }

  private func register() {
    guard canWatchFiles else { return }
    send(
      ClientRequest(
        id: .text("watch-models"), method: "client/registerCapability",
        params: RegistrationParameters()))
  }

  private func open(_ parameters: OpenParameters) {
    let item = parameters.textDocument
    let document = TextDocument(uri: item.uri, version: item.version, text: item.text)
    if workspace.open(document) {
      mustPublish = true
    } else {
      log("`\(item.uri)` is ignored: more than \(Workspace.documentsMax) documents are open")
    }
  }

  private func change(_ parameters: ChangeParameters) {
    let name = parameters.textDocument
    if !workspace.change(name.uri, version: name.version, parameters.contentChanges) {
      log("a change of `\(name.uri)` is ignored: it is not open, or has no such range")
    }
    mustPublish = true
  }
}
