public import Diagnostics

/// Where a compile finds its text: the main file, the model files of modules, and their templates and files.
///
/// `ProjectFiles` implements it for folders and for file sets in memory; the standard library is found without
/// configuration.
public protocol ModuleSource: Sendable {
  /// Returns the main file.
  ///
  /// Throws a diagnostic when there is none or it cannot be read.
  func mainFile() throws(Diagnostic) -> ModelFile

  /// Returns the file of a namespace such as `["m", "a", "b"]`, or nil when there is none: the module is unknown, or it has
  /// no such file.
  ///
  /// Throws a diagnostic when a file is there but cannot be read.
  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile?

  /// Returns a template or data file, or nil when there is none.
  ///
  /// `module` is nil for the project's own folder. `path` is relative and never leaves the folder: `..` gives nil.
  /// Throws a diagnostic when it is there but cannot be read.
  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile?

  /// Returns the names of the plain files in a folder of the module's files, sorted; nil when there is no such folder.
  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]?

  /// Returns the names of all modules that can be imported, sorted; for suggestions.
  func moduleNames() -> [String]
}

/// The kinds of files that a module has beside its model.
public enum ModuleContentKind: String, Sendable, CaseIterable {
  /// A file of `templates/`.
  case template = "templates"
  /// A file of `files/`.
  case file = "files"
}

/// A file as a ``ModuleSource`` gives it.
public struct ModelFile: Hashable, Sendable {
  /// The path as it is shown to people.
  public var path: String
  /// The content.
  public var bytes: [UInt8]

  /// Makes a file.
  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}
