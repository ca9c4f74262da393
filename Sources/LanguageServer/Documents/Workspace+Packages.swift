internal import ProjectFiles

extension Workspace {
  /// Finds the modules that are installed for an interpreter, without running it.
  func findPackages(interpreter: String, searchPath: String) {
    packageFolders = PackageFolders.near(interpreter: interpreter, searchPath: searchPath)
  }
}
