public import Diagnostics

/// Read access to a folder and what is below it. Paths are relative, with forward slashes and without `..`.
public protocol FileTree: Sendable {
  /// How a path is shown to people.
  func displayPath(_ path: String) -> String

  /// Returns the content of a plain file, or nil when there is none.
  ///
  /// - Throws: A diagnostic when it is there but cannot be read.
  func contents(of path: String) throws(Diagnostic) -> [UInt8]?

  /// Returns the names in a folder, sorted, or nil when there is no such folder.
  ///
  /// - Throws: A diagnostic when it is there but cannot be read.
  func entries(of folder: String) throws(Diagnostic) -> [FileTreeEntry]?
}

/// A name in a folder.
public struct FileTreeEntry: Hashable, Sendable {
  /// The name.
  public var name: String
  /// Whether it is a folder.
  public var isFolder: Bool

  /// Makes an entry.
  public init(name: String, isFolder: Bool) {
    self.name = name
    self.isFolder = isFolder
  }
}

/// Files in memory, such as a client streamed them.
public struct MemoryFileTree: FileTree {
  private let files: [String: [UInt8]]
  private let folders: [String: [FileTreeEntry]]

  /// Makes a tree of files by path; paths are made plain, and those that leave the tree are dropped.
  public init(_ files: [String: [UInt8]]) {
    var plain: [String: [UInt8]] = [:]
    var folders: [String: Set<FileTreeEntry>] = ["": []]
    for (path, contents) in files {
      guard let normal = FilePaths.normalized(path), !normal.isEmpty, !normal.hasPrefix("/") else {
        continue
      }
      plain[normal] = contents
      var name = normal[...]
      var isFolder = false
      while !name.isEmpty {
        let (parent, last) = FilePaths.split(String(name))
        folders[parent, default: []].insert(FileTreeEntry(name: last, isFolder: isFolder))
        name = parent[...]
        isFolder = true
      }
    }
    self.files = plain
    self.folders = folders.mapValues { $0.sorted { $0.name < $1.name } }
  }

  /// The path itself.
  public func displayPath(_ path: String) -> String { path }

  /// Returns the content of a file, or nil.
  public func contents(of path: String) throws(Diagnostic) -> [UInt8]? { files[path] }

  /// Returns the names in a folder, or nil.
  public func entries(of folder: String) throws(Diagnostic) -> [FileTreeEntry]? { folders[folder] }
}

/// A folder on disk.
public struct DiskFileTree: FileTree {
  /// The largest file that is read, in bytes.
  public static let fileBytesMax = 256 << 20

  private let root: String

  /// Makes a tree of a folder. Absolute paths asked of it are taken as they are.
  public init(root: String) {
    self.root = root
  }

  /// The path below the root as it was given.
  public func displayPath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.isEmpty { return root }
    return root.hasSuffix("/") ? root + path : root + "/" + path
  }

  /// Returns the content of a plain file, or nil when there is none.
  public func contents(of path: String) throws(Diagnostic) -> [UInt8]? {
    let full = displayPath(path)
    switch Syscalls.read(full, bytesMax: Self.fileBytesMax) {
    case .contents(let bytes): return bytes
    case .absent: return nil
    case .failed(let reason): throw .unreadableFile(full, reason)
    }
  }

  /// Returns the names in a folder, sorted, or nil when there is no such folder.
  public func entries(of folder: String) throws(Diagnostic) -> [FileTreeEntry]? {
    let full = displayPath(folder)
    switch Syscalls.list(full) {
    case .contents(let entries): return entries.sorted { $0.name < $1.name }
    case .absent: return nil
    case .failed(let reason): throw .unreadableFile(full, reason)
    }
  }
}

/// Files in memory, and beside them installed modules on disk by their absolute paths.
struct LayeredFileTree: FileTree {
  let memory: MemoryFileTree
  /// Whether absolute paths are read from the disk; if not, there is nothing at them.
  let readsDisk: Bool
  private let disk = DiskFileTree(root: "/")

  init(memory: MemoryFileTree, readsDisk: Bool) {
    self.memory = memory
    self.readsDisk = readsDisk
  }

  func displayPath(_ path: String) -> String { path }

  func contents(of path: String) throws(Diagnostic) -> [UInt8]? {
    guard path.hasPrefix("/") else { return try memory.contents(of: path) }
    return readsDisk ? try disk.contents(of: path) : nil
  }

  func entries(of folder: String) throws(Diagnostic) -> [FileTreeEntry]? {
    guard folder.hasPrefix("/") else { return try memory.entries(of: folder) }
    return readsDisk ? try disk.entries(of: folder) : nil
  }
}

/// Works on paths as texts.
enum FilePaths {
  /// Removes `.`, empty parts and `x/..`; nil when the path leaves its start. A leading `/` stays.
  static func normalized(_ path: String) -> String? {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// Splits off the last part.
  static func split(_ path: String) -> (parent: String, last: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// Joins two paths.
  static func join(_ folder: String, _ path: String) -> String {
    folder.isEmpty ? path : path.isEmpty ? folder : folder + "/" + path
  }

  /// Whether a path stays below its folder, whatever that is.
  static func isContained(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.contains("\0")
      && !path.split(separator: "/").contains("..")
  }
}
