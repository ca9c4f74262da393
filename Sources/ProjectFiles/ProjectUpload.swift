#if canImport(Glibc)
  internal import Glibc
#endif

/// The files of a project, collected to be streamed to the compiler service.
public struct ProjectUpload: Sendable {
  /// A file with its path relative to the project.
  public struct File: Sendable {
    /// Path with forward slashes.
    public var path: String
    /// Contents.
    public var contents: [UInt8]
  }

  /// The project cannot be read.
  public struct Unreadable: Error, Sendable, CustomStringConvertible {
    /// What cannot be read and why.
    public let description: String
  }

  /// Most files of a project.
  public static let filesMax = 20_000
  /// Most bytes of all files of a project together.
  public static let bytesMax = 256 << 20
  /// Deepest folder below the project.
  public static let depthMax = 32

  /// The files, sorted by path.
  public private(set) var files: [File] = []
  /// Path of the main file, relative to the project.
  public private(set) var mainFile = "main.cf"

  /// Collects a project.
  ///
  /// Hidden files and folders are left out. A link to a file counts as the file; links to folders
  /// are not followed.
  ///
  /// - Parameter path: Folder with `project.yml`, or a single `.cf` file.
  /// - Returns: Its files.
  /// - Throws: ``Unreadable`` if there is no such project, a file cannot be read, or a limit is passed.
  public static func collect(_ path: String) throws(Unreadable) -> ProjectUpload {
    var upload = ProjectUpload()
    var bytesLeft = bytesMax
    if path.hasSuffix(".cf") {
      let name = String(path.split(separator: "/").last ?? "main.cf")
      upload.mainFile = name
      upload.files = [File(path: name, contents: try read(path, bytesLeft: &bytesLeft))]
      return upload
    }
    guard unsafe access(path + "/project.yml", R_OK) == 0 else {
      throw Unreadable(
        description: "\(path): no project here: there is no readable project.yml in it")
    }
    try upload.collectFolder(path, relative: "", depth: 0, bytesLeft: &bytesLeft)
    upload.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return upload
  }

  private mutating func collectFolder(
    _ path: String, relative: String, depth: Int, bytesLeft: inout Int
  ) throws(Unreadable) {
    guard depth <= ProjectUpload.depthMax else {
      throw Unreadable(description: "\(path): more than \(ProjectUpload.depthMax) folders deep")
    }
    for name in try ProjectUpload.entries(of: path) where !name.hasPrefix(".") {
      let full = path + "/" + name
      var link = stat()
      var info = stat()
      guard unsafe lstat(full, &link) == 0, unsafe stat(full, &info) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFDIR {
        guard link.st_mode & S_IFMT != S_IFLNK else { continue }
        try collectFolder(
          full, relative: relative + name + "/", depth: depth + 1, bytesLeft: &bytesLeft)
      } else if info.st_mode & S_IFMT == S_IFREG {
        guard files.count < ProjectUpload.filesMax else {
          throw Unreadable(description: "\(path): more than \(ProjectUpload.filesMax) files")
        }
        let contents = try ProjectUpload.read(full, bytesLeft: &bytesLeft)
        files.append(File(path: relative + name, contents: contents))
      }
    }
  }

  private static func entries(of path: String) throws(Unreadable) -> [String] {
    guard let folder = unsafe opendir(path) else {
      throw Unreadable(description: "\(path): \(reason())")
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
          unsafe String(cString: characters)
        }
      }
      names.append(name)
    }
    return names
  }

  private static func read(_ path: String, bytesLeft: inout Int) throws(Unreadable) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable(description: "\(path): \(reason())") }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Unreadable(description: "\(path): \(reason())")
      }
      if count == 0 { break }
      bytesLeft -= count
      guard bytesLeft >= 0 else {
        throw Unreadable(
          description: "\(path): the project has more than \(bytesMax >> 20) MiB of files")
      }
      contents += buffer[..<count]
    }
    return contents
  }

  private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
