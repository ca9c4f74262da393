internal import Diagnostics

/// Says in Markdown what a word is: its declaration, its type, its docstring.
package struct HoverText: Sendable {
  private let index: ProjectIndex

  /// Makes texts about the words of a project.
  package init(_ index: ProjectIndex) {
    self.index = index
  }

  /// Returns the text about a word of a file, or nil if nothing is known of it.
  package func text(of target: WordTarget, in file: String) -> String? {
    switch index.symbol(of: target, in: file) {
    case .namespace(let name):
      return block("import \(name)", index.files[name]?.documentation)
    case .definition(let namespace, let name):
      if let found = index.definition(of: target, in: file) {
        return block(declaration(found), found.definition.documentation)
      }
      if let parameters = ProjectIndex.functions["\(namespace)::\(name)"] {
        return block("\(namespace)::\(name)(\(parameters.joined(separator: ", ")))", nil)
      }
      return namespace == "std" && name == "Entity" ? block("entity std::Entity", nil) : nil
    case .attribute(let owner, let name):
      guard let found = index.definition(of: target, in: file) else {
        return block("std::Entity \(name) [0:]", nil) + "\n\nOf every entity."
      }
      let home = found.definition.owner.flatMap { index.entity($0, in: found.namespace) } ?? owner
      return block(found.definition.detail, found.definition.documentation)
        + "\n\nOf `\(home.fullName)`."
    case .variable(let namespace, let name):
      return block(typed(name, target, in: file), nil)
        + (namespace == file ? "" : "\n\nOf `\(namespace)`.")
    case .local(_, let local):
      let name = index.files[file]?.locals[local].name ?? ""
      return block(typed(name, target, in: file), nil)
    case .instance(let entity):
      return block("self: \(entity.fullName)", index.definition(of: entity)?.documentation)
    case nil: return nil
    }
  }

  private func declaration(_ found: FoundDefinition) -> String {
    let definition = found.definition
    let full = "\(found.namespace)::\(definition.name)"
    guard found.namespace != "__config__",
      let range = definition.detail.firstRange(of: definition.name)
    else { return definition.detail }
    return definition.detail.replacingCharacters(range, with: full)
  }

  private func typed(_ name: String, _ target: WordTarget, in file: String) -> String {
    let type: ValueType
    switch target {
    case .local(let local): type = .local(local)
    case .variable(let written, let around): type = .variable(written, around: around)
    default: type = .unknown
    }
    return index.description(of: type, in: file).map { "\(name): \($0)" } ?? name
  }

  private func block(_ code: String, _ documentation: String?) -> String {
    let text = "```inmanta\n\(code)\n```"
    guard let documentation else { return text }
    let lines = documentation.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }
    let plain = lines.joined(separator: "\n").trimmingPrefix { $0.isWhitespace }
    var end = plain[...]
    while end.last?.isWhitespace == true { end.removeLast() }
    return end.isEmpty ? text : text + "\n\n" + end
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + self[range.upperBound...]
  }
}
