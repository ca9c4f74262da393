internal import Glibc

/// Finds where a Python interpreter keeps installed packages, without running it: modules are packages
/// too, and models that call no Python need none.
public enum PackageFolders {
  /// Returns the folders with modules, best first.
  ///
  /// - Parameters:
  ///   - interpreter: A path, or a name to look for in `searchPath`.
  ///   - searchPath: Folders of programs, with colons between.
  /// - Returns: Absolute paths of folders that hold an `inmanta_plugins`.
  public static func near(interpreter: String, searchPath: String) -> [String] {
    guard let program = program(interpreter, searchPath) else { return [] }
    let version = version(of: program)
    var found: [String] = []
    // A virtual environment links to the interpreter that it was made with: its own folders first.
    for path in [program, Syscalls.resolved(program)] {
      let bin = FilePaths.split(path).parent
      for prefix in [FilePaths.split(bin).parent, FilePaths.split(bin).parent + "/local"] {
        for folder in candidates(prefix + "/lib", version) {
          let plugins = folder + "/inmanta_plugins"
          guard case .contents = Syscalls.list(plugins), !found.contains(folder) else { continue }
          found.append(folder)
        }
      }
      if case .contents = Syscalls.read(bin + "/../pyvenv.cfg", bytesMax: 1 << 16) { break }
    }
    return found
  }

  private static func program(_ name: String, _ searchPath: String) -> String? {
    if name.contains("/") { return Syscalls.isProgram(name) ? absolute(name) : nil }
    for folder in searchPath.split(separator: ":") {
      let path = "\(folder)/\(name)"
      if Syscalls.isProgram(path) { return absolute(path) }
    }
    return nil
  }

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    let (folder, name) = FilePaths.split(path)
    return Syscalls.resolved(folder.isEmpty ? "." : folder) + "/" + name
  }

  /// Such as `python3.12`, when the name of the interpreter or of what it links to says so.
  private static func version(of program: String) -> String? {
    for path in [program, Syscalls.resolved(program)] {
      let name = FilePaths.split(path).last
      if name.hasPrefix("python3.") { return name }
    }
    return nil
  }

  private static func candidates(_ library: String, _ version: String?) -> [String] {
    guard case .contents(let entries) = Syscalls.list(library) else { return [] }
    var folders: [String] = []
    for entry in entries.sorted(by: { $0.name > $1.name }) where entry.isFolder {
      let isOther = version.map { entry.name != $0 } ?? !entry.name.hasPrefix("python3.")
      if isOther, entry.name != "python3" { continue }
      folders.append("\(library)/\(entry.name)/site-packages")
      folders.append("\(library)/\(entry.name)/dist-packages")
    }
    return folders
  }
}
