public import Diagnostics

/// The model files that a person names on a command line.
public enum ModelFiles {
  /// Returns the paths of the `.cf` files that `path` names: itself, or all below a folder, sorted by folder and name.
  ///
  /// - Throws: A diagnostic when there is no such file or folder, or it cannot be read.
  public static func paths(at path: String) throws(Diagnostic) -> [String] {
    let tree = tree
    if let entries = try tree.entries(of: path) { return try paths(path, entries, tree) }
    guard try tree.contents(of: path) != nil else {
      throw Diagnostic("missing-file", title: "there is no file `\(path)`", at: nil)
    }
    return [path]
  }

  /// Returns the content of a file.
  ///
  /// - Throws: A diagnostic when it cannot be read.
  public static func contents(of path: String) throws(Diagnostic) -> [UInt8] {
    guard let bytes = try tree.contents(of: path) else {
      throw Diagnostic("missing-file", title: "there is no file `\(path)`", at: nil)
    }
    return bytes
  }

  /// Puts a new content in the place of a file, or makes the file: whole, or not at all.
  ///
  /// - Throws: A diagnostic when it cannot be written.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(Diagnostic) {
    if let reason = Syscalls.replace(path, with: bytes) {
      throw Diagnostic("unwritable-file", title: "cannot write `\(path)`: \(reason)", at: nil)
    }
  }

  private static var tree: DiskFileTree { DiskFileTree(root: ".") }

  private static func paths(
    _ folder: String, _ entries: [FileTreeEntry], _ tree: DiskFileTree
  ) throws(Diagnostic) -> [String] {
    var result: [String] = []
    for entry in entries where !entry.name.hasPrefix(".") {
      let path = FilePaths.join(folder, entry.name)
      if entry.isFolder {
        result += try paths(path, tree.entries(of: path) ?? [], tree)
      } else if path.hasSuffix(".cf") {
        result.append(path)
      }
    }
    return result
  }
}
