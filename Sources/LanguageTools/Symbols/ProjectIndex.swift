internal import Diagnostics
internal import Language

/// What a word names, the same for every word of the project that names it.
package enum Symbol: Hashable, Sendable {
  /// A namespace.
  case namespace(String)
  /// An entity, typedef, implementation or function.
  case definition(namespace: String, name: String)
  /// An attribute or relation of the entity that declares it first, above all others.
  case attribute(EntityKey, name: String)
  /// A variable of a file.
  case variable(namespace: String, name: String)
  /// A name of a block.
  case local(namespace: String, index: Int)
  /// `self`.
  case instance(EntityKey)
}

/// An entity of the project.
package struct EntityKey: Hashable, Sendable {
  /// The namespace of its file.
  package var namespace: String
  /// Its name.
  package var name: String

  /// Makes the key of an entity.
  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// The entity above all others, which no file declares.
  package static let root = EntityKey(namespace: "std", name: "Entity")

  /// The full name.
  package var fullName: String { "\(namespace)::\(name)" }
}

/// A definition with the file that it is in.
package struct FoundDefinition: Sendable {
  /// The namespace of the file.
  package var namespace: String
  /// The definition.
  package var definition: Definition
}

/// The files of a project together: what words mean across them.
package struct ProjectIndex: Sendable {
  /// The files by namespace.
  package let files: [String: FileIndex]
  /// The attributes and relations of each entity, by name, where they are declared.
  private var attributes: [EntityKey: [FoundDefinition]] = [:]
  /// How far parents are followed.
  private static let depthMax = 100

  /// Joins the files of a project.
  package init(files: [String: FileIndex]) {
    self.files = files
    for namespace in files.keys.sorted() {
      for definition in files[namespace]?.definitions ?? [] {
        guard definition.kind == .attribute || definition.kind == .relation,
          let owner = definition.owner, let key = entity(owner, in: namespace)
        else { continue }
        attributes[key, default: []].append(
          FoundDefinition(namespace: namespace, definition: definition))
      }
    }
  }

  // MARK: - Names

  /// Returns the namespace that a file knows by a name.
  package func namespace(_ path: String, in file: String) -> String? {
    if path == file { return file }
    if let found = files[file]?.imports.last(where: { $0.name == path }) {
      return found.namespace
    }
    return path == "std" ? "std" : nil
  }

  /// Finds an entity, typedef, implementation or function.
  package func find(_ name: WrittenName, in file: String) -> Symbol? {
    if let path = name.path {
      guard let target = namespace(path, in: file) else { return nil }
      return exists(name.name, in: target) ? .definition(namespace: target, name: name.name) : nil
    }
    var parts = file.split(separator: ":").map(String.init)
    while !parts.isEmpty {
      let namespace = parts.joined(separator: "::")
      if exists(name.name, in: namespace) {
        return .definition(namespace: namespace, name: name.name)
      }
      parts.removeLast()
    }
    return nil
  }

  private func exists(_ name: String, in namespace: String) -> Bool {
    if files[namespace]?.topLevel[name] != nil { return true }
    if namespace == "std", name == "Entity" { return true }
    return Self.functions["\(namespace)::\(name)"] != nil
  }

  /// The functions that are part of the product, with their parameters.
  package static let functions: [String: [String]] = Dictionary(
    ProjectCheck.nativeFunctions.map { ($0.name, $0.parameters) }, uniquingKeysWith: { $1 })

  /// Finds an entity by its name in a file.
  package func entity(_ name: WrittenName, in file: String) -> EntityKey? {
    guard case .definition(let namespace, let short)? = find(name, in: file) else { return nil }
    let key = EntityKey(namespace: namespace, name: short)
    if key == .root { return key }
    return definition(of: key)?.kind == .entity ? key : nil
  }

  /// Returns the declaration of an entity.
  package func definition(of entity: EntityKey) -> Definition? {
    guard let file = files[entity.namespace], let index = file.topLevel[entity.name] else {
      return nil
    }
    return file.definitions[index]
  }

  /// Returns an entity and all above it, nearest first, the root last.
  package func lineage(of entity: EntityKey) -> [EntityKey] {
    var result: [EntityKey] = []
    var pending = [entity]
    while let next = pending.first, result.count < Self.depthMax {
      pending.removeFirst()
      if result.contains(next) || next == .root { continue }
      result.append(next)
      for parent in definition(of: next)?.parents ?? [] {
        if let key = self.entity(parent, in: next.namespace) { pending.append(key) }
      }
    }
    return result + [.root]
  }

  /// Returns the attributes and relations of an entity with those that it inherits, nearest first.
  package func members(of entity: EntityKey) -> [FoundDefinition] {
    var seen: Set<String> = []
    var result: [FoundDefinition] = []
    for key in lineage(of: entity) {
      for found in attributes[key] ?? [] where seen.insert(found.definition.name).inserted {
        result.append(found)
      }
    }
    return result
  }

  /// Finds an attribute: the nearest declaration, and the entity that declares it above all others.
  package func attribute(
    _ name: String, of entity: EntityKey
  ) -> (nearest: FoundDefinition?, owner: EntityKey)? {
    var nearest: FoundDefinition?
    var owner: EntityKey?
    for key in lineage(of: entity) {
      guard let found = attributes[key]?.first(where: { $0.definition.name == name }) else {
        continue
      }
      nearest = nearest ?? found
      owner = key
    }
    if let owner { return (nearest, owner) }
    return name == "requires" || name == "provides" ? (nil, .root) : nil
  }

  // MARK: - Types

  /// Returns the entity of a value's instances, if it is known.
  package func entity(of type: ValueType, in file: String, depth: Int = 0) -> EntityKey? {
    guard depth < Self.depthMax else { return nil }
    switch type {
    case .entity(let name): return entity(name, in: file)
    case .local(let index):
      guard let local = files[file]?.locals[index] else { return nil }
      return entity(of: local.type, in: file, depth: depth + 1)
    case .attribute(let owner, let name):
      guard let key = entity(of: owner, in: file, depth: depth + 1),
        let found = attribute(name, of: key)
      else { return nil }
      guard let nearest = found.nearest else { return .root }
      return entity(of: nearest.definition.type, in: nearest.namespace, depth: depth + 1)
    case .variable(let name, let around):
      switch symbol(of: .variable(name, around: around), in: file) {
      case .variable(let namespace, let name):
        guard let found = files[namespace], let index = found.variables[name] else { return nil }
        return entity(of: found.definitions[index].type, in: namespace, depth: depth + 1)
      case .attribute:
        return around.flatMap { entity(of: .attribute(.entity($0), name.name), in: file) }
      default: return nil
      }
    case .unknown, .plain, .result: return nil
    }
  }

  /// Returns a type as people write it, if it is known.
  package func description(of type: ValueType, in file: String, depth: Int = 0) -> String? {
    guard depth < Self.depthMax else { return nil }
    if let key = entity(of: type, in: file) { return key.fullName }
    switch type {
    case .plain(let text): return text
    case .local(let index):
      return files[file].flatMap {
        description(of: $0.locals[index].type, in: file, depth: depth + 1)
      }
    case .attribute(let owner, let name):
      guard let key = entity(of: owner, in: file),
        let nearest = attribute(name, of: key)?.nearest
      else { return nil }
      return description(
        of: nearest.definition.type, in: nearest.namespace, depth: depth + 1)
    case .variable(let name, let around):
      if let around, let key = entity(around, in: file), attribute(name.name, of: key) != nil {
        return description(
          of: .attribute(.entity(around), name.name), in: file, depth: depth + 1)
      }
      guard
        case .variable(let namespace, let short)? = symbol(
          of: .variable(name, around: nil), in: file),
        let found = files[namespace], let index = found.variables[short]
      else { return nil }
      return description(of: found.definitions[index].type, in: namespace, depth: depth + 1)
    case .result(let name):
      guard case .definition(let namespace, let short)? = find(name, in: file),
        files[namespace]?.topLevel[short] != nil
      else { return nil }
      return "\(namespace)::\(short)"
    case .unknown, .entity: return nil
    }
  }

  // MARK: - Symbols

  /// Returns what a word of a file means in the project.
  package func symbol(of target: WordTarget, in file: String) -> Symbol? {
    switch target {
    case .module(let name): return files[name] == nil ? nil : .namespace(name)
    case .namespace(let name): return namespace(name, in: file).map { .namespace($0) }
    case .definition(let name): return find(name, in: file)
    case .local(let index): return .local(namespace: file, index: index)
    case .instance(let name): return entity(name, in: file).map { .instance($0) }
    case .attribute(let owner, let name):
      return entity(of: owner, in: file).flatMap { attribute(name, of: $0) }
        .map { .attribute($0.owner, name: name) }
    case .variable(let name, let around):
      if let around, let key = entity(around, in: file), let found = attribute(name.name, of: key) {
        return .attribute(found.owner, name: name.name)
      }
      let target = name.path.map { namespace($0, in: file) } ?? file
      guard let target, files[target]?.variables[name.name] != nil else { return nil }
      return .variable(namespace: target, name: name.name)
    }
  }

  /// Returns the definition that a word leads to.
  package func definition(of target: WordTarget, in file: String) -> FoundDefinition? {
    switch target {
    case .attribute(let owner, let name):
      return entity(of: owner, in: file).flatMap { attribute(name, of: $0)?.nearest }
    case .variable(let name, let around?):
      if let key = entity(around, in: file), let found = attribute(name.name, of: key) {
        return found.nearest
      }
      return definition(of: .variable(name, around: nil), in: file)
    default: return symbol(of: target, in: file).flatMap { definition(of: $0) }
    }
  }

  /// Returns the definition of a symbol; nil for what no file defines.
  package func definition(of symbol: Symbol) -> FoundDefinition? {
    switch symbol {
    case .definition(let namespace, let name):
      guard let file = files[namespace], let index = file.topLevel[name] else { return nil }
      return FoundDefinition(namespace: namespace, definition: file.definitions[index])
    case .variable(let namespace, let name):
      guard let file = files[namespace], let index = file.variables[name] else { return nil }
      return FoundDefinition(namespace: namespace, definition: file.definitions[index])
    case .local(let namespace, let index):
      return files[namespace].map {
        FoundDefinition(namespace: namespace, definition: $0.locals[index])
      }
    case .attribute(let owner, let name):
      return attributes[owner]?.first { $0.definition.name == name }
    case .instance(let key):
      return definition(of: key).map {
        FoundDefinition(namespace: key.namespace, definition: $0)
      }
    case .namespace: return nil
    }
  }

  /// Returns all words that mean a symbol, by file and place.
  package func words(for symbol: Symbol) -> [(namespace: String, word: Word)] {
    var result: [(namespace: String, word: Word)] = []
    for (namespace, file) in files.sorted(by: { $0.key < $1.key }) {
      for word in file.words where mayMean(word.target, symbol) {
        if self.symbol(of: word.target, in: namespace) == symbol {
          result.append((namespace, word))
        }
      }
    }
    return result
  }

  /// Whether a word can mean a symbol, by its text alone.
  func mayMean(_ target: WordTarget, _ symbol: Symbol) -> Bool {
    switch (target, symbol) {
    case (.module, .namespace), (.namespace, .namespace), (.local, .local),
      (.instance, .instance):
      true
    case (.definition(let written), .definition(_, let name)): written.name == name
    case (.attribute(_, let written), .attribute(_, let name)): written == name
    case (.variable(let written, _), .variable(_, let name)),
      (.variable(let written, _), .attribute(_, let name)):
      written.name == name
    default: false
    }
  }
}
