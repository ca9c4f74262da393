// The messages of the Language Server Protocol, version 3.17, as far as they are used here.

/// A place: a line and a number of UTF-16 code units, both counted from 0.
struct Position: Codable, Hashable, Comparable {
  var line: Int
  var character: Int

  static func < (left: Position, right: Position) -> Bool {
    (left.line, left.character) < (right.line, right.character)
  }
}

struct PositionRange: Codable, Hashable {
  var start: Position
  var end: Position
}

struct Location: Codable, Hashable {
  var uri: String
  var range: PositionRange
}

// MARK: - From the client

struct InitializeParameters: Decodable {
  struct Capabilities: Decodable {
    struct Workspace: Decodable {
      struct WatchedFiles: Decodable { var dynamicRegistration: Bool? }
      var didChangeWatchedFiles: WatchedFiles?
    }
    var workspace: Workspace?
  }
  struct Options: Decodable {
    /// The Python interpreter whose installed modules are found.
    var python: String?
    /// Whether a saved project is evaluated too, not only checked.
    var evaluate: Bool?
  }
  var capabilities: Capabilities?
  var initializationOptions: Options?
}

struct DocumentName: Decodable { var uri: String }
struct VersionedName: Decodable {
  var uri: String
  var version: Int
}

struct OpenParameters: Decodable {
  struct Item: Decodable {
    var uri: String
    var version: Int
    var text: String
  }
  var textDocument: Item
}

struct ChangeParameters: Decodable {
  struct Change: Decodable {
    var range: PositionRange?
    var text: String
  }
  var textDocument: VersionedName
  var contentChanges: [Change]
}

struct DocumentParameters: Decodable { var textDocument: DocumentName }

struct PositionParameters: Decodable {
  var textDocument: DocumentName
  var position: Position
}

struct ReferenceParameters: Decodable {
  struct Context: Decodable { var includeDeclaration: Bool }
  var textDocument: DocumentName
  var position: Position
  var context: Context
}

struct RenameParameters: Decodable {
  var textDocument: DocumentName
  var position: Position
  var newName: String
}

struct CancelParameters: Decodable { var id: RequestID }

struct WatchedFilesParameters: Decodable {
  struct Event: Decodable { var uri: String }
  var changes: [Event]
}

// MARK: - To the client

struct InitializeResult: Encodable {
  struct Capabilities: Encodable {
    struct Sync: Encodable {
      struct Save: Encodable { var includeText = false }
      var openClose = true
      /// Changes come as edits.
      var change = 2
      var save = Save()
    }
    struct Completion: Encodable { var triggerCharacters = [":", ".", "("] }
    struct Rename: Encodable { var prepareProvider = true }
    var positionEncoding = "utf-16"
    var textDocumentSync = Sync()
    var completionProvider = Completion()
    var hoverProvider = true
    var definitionProvider = true
    var referencesProvider = true
    var documentSymbolProvider = true
    var documentFormattingProvider = true
    var renameProvider = Rename()
  }
  struct Info: Encodable {
    var name = "southbound"
    var version: String
  }
  var capabilities = Capabilities()
  var serverInfo: Info
}

struct LSPDiagnostic: Encodable, Hashable {
  struct Related: Encodable, Hashable {
    var location: Location
    var message: String
  }
  var range: PositionRange
  /// 1 is an error, 2 a warning.
  var severity: Int
  var code: String
  var source = "southbound"
  var message: String
  var relatedInformation: [Related]
}

struct PublishParameters: Encodable {
  var uri: String
  var version: Int?
  var diagnostics: [LSPDiagnostic]
}

struct MarkupContent: Encodable {
  var kind = "markdown"
  var value: String
}

struct HoverResult: Encodable {
  var contents: MarkupContent
  var range: PositionRange
}

struct CompletionItem: Encodable, Hashable {
  /// The kinds, with the numbers of the protocol.
  enum Kind: Int, Encodable {
    case function = 3
    case field = 5
    case variable = 6
    case entity = 7
    case module = 9
    case keyword = 14
    case reference = 18
    case type = 25
  }
  var label: String
  var kind: Kind
  var detail: String?
  var insertText: String?
}

struct CompletionList: Encodable {
  var isIncomplete = false
  var items: [CompletionItem]
}

struct DocumentSymbol: Encodable {
  /// The kinds, with the numbers of the protocol.
  enum Kind: Int, Encodable {
    case entity = 5
    case method = 6
    case property = 7
    case field = 8
    case variable = 13
    case key = 20
    case type = 26
  }
  var name: String
  var detail: String?
  var kind: Kind
  var range: PositionRange
  var selectionRange: PositionRange
  var children: [DocumentSymbol]
}

struct TextEdit: Encodable, Hashable {
  var range: PositionRange
  var newText: String
}

struct WorkspaceEdit: Encodable {
  var changes: [String: [TextEdit]]
}

struct PrepareRenameResult: Encodable {
  var range: PositionRange
  var placeholder: String
}

struct RegistrationParameters: Encodable {
  struct Registration: Encodable {
    struct Options: Encodable {
      struct Watcher: Encodable { var globPattern: String }
      var watchers = [Watcher(globPattern: "**/*.cf"), Watcher(globPattern: "**/project.yml")]
    }
    var id = "watch-models"
    var method = "workspace/didChangeWatchedFiles"
    var registerOptions = Options()
  }
  var registrations = [Registration()]
}

struct LogParameters: Encodable {
  /// 1 is an error, 2 a warning, 3 information.
  var type: Int
  var message: String
}
