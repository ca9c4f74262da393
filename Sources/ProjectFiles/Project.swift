public import Diagnostics
public import Language

/// A project whose files come from a ``FileTree``: a folder on disk, or a stream held in memory.
///
/// The standard library needs no configuration: the compiler has it built in.
public struct Project: ModuleSource {
  /// What `project.yml` says; nil for a single file.
  public let settings: ProjectSettings?

  let tree: any FileTree
  private let main: String
  /// The folders of modules that stay inside what the tree can read, in order.
  private let moduleFolders: [String]

  /// Opens a project on disk.
  ///
  /// - Parameters:
  ///   - path: A folder with `project.yml`, or a single `.cf` file.
  ///   - packageFolders: Absolute paths of folders with installed modules, after those of the
  ///     project.
  /// - Returns: The project.
  /// - Throws: A diagnostic when there is no project, or its settings cannot be read.
  public static func open(
    _ path: String, packageFolders: [String] = []
  ) throws(Diagnostic) -> Project {
    if path.hasSuffix(".cf") {
      let (folder, name) = FilePaths.split(path)
      let root = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
      return Project(
        settings: nil, tree: DiskFileTree(root: root), main: name, moduleFolders: packageFolders)
    }
    return try Project(
      tree: DiskFileTree(root: path), reachesOutside: true, packageFolders: packageFolders)
  }

  /// Opens a project whose files are in memory, by path relative to the project.
  ///
  /// - Parameters:
  ///   - files: The files; without a `project.yml` it is a project of a single file.
  ///   - mainFile: The path of the main file.
  ///   - packageFolders: Absolute paths of folders on disk with installed modules, after those of the
  ///     project.
  /// - Returns: The project.
  /// - Throws: A diagnostic when the settings cannot be read.
  public static func open(
    files: [String: [UInt8]], mainFile: String = "main.cf", packageFolders: [String] = []
  ) throws(Diagnostic) -> Project {
    let tree = LayeredFileTree(memory: MemoryFileTree(files), readsDisk: !packageFolders.isEmpty)
    guard try tree.contents(of: "project.yml") != nil else {
      return Project(
        settings: nil, tree: tree, main: mainFile, moduleFolders: ["libs"] + packageFolders)
    }
    return try Project(
      tree: tree, mainFile: mainFile, reachesOutside: false, packageFolders: packageFolders)
  }

  private init(
    settings: ProjectSettings?, tree: any FileTree, main: String, moduleFolders: [String]
  ) {
    self.settings = settings
    self.tree = tree
    self.main = main
    self.moduleFolders = moduleFolders
  }

  private init(
    tree: any FileTree, mainFile: String = "main.cf", reachesOutside: Bool,
    packageFolders: [String]
  ) throws(Diagnostic) {
    let path = tree.displayPath("project.yml")
    guard let yaml = try tree.contents(of: "project.yml") else {
      throw .missingProject(tree.displayPath(""))
    }
    let settings = try ProjectSettings(yaml: yaml, path: path)
    let folders = settings.modulePath.compactMap { folder in
      let plain = FilePaths.normalized(folder)
      return reachesOutside ? plain ?? folder : plain?.hasPrefix("/") == true ? nil : plain
    }
    self.init(
      settings: settings, tree: tree, main: mainFile, moduleFolders: folders + packageFolders)
  }

  // MARK: - ModuleSource

  /// Returns the main file.
  public func mainFile() throws(Diagnostic) -> ModelFile {
    guard FilePaths.isContained(main), let bytes = try tree.contents(of: main) else {
      throw .missingMainFile(tree.displayPath(main))
    }
    return ModelFile(path: tree.displayPath(main), bytes: bytes)
  }

  /// Returns the file of a namespace: `a/b/_init.cf` below the module's `model`, or else `a/b.cf`.
  public func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    guard let module = namespace.first, namespace.allSatisfy(Self.isPlainName),
      let root = try root(ofModule: module)
    else { return nil }
    let rest = namespace.dropFirst().joined(separator: "/")
    let model = FilePaths.join(root, "model")
    if let file = try file(FilePaths.join(FilePaths.join(model, rest), "_init.cf")) { return file }
    return rest.isEmpty ? nil : try file(FilePaths.join(model, rest + ".cf"))
  }

  /// Returns a template or file of a module, or of the project.
  public func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? {
    guard FilePaths.isContained(path), let root = try folder(module) else { return nil }
    return try file(FilePaths.join(FilePaths.join(root, kind.rawValue), path))
  }

  /// Returns the names of the plain files in a folder below `files/`.
  public func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? {
    guard path.isEmpty || FilePaths.isContained(path), let root = try folder(module) else {
      return nil
    }
    let folder = FilePaths.normalized(FilePaths.join(FilePaths.join(root, "files"), path))
    guard let folder else { return nil }
    return try tree.entries(of: folder)?.filter { !$0.isFolder }.map(\.name)
  }

  /// Returns the names of the modules in the module path, sorted.
  public func moduleNames() -> [String] {
    var names: Set<String> = []
    for folder in moduleFolders {
      for prefix in ["", "inmanta_plugins"] {
        let entries = (try? tree.entries(of: FilePaths.join(folder, prefix))) ?? []
        for entry in entries where entry.isFolder {
          let name = Self.moduleName(ofFolder: entry.name)
          if (try? root(ofModule: name)) != nil { names.insert(name) }
        }
      }
    }
    return names.sorted()
  }

  /// The project's folder as it was given.
  public var folder: String { tree.displayPath("") }

  // MARK: - Folders

  private func file(_ path: String) throws(Diagnostic) -> ModelFile? {
    guard let bytes = try tree.contents(of: path) else { return nil }
    return ModelFile(path: tree.displayPath(path), bytes: bytes)
  }

  private func folder(_ module: String?) throws(Diagnostic) -> String? {
    guard let module else { return "" }
    return Self.isPlainName(module) ? try root(ofModule: module) : nil
  }

  /// The folder that holds a module's `model`, `templates` and `files`. A package (second generation) wins over a
  /// module folder (first generation); both are known by their `model/_init.cf`.
  func root(ofModule name: String) throws(Diagnostic) -> String? {
    let package = "inmanta-module-" + name.split(separator: "_").joined(separator: "-")
    var candidates: [String] = []
    for folder in moduleFolders {
      candidates.append(FilePaths.join(folder, "inmanta_plugins/" + name))
      candidates.append(FilePaths.join(folder, package))
    }
    for folder in moduleFolders { candidates.append(FilePaths.join(folder, name)) }
    for candidate in candidates
    where try tree.contents(of: candidate + "/model/_init.cf") != nil {
      return candidate
    }
    return nil
  }

  private static func moduleName(ofFolder name: String) -> String {
    let prefix = "inmanta-module-"
    guard name.hasPrefix(prefix) else { return name }
    return name.dropFirst(prefix.count).split(separator: "-").joined(separator: "_")
  }

  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
          || byte == 0x5F || byte == 0x2D
      }
  }
}
