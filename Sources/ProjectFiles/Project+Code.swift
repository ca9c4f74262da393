public import Diagnostics

extension Project {
  /// Returns the folders that hold the Python code of modules, by name of the module.
  ///
  /// Code is `plugins/` of a module folder, or the package itself of a module that is one. Code in
  /// memory is left out, for an interpreter cannot read it: ``writeCode(to:)`` puts it on the disk.
  public func codeFolders() -> [String: String] {
    codeRoots().filter { isOnDisk($0.value) }.mapValues { tree.displayPath($0) }
  }

  /// Writes the code of modules that is in memory into a folder, so that an interpreter can read it.
  ///
  /// - Parameter folder: An empty folder of the caller's.
  /// - Returns: The folders of all modules with code, by name of the module: the new ones, and those
  ///   that are on the disk already.
  /// - Throws: A diagnostic when something cannot be written.
  public func writeCode(to folder: String) throws(Diagnostic) -> [String: String] {
    var folders = codeFolders()
    let code = folder + "/code"
    try write(code) { Syscalls.makeFolder(code) }
    for (module, root) in codeRoots().sorted(by: { $0.key < $1.key }) where !isOnDisk(root) {
      let target = "\(code)/\(module)"
      try copy(root, to: target, depth: 0)
      folders[module] = target
    }
    return folders
  }

  /// The folders of code in the tree, by name of the module.
  private func codeRoots() -> [String: String] {
    var folders: [String: String] = [:]
    for name in moduleNames() {
      guard let root = (try? root(ofModule: name)) ?? nil else { continue }
      let isPackage = FilePaths.split(FilePaths.split(root).parent).last == "inmanta_plugins"
      let candidates =
        isPackage ? [root] : [root + "/inmanta_plugins/" + name, root + "/plugins"]
      for candidate in candidates
      where (try? tree.contents(of: candidate + "/__init__.py")) ?? nil != nil {
        folders[name] = candidate
        break
      }
    }
    return folders
  }

  private func isOnDisk(_ path: String) -> Bool {
    tree is DiskFileTree || (tree is LayeredFileTree && path.hasPrefix("/"))
  }

  private func copy(_ path: String, to target: String, depth: Int) throws(Diagnostic) {
    guard depth <= ProjectUpload.depthMax else { return }
    try write(target) { Syscalls.makeFolder(target) }
    for entry in try tree.entries(of: path) ?? [] {
      let source = FilePaths.join(path, entry.name)
      let copied = "\(target)/\(entry.name)"
      if entry.isFolder {
        try copy(source, to: copied, depth: depth + 1)
      } else if let bytes = try tree.contents(of: source) {
        try write(copied) { Syscalls.create(copied, with: bytes) }
      }
    }
  }

  private func write(_ path: String, _ step: () -> String?) throws(Diagnostic) {
    if let reason = step() { throw .unwritableFile(path, reason) }
  }
}
