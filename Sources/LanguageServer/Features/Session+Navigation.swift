internal import Diagnostics
internal import Language
internal import LanguageTools

/// Where things are defined and used, and what they are.
extension Session {
  func definition(_ parameters: PositionParameters) throws -> [Location] {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    guard let word = place.file.word(at: place.offset) else { return [] }
    if case .namespace(let name)? = place.index.symbol(of: word.target, in: place.namespace) {
      return [fileLocation(of: name, place)].compactMap { $0 }
    }
    guard let found = place.index.definition(of: word.target, in: place.namespace) else {
      return []
    }
    return [workspace.location(found.definition.span, in: found.namespace, of: place)]
      .compactMap { $0 }
  }

  private func fileLocation(of namespace: String, _ place: Workspace.Place) -> Location? {
    guard let uri = workspace.uri(of: namespace, in: place.project) else { return nil }
    let zero = Position(line: 0, character: 0)
    return Location(uri: uri, range: PositionRange(start: zero, end: zero))
  }

  func references(_ parameters: ReferenceParameters) throws -> [Location] {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    guard let word = place.file.word(at: place.offset),
      let symbol = place.index.symbol(of: word.target, in: place.namespace)
    else { return [] }
    return place.index.words(for: symbol).compactMap { namespace, word in
      if word.isDefinition, !parameters.context.includeDeclaration { return nil }
      return workspace.location(word.span, in: namespace, of: place)
    }
  }

  func hover(_ parameters: PositionParameters) throws -> HoverResult? {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    guard let word = place.file.word(at: place.offset),
      let text = HoverText(place.index).text(of: word.target, in: place.namespace)
    else { return nil }
    return HoverResult(
      contents: MarkupContent(value: text), range: place.file.source.positions(of: word.span))
  }
}
