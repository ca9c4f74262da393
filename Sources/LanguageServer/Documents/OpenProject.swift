internal import Diagnostics
internal import Language
internal import LanguageTools
internal import ProjectFiles

/// A project of which documents are open: its files, what was found in them, and what their words mean.
final class OpenProject {
  let location: ProjectLocation
  private let packageFolders: [String]
  private let disk = DiskCache()
  private var project: Result<Project, Diagnostic>?
  private var codeModules: Set<String> = []
  private(set) var cache = SyntaxCache()
  private var indexes: [String: FileIndex] = [:]
  private var index: ProjectIndex?
  /// The namespaces of the files by path.
  private(set) var namespaces: [String: String] = [:]
  /// The paths of the files by namespace.
  private(set) var paths: [String: String] = [:]
  /// What the check found, by path of the file.
  private(set) var findings: [String: [LSPDiagnostic]] = [:]
  /// What the evaluation of the saved project found, by path of the file.
  private(set) var evaluationFindings: [String: [LSPDiagnostic]] = [:]
  /// Whether something changed since the check.
  private(set) var isStale = true
  /// Whether the project was saved since it was evaluated.
  var awaitsEvaluation = true
  private(set) var hasErrors = false

  init(_ location: ProjectLocation, packageFolders: [String]) {
    self.location = location
    self.packageFolders = packageFolders
  }

  /// Notes that a text in memory changed.
  func noteChange() {
    isStale = true
    evaluationFindings = [:]
  }

  /// Notes that files on disk may have changed.
  func noteDiskChange() {
    noteChange()
    project = nil
    disk.clear()
    awaitsEvaluation = true
  }

  private func open() throws(Diagnostic) -> Project {
    if let project { return try project.get() }
    let opened = Result { () throws(Diagnostic) in
      try location.open(packageFolders: packageFolders)
    }
    project = opened
    codeModules = Set((try? opened.get())?.codeFolders().keys.map { $0 } ?? [])
    return try opened.get()
  }

  // MARK: - Checking

  /// Looks at the whole project again if something changed. Only files with another text are parsed.
  ///
  /// `own` are the paths of the documents that are of this project; the others only matter where its
  /// files import them.
  func check(_ documents: [String: [UInt8]], own: [String]) {
    guard isStale else { return }
    isStale = false
    index = nil
    namespaces = [:]
    paths = [:]
    findings = [:]
    hasErrors = false
    let project: Project
    do {
      project = try open()
    } catch {
      let path = location.kind == .project ? location.path + "/project.yml" : location.path
      add([error], of: nil, defaultPath: path)
      checkAlone(documents, own)
      return
    }
    if location.kind != .modules {
      check(project, .main(path: location.mainPath), documents)
    }
    for path in own where namespaces[path] == nil {
      if let namespace = ProjectLocation.namespace(ofModuleFile: path),
        namespaces.values.contains(namespace) == false,
        let found = try? project.modelFile(of: namespace.components(by: "::")),
        FileURI.plain(found.path) == path
      {
        check(project, .namespace(namespace), documents)
      }
    }
    checkAlone(documents, own)
    cache.sweep()
    indexes = indexes.filter { namespaces[$0.key] != nil }
  }

  private func check(
    _ project: Project, _ entry: WorkspaceSource.Entry, _ documents: [String: [UInt8]]
  ) {
    var limits = CompilerLimits()
    limits.relationPrecedence = project.settings?.relationPrecedence ?? []
    let source = WorkspaceSource(
      project: project, entry: entry, documents: documents, disk: disk)
    let check = ProjectCheck(
      files: source, limits: limits, modulesWithCode: codeModules, cache: &cache)
    let known = Set(namespaces.keys)
    for file in check.files where file.path != WorkspaceSource.entryPath {
      guard namespaces[file.path] == nil else { continue }
      namespaces[file.path] = file.namespace
      paths[file.namespace] = file.path
    }
    add(check.diagnostics, of: known, defaultPath: location.mainPath)
  }

  /// Parses the open documents that are no part of the project: only their syntax is known.
  private func checkAlone(_ documents: [String: [UInt8]], _ own: [String]) {
    for path in own where namespaces[path] == nil {
      guard let bytes = documents[path] else { continue }
      let layout = cache.layout(of: ModelFile(path: path, bytes: bytes))
      let namespace = ProjectLocation.namespace(ofModuleFile: path) ?? path
      namespaces[path] = paths[namespace] == nil ? namespace : path
      paths[namespaces[path] ?? path] = path
      add(layout.diagnostics, of: nil, defaultPath: path)
    }
  }

  /// Adds findings to the files that they are about, but for those of files that were checked before.
  private func add(_ diagnostics: [Diagnostic], of known: Set<String>?, defaultPath: String) {
    for diagnostic in diagnostics {
      if diagnostic.severity == .error { hasErrors = true }
      let source = diagnostic.span.flatMap { cache.sources[$0.file] }
      let path = source?.path ?? defaultPath
      if let known, known.contains(path) { continue }
      guard path != WorkspaceSource.entryPath else { continue }
      findings[path, default: []].append(
        DiagnosticMapping.lsp(diagnostic, in: cache.sources))
    }
  }

  // MARK: - Evaluation

  /// Returns the source of a compile of the whole project, if there is something to evaluate.
  func evaluationSource(_ documents: [String: [UInt8]]) -> (WorkspaceSource, Project)? {
    guard !isStale, !hasErrors, location.kind != .modules, let project = try? open() else {
      return nil
    }
    return (
      WorkspaceSource(
        project: project, entry: .main(path: location.mainPath), documents: documents,
        disk: disk), project
    )
  }

  /// Takes what a compile found, but for what the check knows already.
  func takeEvaluation(_ diagnostics: [Diagnostic], _ sources: SourceMap) {
    evaluationFindings = [:]
    for diagnostic in diagnostics {
      let source = diagnostic.span.flatMap { sources[$0.file] }
      let path = source?.path ?? location.mainPath
      let found = DiagnosticMapping.lsp(diagnostic, in: sources)
      if findings[path]?.contains(found) == true { continue }
      evaluationFindings[path, default: []].append(found)
    }
  }

  // MARK: - Words

  /// Whether a file is the author's to change: below the project's folder, and not installed there.
  func owns(_ namespace: String) -> Bool {
    guard let path = paths[namespace], path.hasPrefix("/") || path == location.path else {
      return false
    }
    if location.kind == .file { return path == location.path }
    guard path.hasPrefix(location.path + "/") else { return false }
    return !packageFolders.contains { path.hasPrefix($0 + "/") }
  }

  /// The modules that a document may import.
  func importableNames() -> [String] {
    var names = Set(paths.keys.filter { $0 != "__config__" && !$0.contains("/") })
    names.formUnion(ProjectCheck.libraryModules)
    names.formUnion((try? open())?.moduleNames() ?? [])
    return names.sorted()
  }

  /// Returns what the words of the checked files mean.
  func symbols() -> ProjectIndex {
    if let index { return index }
    var files: [String: FileIndex] = [:]
    for (namespace, path) in paths {
      guard let layout = cache[path] else { continue }
      if let known = indexes[path], known.source === layout.source {
        files[namespace] = known
      } else {
        var made = FileIndex(layout)
        if layout.diagnostics.contains(where: { $0.severity == .error }),
          let last = indexes[path]
        {
          made.keepDefinitions(of: last)
        }
        indexes[path] = made
        files[namespace] = made
      }
    }
    let made = ProjectIndex(files: files)
    index = made
    return made
  }
}

extension String {
  /// The parts between a separator.
  func components(by separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
