internal import Diagnostics
internal import ProjectFiles
internal import RPCCore
internal import Schema

/// The project of one `Compile` call, put together from the messages in which it arrives.
struct ReceivedProject {
  let start: CompilerV1.CompileStart
  private var files: [String: [UInt8]] = [:]
  private var bytes = 0

  /// Reads a whole project from a call.
  ///
  /// - Throws: INVALID_ARGUMENT if the messages are out of order, RESOURCE_EXHAUSTED if the project
  ///   is too large.
  static func read(
    from requests: RequestStream<CompilerV1.CompileRequest>
  ) async throws -> ReceivedProject {
    guard case .start(let start)? = try await requests.next()?.kind else {
      throw RPCError(.invalidArgument, "the first message is not `start`")
    }
    var project = ReceivedProject(start: start)
    while let request = try await requests.next() {
      guard case .file(let file)? = request.kind else {
        throw RPCError(.invalidArgument, "a message after `start` is not `file`")
      }
      try project.add(file)
    }
    return project
  }

  private init(start: CompilerV1.CompileStart) { self.start = start }

  private mutating func add(_ file: CompilerV1.ProjectFile) throws {
    bytes += file.contents.count
    guard bytes <= ProjectUpload.bytesMax else {
      throw RPCError(
        .resourceExhausted,
        "the project has more than \(ProjectUpload.bytesMax >> 20) MiB of files")
    }
    files[file.path, default: []] += file.contents
    guard files.count <= ProjectUpload.filesMax else {
      throw RPCError(
        .resourceExhausted, "the project has more than \(ProjectUpload.filesMax) files")
    }
  }

  /// Opens the files as a project.
  ///
  /// - Parameter packageFolders: Folders on this machine with installed modules.
  /// - Returns: The project.
  /// - Throws: A diagnostic if the settings cannot be read.
  func open(packageFolders: [String]) throws(Diagnostic) -> Project {
    try Project.open(
      files: files, mainFile: start.mainFile.isEmpty ? "main.cf" : start.mainFile,
      packageFolders: packageFolders)
  }
}
