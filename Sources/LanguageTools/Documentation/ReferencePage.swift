public import Language

/// The reference page of one namespace, as Markdown.
public struct ReferencePage: Sendable {
  /// The namespace.
  public var module: ModelReference.Module

  /// Makes a page.
  public init(_ module: ModelReference.Module) {
    self.module = module
  }

  /// The name of the page's file: `a::b` is `a.b.md`; the main file is `main.md`.
  public var fileName: String {
    module.name == "__config__"
      ? "main.md" : module.name.split(separator: "::").joined(separator: ".") + ".md"
  }

  /// The page; equal modules give equal pages.
  public var markdown: String {
    var parts = ["# \(module.name == "__config__" ? "The main file" : "Module `\(module.name)`")"]
    if !module.documentation.isEmpty { parts.append(module.documentation) }
    for failure in module.failures {
      parts.append("> The code of the module could not be loaded: \(oneLine(failure))")
    }
    add("Entities", module.entities.map { entity($0) }, to: &parts)
    add("Types", module.typedefs.map { typedef($0) }, to: &parts)
    add("Implementations", module.implementations.map { implementation($0) }, to: &parts)
    add("Functions", module.functions.map { function($0) }, to: &parts)
    if parts.count == 1 { parts.append("Nothing is defined here.") }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func add(_ title: String, _ entries: [String], to parts: inout [String]) {
    guard !entries.isEmpty else { return }
    parts.append("## \(title)")
    parts += entries
  }

  // MARK: Entities

  private func entity(_ entity: ModelReference.Entity) -> String {
    var parts = ["### `\(entity.name)`"]
    if !entity.parents.isEmpty {
      parts.append("Extends \(list(entity.parents)).")
    }
    if !entity.documentation.isEmpty { parts.append(entity.documentation) }
    if !entity.attributes.isEmpty {
      parts.append(
        table(
          ["Attribute", "Type", "Default", ""],
          entity.attributes.map { attribute in
            [
              code(attribute.name), code(attribute.type),
              attribute.defaultText.map { code($0) } ?? "", oneLine(attribute.documentation),
            ]
          }))
    }
    if !entity.relations.isEmpty {
      parts.append(
        table(
          ["Relation", "To", "Number", "Other end", ""],
          entity.relations.map { relation in
            [
              code(relation.name), code(relation.target), code(Self.number(relation)),
              relation.otherEnd.map { code($0) } ?? "", oneLine(relation.documentation),
            ]
          }))
    }
    for index in entity.indexes { parts.append("Index on \(list(index)).") }
    for implement in entity.implements {
      let condition = implement.condition.map { " when \(code($0))" } ?? ""
      parts.append("Uses \(list(implement.implementations))\(condition).")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func number(_ relation: ModelReference.Relation) -> String {
    guard let upper = relation.upper else { return "\(relation.lower):" }
    return upper == relation.lower ? "\(upper)" : "\(relation.lower):\(upper)"
  }

  // MARK: Others

  private func typedef(_ typedef: ModelReference.Typedef) -> String {
    let head = "### `\(typedef.name)`\n\n\(code(typedef.base)) with \(code(typedef.constraint))."
    return typedef.documentation.isEmpty ? head : "\(head)\n\n\(typedef.documentation)"
  }

  private func implementation(_ implementation: ModelReference.Implementation) -> String {
    let head = "### `\(implementation.name)`\n\nFor \(code(implementation.entity))."
    return implementation.documentation.isEmpty
      ? head : "\(head)\n\n\(implementation.documentation)"
  }

  private func function(_ function: ModelReference.Function) -> String {
    let head = "### `\(function.name)`\n\n\(code(function.signature))"
    guard let replacement = function.replacement else { return head }
    return "\(head)\n\n"
      + (replacement.isEmpty ? "Deprecated." : "Deprecated: use \(code(replacement)).")
  }

  // MARK: Markdown

  private func table(_ header: [String], _ rows: [[String]]) -> String {
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { cells in
      "| " + cells.map(\.escapedPipes).joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }

  private func list(_ names: [String]) -> String {
    names.map { code($0) }.joined(separator: ", ")
  }

  /// Text as code: the fence is longer than any run of backticks inside.
  private func code(_ text: String) -> String {
    let text = oneLine(text)
    var run = 0
    var longest = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let space = longest > 0 ? " " : ""
    return fence + space + text + space + fence
  }

  private func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

extension String {
  /// A bar would end the cell of a table, also inside of code.
  fileprivate var escapedPipes: String {
    split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
