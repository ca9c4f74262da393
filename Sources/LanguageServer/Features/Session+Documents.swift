internal import Diagnostics
internal import Language
internal import LanguageTools

/// What is asked about a whole document.
extension Session {
  func documentSymbols(_ parameters: DocumentParameters) throws -> [DocumentSymbol] {
    let place = try workspace.place(
      parameters.textDocument.uri, Position(line: 0, character: 0))
    let source = place.file.source
    var symbols: [DocumentSymbol] = []
    var entities: [String: Int] = [:]
    for definition in place.file.definitions where !definition.isKept {
      let symbol = Self.symbol(definition, in: source)
      if definition.kind == .attribute, let owner = definition.owner,
        let entity = entities[owner.name]
      {
        symbols[entity].children.append(symbol)
        continue
      }
      if definition.kind == .entity { entities[definition.name] = symbols.count }
      symbols.append(symbol)
    }
    return symbols.sorted { $0.range.start < $1.range.start }
  }

  private static func symbol(
    _ definition: Definition, in source: SourceFile
  ) -> DocumentSymbol {
    var name = definition.name
    let kind: DocumentSymbol.Kind
    switch definition.kind {
    case .entity: kind = .entity
    case .type: kind = .type
    case .implementation: kind = .method
    case .attribute: kind = .field
    case .relation:
      kind = .property
      name = (definition.owner.map { $0.name + "." } ?? "") + name
    case .variable, .local: kind = .variable
    case .index: kind = .key
    }
    return DocumentSymbol(
      name: name, detail: definition.detail == name ? nil : definition.detail, kind: kind,
      range: source.positions(of: definition.range.joined(to: definition.span)),
      selectionRange: source.positions(of: definition.span), children: [])
  }

  func formatting(_ parameters: DocumentParameters) throws -> [TextEdit] {
    let place = try workspace.place(
      parameters.textDocument.uri, Position(line: 0, character: 0))
    guard let document = workspace.documents[FileURI.path(of: parameters.textDocument.uri)] else {
      return []
    }
    var text: String
    do {
      text = try Formatter.format(place.file.source)
    } catch .syntax(let errors) {
      throw ResponseError.failed(
        "the text has syntax errors: \(errors.first?.title ?? "it cannot be read")")
    } catch {
      throw ResponseError.failed("formatting would have changed the meaning of the text")
    }
    if document.bytes.contains(0x0D) {
      text = text.components(by: "\n").joined(separator: "\r\n")
    }
    guard Array(text.utf8) != document.bytes else { return [] }
    let start = Position(line: 0, character: 0)
    return [TextEdit(range: PositionRange(start: start, end: document.end), newText: text)]
  }
}
