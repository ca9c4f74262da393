package import Diagnostics
package import Language

/// A name as a file writes it: the part before the last `::`, and the last part.
package struct WrittenName: Hashable, Sendable {
  /// What stands before the last `::`, or nil.
  package var path: String?
  /// The last part.
  package var name: String

  /// Makes a name.
  package init(path: String? = nil, name: String) {
    self.path = path
    self.name = name
  }
}

/// What is known of a value without evaluating: resolved only when somebody asks, in its project.
package indirect enum ValueType: Hashable, Sendable {
  /// Nothing.
  case unknown
  /// A type as people write it, which has no attributes.
  case plain(String)
  /// An instance of the entity.
  case entity(WrittenName)
  /// The value of an attribute.
  case attribute(ValueType, String)
  /// The value of a variable, or of an attribute of the entity around.
  case variable(WrittenName, around: WrittenName?)
  /// The value of a name of a block.
  case local(Int)
  /// What a function returns: the type's name if it is a cast.
  case result(WrittenName)
}

/// What a word of a file names, as far as the file alone says.
package enum WordTarget: Hashable, Sendable {
  /// A namespace as an import says it.
  case module(String)
  /// The name of a namespace in this file: what an import gave it.
  case namespace(String)
  /// An entity, typedef, implementation or function.
  case definition(WrittenName)
  /// A variable of a file; without a path, maybe an attribute of the entity around.
  case variable(WrittenName, around: WrittenName?)
  /// A name of a block of this file.
  case local(Int)
  /// An attribute or relation.
  case attribute(ValueType, String)
  /// `self` in something that is for an entity.
  case instance(WrittenName)
}

/// A word that names something.
package struct Word: Hashable, Sendable {
  /// Where it is.
  package var span: SourceSpan
  /// What it names.
  package var target: WordTarget
  /// Whether it defines what it names.
  package var isDefinition: Bool
}

/// Something that a file defines.
package struct Definition: Sendable {
  /// What it is.
  package enum Kind: Sendable {
    case entity, type, implementation, attribute, relation, variable, local, index
  }

  /// What it is.
  package var kind: Kind
  /// Its name.
  package var name: String
  /// Where the name is.
  package var span: SourceSpan
  /// The whole definition.
  package var range: SourceSpan
  /// The entity that has it: of attributes and relations.
  package var owner: WrittenName?
  /// The definition as one line.
  package var detail: String
  /// The docstring.
  package var documentation: String?
  /// What its values are.
  package var type = ValueType.unknown
  /// The parents of an entity.
  package var parents: [WrittenName] = []
  /// Whether it is of an older text: this one has syntax errors and lacks it.
  package var isKept = false
}

/// What one file defines and names. It depends on nothing but the file's text.
package struct FileIndex: Sendable {
  /// The text.
  package let source: SourceFile
  /// What the imports give: the name in this file, the namespace, and where.
  package var imports: [(name: String, namespace: String, span: SourceSpan)] = []
  /// The definitions, in text order of their ends.
  package var definitions: [Definition] = []
  /// The words, sorted by place.
  package var words: [Word] = []
  /// The names of blocks.
  package var locals: [Definition] = []
  /// Where each local may be used; beside `locals`.
  package var localScopes: [SourceSpan] = []
  /// The entities that blocks are for, with the tokens of the block.
  package var instanceScopes: [(entity: WrittenName, span: SourceSpan)] = []
  /// Entities, typedefs and implementations by name.
  package var topLevel: [String: Int] = [:]
  /// Variables of the file by name: the first assignment.
  package var variables: [String: Int] = [:]
  /// The docstring of the file.
  package var documentation: String?

  /// Reads the definitions and words of a parsed file.
  package init(_ layout: SyntaxLayout) {
    source = layout.source
    documentation = layout.file.documentation
    var reader = FileIndexReader(layout)
    reader.read()
    imports = reader.imports
    definitions = reader.definitions
    locals = reader.locals
    localScopes = reader.localScopes
    instanceScopes = reader.instanceScopes
    words = reader.words.filter { [source, reader] word in
      // A placeholder in a string with escapes may stand for another text.
      let text = source.text(from: word.span.start, to: word.span.end)
      if case .local(let local) = word.target { return text == reader.locals[local].name }
      return text == Self.text(of: word.target)
    }.sorted { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }
    for (index, definition) in definitions.enumerated() {
      switch definition.kind {
      case .entity, .type, .implementation:
        if topLevel[definition.name] == nil { topLevel[definition.name] = index }
      case .variable: variables[definition.name] = index
      default: continue
      }
    }
  }

  private static func text(of target: WordTarget) -> String? {
    switch target {
    case .module(let name), .namespace(let name): name
    case .definition(let name), .variable(let name, _): name.name
    case .attribute(_, let name): name
    case .instance: "self"
    case .local: nil
    }
  }

  /// Returns the word at an offset, or just before it.
  package func word(at offset: UInt32) -> Word? {
    var low = 0
    var high = words.count
    while low < high {
      let middle = (low + high) / 2
      if words[middle].span.start <= offset { low = middle + 1 } else { high = middle }
    }
    var index = low - 1
    while index >= 0, index > low - 4 {
      if words[index].span.end >= offset { return words[index] }
      index -= 1
    }
    return nil
  }

  /// Takes over the definitions of an older text that this one, which has syntax errors, lacks.
  ///
  /// What is being typed is no reason to forget what was there a moment ago.
  package mutating func keepDefinitions(of older: FileIndex) {
    var known = Set(definitions.map { Key($0) })
    for var definition in older.definitions where known.insert(Key(definition)).inserted {
      definition.isKept = true
      let index = definitions.count
      switch definition.kind {
      case .entity, .type, .implementation: topLevel[definition.name] = index
      case .variable:
        // The names of blocks are numbered anew with each text.
        guard !definition.type.namesLocal else { continue }
        variables[definition.name] = index
      default: break
      }
      definitions.append(definition)
    }
    for old in older.imports where !imports.contains(where: { $0.name == old.name }) {
      imports.append(old)
    }
  }

  private struct Key: Hashable {
    var kind: Definition.Kind
    var name: String
    var owner: WrittenName?

    init(_ definition: Definition) {
      kind = definition.kind
      name = definition.name
      owner = definition.owner
    }
  }
}

extension ValueType {
  /// Whether it depends on a name of a block.
  var namesLocal: Bool {
    switch self {
    case .local: true
    case .attribute(let owner, _): owner.namesLocal
    default: false
    }
  }
}
