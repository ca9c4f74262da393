internal import Diagnostics
internal import Language
internal import ProjectFiles
internal import Synchronization

/// What was read from disk, until somebody says that it may have changed.
final class DiskCache: Sendable {
  private let files = Mutex<[String: ModelFile?]>([:])

  func file(
    _ name: String, _ read: () throws(Diagnostic) -> ModelFile?
  ) throws(Diagnostic) -> ModelFile? {
    if let known = files.withLock({ $0[name] }) { return known }
    let found = try read()
    files.withLock { $0[name] = .some(found) }
    return found
  }

  func clear() { files.withLock { $0.removeAll() } }
}

/// The files of a project with the texts that are open in the place of those on disk.
struct WorkspaceSource: ModuleSource {
  /// What the compile begins with.
  enum Entry {
    case main(path: String)
    /// A module's file that the main file does not reach.
    case namespace(String)
  }

  let project: Project
  let entry: Entry
  let documents: [String: [UInt8]]
  let disk: DiskCache

  /// The path of the text that stands for a main file.
  static let entryPath = "<project>"

  func mainFile() throws(Diagnostic) -> ModelFile {
    switch entry {
    case .namespace(let name):
      return ModelFile(path: Self.entryPath, bytes: Array("import \(name)\n".utf8))
    case .main(let path):
      if let bytes = documents[path] { return ModelFile(path: path, bytes: bytes) }
      let file = try disk.file("") { () throws(Diagnostic) in try project.mainFile() }
      return file ?? ModelFile(path: path, bytes: [])
    }
  }

  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    let name = namespace.joined(separator: "::")
    let found = try disk.file(name) { () throws(Diagnostic) in
      guard var file = try project.modelFile(of: namespace) else { return nil }
      file.path = FileURI.plain(file.path)
      return file
    }
    guard let file = found, let bytes = documents[file.path] else { return found }
    return ModelFile(path: file.path, bytes: bytes)
  }

  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? {
    try project.content(kind, path: path, module: module)
  }

  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? {
    try project.listFiles(path: path, module: module)
  }

  func moduleNames() -> [String] { project.moduleNames() }
}
