internal import Diagnostics
internal import Language
internal import LanguageTools

/// Renaming across files.
extension Session {
  func prepareRename(_ parameters: PositionParameters) throws -> PrepareRenameResult {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    let (word, renaming) = try renaming(at: place)
    return PrepareRenameResult(
      range: place.file.source.positions(of: word.span), placeholder: renaming.name)
  }

  func rename(_ parameters: RenameParameters) throws -> WorkspaceEdit {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    let (_, renaming) = try renaming(at: place)
    do {
      try renaming.check(parameters.newName)
    } catch {
      throw ResponseError.failed("cannot rename `\(renaming.name)`: \(error.reason)")
    }
    var changes: [String: [TextEdit]] = [:]
    for (namespace, words) in renaming.words {
      guard let uri = workspace.uri(of: namespace, in: place.project),
        let source = place.index.files[namespace]?.source
      else { continue }
      changes[uri] = words.map { word in
        TextEdit(range: source.positions(of: word.span), newText: parameters.newName)
      }
    }
    return WorkspaceEdit(changes: changes)
  }

  private func renaming(at place: Workspace.Place) throws(ResponseError) -> (Word, Renaming) {
    guard let word = place.file.word(at: place.offset) else {
      throw .failed("there is no name here that can be renamed")
    }
    let project = place.project
    var layouts: [String: SyntaxLayout] = [:]
    for (namespace, path) in project.paths { layouts[namespace] = project.cache[path] }
    do {
      let renaming = try Renaming(
        word, in: place.namespace, of: place.index, layouts: layouts,
        isOwn: { project.owns($0) })
      return (word, renaming)
    } catch {
      throw .failed("this cannot be renamed: \(error.reason)")
    }
  }
}
