internal import Diagnostics
package import Language

/// Gives something that a project defines another name, everywhere, or says why that cannot be.
package struct Renaming: Sendable {
  /// Why something cannot be renamed: a sentence for people.
  package struct Refusal: Error, Sendable {
    /// The sentence.
    package var reason: String
  }

  /// The words that change, by namespace of the file.
  package let words: [String: [Word]]
  /// The name as it is.
  package let name: String

  private let index: ProjectIndex
  private let symbol: Symbol
  private let kind: Definition.Kind

  /// Finds what a word names and where that is written.
  ///
  /// - Parameters:
  ///   - word: A word of the file.
  ///   - file: The namespace of the file.
  ///   - index: The project.
  ///   - layouts: The files by namespace.
  ///   - isOwn: Whether a file, by namespace, is the author's to change.
  /// - Throws: ``Refusal`` if it cannot be renamed.
  package init(
    _ word: Word, in file: String, of index: ProjectIndex, layouts: [String: SyntaxLayout],
    isOwn: (String) -> Bool
  ) throws(Refusal) {
    guard let symbol = index.symbol(of: word.target, in: file) else {
      throw Refusal(reason: "it is not known what this name means")
    }
    switch symbol {
    case .namespace:
      throw Refusal(reason: "a namespace has the name of its file: rename that")
    case .instance: throw Refusal(reason: "`self` is a name of the language")
    default: break
    }
    guard let found = index.definition(of: symbol) else {
      throw Refusal(reason: "it is part of the language or of code, and no model defines it")
    }
    let definition = found.definition
    guard isOwn(found.namespace) else {
      throw Refusal(
        reason: "`\(definition.name)` is defined in `\(found.namespace)`, outside of the project")
    }
    var words: [String: [Word]] = [:]
    for (namespace, word) in index.words(for: symbol) {
      words[namespace, default: []].append(word)
    }
    if let other = words.keys.sorted().first(where: { !isOwn($0) }) {
      throw Refusal(reason: "`\(definition.name)` is used in `\(other)`, outside of the project")
    }
    for namespace in layouts.keys.sorted() where isOwn(namespace) {
      guard let layout = layouts[namespace] else { continue }
      if layout.diagnostics.contains(where: { $0.severity == .error }) {
        throw Refusal(
          reason: "`\(layout.source.path)` has syntax errors, so not every use is known")
      }
    }
    self.words = words
    self.index = index
    self.symbol = symbol
    kind = definition.kind
    name = definition.name
  }

  /// Checks a new name: it must be a name of the right form, and every word of the project must mean
  /// after the change what it means now.
  package func check(_ newName: String) throws(Refusal) {
    try checkForm(newName)
    var files = index.files
    for (namespace, changed) in words {
      guard let file = files[namespace] else { continue }
      var bytes = file.source.bytes
      for word in changed.sorted(by: { $0.span.start > $1.span.start }) {
        bytes.replaceSubrange(Int(word.span.start)..<Int(word.span.end), with: newName.utf8)
      }
      let source = SourceFile(id: file.source.id, path: file.source.path, bytes: bytes)
      files[namespace] = FileIndex(SyntaxLayout(source))
    }
    let renamed = ProjectIndex(files: files)
    let target = symbol.renamed(newName)
    for (namespace, file) in files {
      let before = index.files[namespace]?.words ?? []
      guard file.words.count == before.count else { throw collision(newName) }
      for (old, new) in zip(before, file.words) {
        let isMeant = words[namespace]?.contains(old) == true
        let bears = renamed.mayMean(new.target, target)
        guard isMeant || bears else { continue }
        if isMeant != (renamed.symbol(of: new.target, in: namespace) == target) {
          throw collision(newName)
        }
      }
    }
  }

  private func collision(_ newName: String) -> Refusal {
    Refusal(
      reason: "`\(newName)` means something else where `\(name)` is defined or used")
  }

  private func checkForm(_ newName: String) throws(Refusal) {
    guard newName != name else { throw Refusal(reason: "it has the name `\(name)` already") }
    let layout = SyntaxLayout(
      SourceFile(id: FileID(index: 0), path: "", bytes: Array(newName.utf8)))
    guard layout.tokens.count == 2, layout.text(0) == newName, !newName.contains("-") else {
      throw Refusal(reason: "`\(newName)` is no name: use letters, digits and `_`")
    }
    let token = layout.tokens[0].kind
    if token.isKeyword { throw Refusal(reason: "`\(newName)` is a word of the language") }
    if kind == .entity {
      guard token == .className else {
        throw Refusal(reason: "the name of an entity starts with a capital letter")
      }
    } else {
      guard token == .identifier else {
        throw Refusal(reason: "only the names of entities start with a capital letter")
      }
    }
    if newName == "self" || (kind == .type && Self.primitives.contains(newName)) {
      throw Refusal(reason: "`\(newName)` is a name of the language")
    }
  }

  /// The types that need no definition.
  package static let primitives = ["string", "int", "float", "number", "bool", "list", "dict"]
}

extension Symbol {
  /// The same under another name.
  func renamed(_ newName: String) -> Symbol {
    switch self {
    case .definition(let namespace, _): .definition(namespace: namespace, name: newName)
    case .attribute(let owner, _): .attribute(owner, name: newName)
    case .variable(let namespace, _): .variable(namespace: namespace, name: newName)
    case .namespace, .local, .instance: self
    }
  }
}
