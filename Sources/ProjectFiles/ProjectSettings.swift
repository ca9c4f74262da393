public import Diagnostics
public import Language
internal import Yams

/// What `project.yml` says, as far as the compiler uses it.
public struct ProjectSettings: Sendable {
  /// The project's name.
  public var name: String
  /// The folders of modules, as written.
  public var modulePath: [String]
  /// Which relations are complete before others.
  public var relationPrecedence: [RelationPrecedenceRule]

  /// The largest `project.yml`, in bytes.
  public static let bytesMax = 1 << 20

  /// Makes settings.
  public init(
    name: String, modulePath: [String] = ["libs"],
    relationPrecedence: [RelationPrecedenceRule] = []
  ) {
    self.name = name
    self.modulePath = modulePath
    self.relationPrecedence = relationPrecedence
  }

  /// Reads the text of a `project.yml`; `path` is for messages.
  ///
  /// - Throws: A diagnostic that names the line when the file is no YAML, or lacks something.
  public init(yaml bytes: [UInt8], path: String) throws(Diagnostic) {
    guard bytes.count <= Self.bytesMax else {
      throw .invalidProject(path, "is larger than \(Self.bytesMax) bytes")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalidProject(path, "is not valid UTF-8")
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw Self.diagnostic(error, path)
    } catch {
      throw .invalidProject(path, "cannot be read as YAML: \(error)")
    }
    guard let mapping = root?.mapping else {
      throw .invalidProject(path, "is not a YAML mapping", help: "write at least `name: NAME`")
    }
    guard let name = mapping["name"] else {
      throw .invalidProject(path, "has no `name`", help: "add `name: NAME`")
    }
    guard let name = name.scalar?.string, !name.isEmpty else {
      throw .invalidProject(Self.place(path, name.mark), "`name` must be a text")
    }
    self.init(name: name)
    if let node = mapping["modulepath"] { modulePath = try Self.texts(node, "modulepath", path) }
    if let node = mapping["relation_precedence_policy"] {
      let rules = try Self.texts(node, "relation_precedence_policy", path)
      for rule in rules {
        relationPrecedence.append(try Self.rule(rule, Self.place(path, node.mark)))
      }
    }
  }

  private static func place(_ path: String, _ mark: Mark?) -> String {
    mark.map { "\(path):\($0.line):\($0.column)" } ?? path
  }

  private static func texts(
    _ node: Node, _ key: String, _ path: String
  ) throws(Diagnostic) -> [String] {
    if let text = node.scalar?.string { return [text] }
    guard let sequence = node.sequence else {
      throw .invalidProject(place(path, node.mark), "`\(key)` must be a text or a list of texts")
    }
    var texts: [String] = []
    for element in sequence {
      guard let text = element.scalar?.string else {
        throw .invalidProject(place(path, element.mark), "`\(key)` may only list texts")
      }
      texts.append(text)
    }
    return texts
  }

  private static func rule(
    _ text: String, _ place: String
  ) throws(Diagnostic) -> RelationPrecedenceRule {
    if let rule = RelationPrecedenceRule(text) { return rule }
    throw .invalidProject(
      place, "the precedence rule `\(text)` is not understood",
      help: "write `ENTITY.relation before ENTITY.relation`")
  }

  private static func diagnostic(_ error: YamlError, _ path: String) -> Diagnostic {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      .invalidProject("\(path):\(mark.line):\(mark.column)", "is not valid YAML: \(problem)")
    case .reader(let problem, _, _, _): .invalidProject(path, "is not valid YAML: \(problem)")
    default: .invalidProject(path, "is not valid YAML")
    }
  }
}

/// The findings about projects. They have no place in a model file; titles name the path.
extension Diagnostic {
  static func missingProject(_ path: String) -> Diagnostic {
    Diagnostic(
      "missing-project", title: "\(path): there is no project here: `project.yml` is missing",
      at: nil,
      help: ["name a folder with `project.yml` and `main.cf`, or a `.cf` file"])
  }

  static func missingMainFile(_ path: String) -> Diagnostic {
    Diagnostic(
      "missing-main-file", title: "\(path): the main file does not exist", at: nil,
      help: ["create it; it may be empty"])
  }

  static func unwritableFile(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic("unwritable-file", title: "\(path): cannot be written: \(reason)", at: nil)
  }

  static func unreadableFile(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic("unreadable-file", title: "\(path): cannot be read: \(reason)", at: nil)
  }

  static func invalidProject(_ place: String, _ problem: String, help: String? = nil) -> Diagnostic
  {
    Diagnostic(
      "invalid-project", title: "\(place): \(problem)", at: nil, help: help.map { [$0] } ?? [])
  }
}
