internal import Diagnostics
internal import Language
internal import LanguageTools
internal import ProjectFiles

/// The open documents and their projects.
final class Workspace {
  /// Where in a project a request asks.
  struct Place {
    var project: OpenProject
    var namespace: String
    var layout: SyntaxLayout
    var index: ProjectIndex
    var file: FileIndex
    var offset: UInt32
  }

  /// The most documents that may be open.
  static let documentsMax = 10_000

  private(set) var documents: [String: TextDocument] = [:]
  private var projects: [ProjectLocation: OpenProject] = [:]
  private var locations: [String: ProjectLocation] = [:]
  var packageFolders: [String] = []
  private var library: PrivateFolder?

  deinit { library?.remove() }

  // MARK: - Documents

  /// Returns false if too many are open.
  func open(_ document: TextDocument) -> Bool {
    let path = FileURI.path(of: document.uri)
    guard documents[path] != nil || documents.count < Self.documentsMax else { return false }
    documents[path] = document
    let location = ProjectLocation.of(path)
    locations[path] = location
    project(at: location).noteChange()
    for project in projects.values where concerns(project, path) { project.noteChange() }
    return true
  }

  /// Changes an open document. Returns false if it is not open, or an edit makes no sense.
  func change(_ uri: String, version: Int, _ edits: [ChangeParameters.Change]) -> Bool {
    let path = FileURI.path(of: uri)
    guard var document = documents.removeValue(forKey: path) else { return false }
    var isDone = true
    for edit in edits { isDone = document.change(edit.range, to: edit.text) && isDone }
    document.setVersion(version)
    documents[path] = document
    for project in projects.values where concerns(project, path) { project.noteChange() }
    return isDone
  }

  /// Returns false if it is not open.
  func close(_ uri: String) -> Bool {
    let path = FileURI.path(of: uri)
    guard documents.removeValue(forKey: path) != nil else { return false }
    let location = locations.removeValue(forKey: path)
    for project in projects.values where concerns(project, path) || project.location == location {
      project.noteDiskChange()
    }
    return true
  }

  /// Notes that a document was saved.
  func save(_ uri: String) {
    let path = FileURI.path(of: uri)
    for project in projects.values where concerns(project, path) { project.noteDiskChange() }
  }

  /// Notes that files on disk changed: a new `project.yml` may make another project of a document.
  func noteDiskChange() {
    for path in documents.keys { locations[path] = ProjectLocation.of(path) }
    for location in Set(locations.values) { _ = project(at: location) }
    for project in projects.values { project.noteDiskChange() }
  }

  private func concerns(_ project: OpenProject, _ path: String) -> Bool {
    locations[path] == project.location || project.namespaces[path] != nil
  }

  private func project(at location: ProjectLocation) -> OpenProject {
    if let known = projects[location] { return known }
    let project = OpenProject(location, packageFolders: packageFolders)
    projects[location] = project
    return project
  }

  /// Forgets the projects of which no document is open. Returns the paths that they had findings for.
  func forgetClosed() -> [String] {
    let wanted = Set(locations.values)
    var paths: [String] = []
    for (location, project) in projects where !wanted.contains(location) {
      paths += Array(project.findings.keys) + Array(project.evaluationFindings.keys)
      projects[location] = nil
    }
    return paths
  }

  // MARK: - Checking

  /// Checks every project that changed, and returns all findings by path.
  func check() -> [String: [LSPDiagnostic]] {
    var found: [String: [LSPDiagnostic]] = [:]
    for project in openProjects {
      project.check(texts, own: ownPaths(of: project))
      for findings in [project.findings, project.evaluationFindings] {
        for (path, diagnostics) in findings {
          // A module's file may be in several projects: what one of them found is enough.
          for diagnostic in diagnostics where found[path]?.contains(diagnostic) != true {
            found[path, default: []].append(diagnostic)
          }
        }
      }
    }
    return found
  }

  var openProjects: [OpenProject] {
    projects.values.sorted { $0.location.path < $1.location.path }
  }

  /// The texts that stand in the place of those on disk, by path.
  var texts: [String: [UInt8]] { documents.mapValues(\.bytes) }

  /// The open documents that are of a project, whether its main file reaches them or not.
  private func ownPaths(of project: OpenProject) -> [String] {
    locations.filter { $0.value == project.location }.keys.sorted()
  }

  /// Finds what a request asks about. The project is checked first.
  func place(_ uri: String, _ position: Position) throws(ResponseError) -> Place {
    let path = FileURI.path(of: uri)
    guard documents[path] != nil, let location = locations[path] else {
      throw .invalidParameters("the document `\(uri)` is not open")
    }
    let project = project(at: location)
    project.check(texts, own: ownPaths(of: project))
    guard let namespace = project.namespaces[path], let layout = project.cache[path] else {
      throw .failed("the document `\(uri)` cannot be read")
    }
    let index = project.symbols()
    guard let file = index.files[namespace] else {
      throw .failed("the document `\(uri)` cannot be read")
    }
    return Place(
      project: project, namespace: namespace, layout: layout, index: index, file: file,
      offset: layout.source.offset(of: position))
  }

  // MARK: - Places

  /// Returns the address of a file of a project. A file of the library that is part of the product is
  /// written to the disk first, so that it can be shown.
  func uri(of namespace: String, in project: OpenProject) -> String? {
    guard let path = project.paths[namespace] else { return nil }
    if let document = documents[path] { return document.uri }
    if path.hasPrefix("/") { return FileURI.uri(of: path) }
    guard let file = ProjectCheck.libraryFile(of: namespace), file.path == path else { return nil }
    if library == nil { library = try? PrivateFolder() }
    guard let library else { return nil }
    let name = namespace.components(by: "::").joined(separator: "-") + ".cf"
    let copy = library.path + "/" + name
    _ = try? library.write(file.bytes, to: name)
    return FileURI.uri(of: copy)
  }

  func location(_ span: SourceSpan, in namespace: String, of place: Place) -> Location? {
    guard let source = place.index.files[namespace]?.source,
      let uri = uri(of: namespace, in: place.project)
    else { return nil }
    return Location(uri: uri, range: source.positions(of: span))
  }
}
