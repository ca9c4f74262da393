internal import Diagnostics
internal import ProjectFiles

/// Where the project of a document is.
struct ProjectLocation: Hashable {
  /// A folder with `project.yml`, a folder with modules, or a single file.
  enum Kind: Hashable {
    case project, modules, file
  }

  var kind: Kind
  /// The folder, or the file.
  var path: String

  /// Finds the project of a document: the nearest folder above with a `project.yml`; else the folder
  /// that holds the module that the document is of; else the document alone.
  static func of(_ document: String) -> ProjectLocation {
    guard document.hasPrefix("/"), document.hasSuffix(".cf") else {
      return ProjectLocation(kind: .file, path: document)
    }
    let parts = document.split(separator: "/").map(String.init)
    for count in stride(from: parts.count - 1, through: 0, by: -1) {
      let folder = "/" + parts.prefix(count).joined(separator: "/")
      let tree = DiskFileTree(root: folder)
      if (try? tree.contents(of: "project.yml")) ?? nil != nil {
        return ProjectLocation(kind: .project, path: folder)
      }
    }
    if let model = parts.lastIndex(of: "model"), model >= 2, model < parts.count - 1 {
      var modules = Array(parts.prefix(model - 1))
      // The folder of a package: what is above is on the path of modules.
      if modules.last == "inmanta_plugins" { modules.removeLast() }
      let folder = "/" + modules.joined(separator: "/")
      let root = "/" + parts.prefix(model).joined(separator: "/")
      if (try? DiskFileTree(root: root).contents(of: "model/_init.cf")) ?? nil != nil {
        return ProjectLocation(kind: .modules, path: folder)
      }
    }
    return ProjectLocation(kind: .file, path: document)
  }

  /// The main file.
  var mainPath: String { kind == .file ? path : path + "/main.cf" }

  /// Opens the project.
  func open(packageFolders: [String]) throws(Diagnostic) -> Project {
    switch kind {
    case .project: try Project.open(path, packageFolders: packageFolders)
    case .modules:
      try Project.open(path + "/main.cf", packageFolders: [path] + packageFolders)
    case .file:
      try Project.open(
        path.hasSuffix(".cf") ? path : path + ".cf", packageFolders: packageFolders)
    }
  }

  /// Returns the namespace that a file may have, by its path: what follows `model`, below the module's
  /// name.
  static func namespace(ofModuleFile path: String) -> String? {
    var parts = path.split(separator: "/").map(String.init)
    guard let model = parts.lastIndex(of: "model"), model >= 1, let last = parts.popLast(),
      last.hasSuffix(".cf")
    else { return nil }
    var module = parts[model - 1]
    let prefix = "inmanta-module-"
    if module.hasPrefix(prefix) {
      module = module.dropFirst(prefix.count).split(separator: "-").joined(separator: "_")
    }
    var names = [module] + parts[(model + 1)...]
    if last != "_init.cf" { names.append(String(last.dropLast(3))) }
    return names.joined(separator: "::")
  }
}
