internal import Diagnostics
internal import Language
internal import LanguageTools

/// What may stand at a place.
extension Session {
  func completion(_ parameters: PositionParameters) throws -> CompletionList {
    let place = try workspace.place(parameters.textDocument.uri, parameters.position)
    var items: [CompletionItem]
    switch CompletionContext(place.layout, at: place.offset) {
    case .none: items = []
    case .module:
      items = place.project.importableNames().map { CompletionItem(label: $0, kind: .module) }
    case .namespace(let path): items = members(of: path, place)
    case .attribute(let first, let rest):
      var type = Self.type(of: first, place)
      for name in rest { type = .attribute(type, name) }
      let entity = place.index.entity(of: type, in: place.namespace)
      items = entity.map { attributes(of: $0, place) } ?? []
    case .argument(let name, let given):
      let entity = place.index.entity(name, in: place.namespace)
      items = (entity.map { attributes(of: $0, place) } ?? [])
        .filter { !given.contains($0.label) }
      for index in items.indices { items[index].insertText = items[index].label + "=" }
    case .general: items = general(place)
    }
    var seen: Set<CompletionItem> = []
    return CompletionList(
      items: items.filter { seen.insert($0).inserted }.sorted { $0.label < $1.label })
  }

  /// The entity that the block around a place is for.
  private static func entityAround(_ place: Workspace.Place) -> WrittenName? {
    let scope = place.file.instanceScopes.last {
      $0.span.start <= place.offset && place.offset <= $0.span.end
    }
    return scope?.entity ?? EnclosingBlock.entity(place.layout, at: place.offset)
  }

  /// The names of the blocks around a place, innermost last.
  private static func locals(_ place: Workspace.Place) -> [Int] {
    place.file.locals.indices.filter { index in
      let span = place.file.localScopes[index]
      return span.start <= place.offset && place.offset <= span.end
    }
  }

  private static func type(of name: WrittenName, _ place: Workspace.Place) -> ValueType {
    let around = entityAround(place)
    guard name.path == nil else { return .variable(name, around: nil) }
    if name.name == "self", let around { return .entity(around) }
    if let local = locals(place).last(where: { place.file.locals[$0].name == name.name }) {
      return .local(local)
    }
    return .variable(name, around: around)
  }

  private func attributes(of entity: EntityKey, _ place: Workspace.Place) -> [CompletionItem] {
    var items = place.index.members(of: entity).map { found in
      CompletionItem(
        label: found.definition.name,
        kind: found.definition.kind == .relation ? .reference : .field,
        detail: found.definition.detail)
    }
    for name in ["requires", "provides"] {
      items.append(
        CompletionItem(label: name, kind: .reference, detail: "std::Entity \(name) [0:]"))
    }
    return items
  }

  /// What a namespace holds.
  private func members(of path: String, _ place: Workspace.Place) -> [CompletionItem] {
    guard let namespace = place.index.namespace(path, in: place.namespace) else { return [] }
    var items = definitions(of: namespace, place)
    for name in place.index.files.keys where name.hasPrefix(namespace + "::") {
      let rest = String(name.dropFirst(namespace.count + 2))
      if !rest.contains("::") { items.append(CompletionItem(label: rest, kind: .module)) }
    }
    return items
  }

  private func definitions(of namespace: String, _ place: Workspace.Place) -> [CompletionItem] {
    var items: [CompletionItem] = []
    for definition in place.index.files[namespace]?.definitions ?? [] {
      let kind: CompletionItem.Kind
      switch definition.kind {
      case .entity: kind = .entity
      case .type: kind = .type
      case .implementation: kind = .function
      case .variable: kind = .variable
      default: continue
      }
      items.append(
        CompletionItem(label: definition.name, kind: kind, detail: definition.detail))
    }
    for (name, parameters) in ProjectIndex.functions where name.hasPrefix(namespace + "::") {
      let short = String(name.dropFirst(namespace.count + 2))
      guard !short.contains("::") else { continue }
      items.append(
        CompletionItem(
          label: short, kind: .function,
          detail: "\(short)(\(parameters.joined(separator: ", ")))"))
    }
    if namespace == "std" { items.append(CompletionItem(label: "Entity", kind: .entity)) }
    return items
  }

  private func general(_ place: Workspace.Place) -> [CompletionItem] {
    var items = ProjectCheck.keywords.map { CompletionItem(label: $0, kind: .keyword) }
    items += Renaming.primitives.map { CompletionItem(label: $0, kind: .type) }
    for local in Self.locals(place) {
      let type = place.index.description(of: .local(local), in: place.namespace)
      items.append(
        CompletionItem(label: place.file.locals[local].name, kind: .variable, detail: type))
    }
    if let around = Self.entityAround(place),
      let entity = place.index.entity(around, in: place.namespace)
    {
      items.append(CompletionItem(label: "self", kind: .variable, detail: entity.fullName))
      items += attributes(of: entity, place)
    }
    var parts = place.namespace.components(by: "::")
    while !parts.isEmpty {
      let namespace = parts.joined(separator: "::")
      items += definitions(of: namespace, place).filter {
        namespace == place.namespace || $0.kind != .variable
      }
      parts.removeLast()
    }
    for imported in place.file.imports.map(\.name) + ["std"] {
      items.append(CompletionItem(label: imported, kind: .module, insertText: imported + "::"))
    }
    return items
  }
}
