internal import Resources
public import SouthboundKit

extension Integration {
  /// The resource types of the standard library and their handlers.
  public static let standard = Integration(
    name: "std", definitions: [.file, .directory, .symlink, .run, .null],
    handlers: [
      HandlerRegistration(for: "std::File") { FileHandler() },
      HandlerRegistration(for: "std::Directory") { DirectoryHandler() },
      HandlerRegistration(for: "std::Symlink") { SymlinkHandler() },
      HandlerRegistration(for: "exec::Run") { RunHandler() },
      HandlerRegistration(for: "std::testing::NullResource") { NullHandler() },
    ])
}

extension ResourceDefinition {
  /// A regular file. Its text is uploaded; the resource holds a reference to it.
  static let file = ResourceDefinition(
    "std::File", agentPath: "host.name", idAttribute: "path", inheriting: [.purgeable, .managed],
    fields: ["path", "content", "owner", "group", "mode"],
    mappings: ["content": { exporter, file in try fileContent(exporter, file) }])

  /// The content between its prefixes and suffixes, each sorted by key and value.
  private static func fileContent(_ exporter: Exporter, _ file: Entity) throws -> Value {
    func parts(_ relation: String) throws -> [String] {
      guard file.hasRelation(relation) else { return [] }
      let parts = try file.related(relation).map { part in
        (key: try part.value("sorting_key").stringValue ?? "", value: try part.string("value"))
      }
      return parts.sorted { ($0.key, $0.value) < ($1.key, $1.value) }.map(\.value)
    }
    let content = try file.value("content")
    let (prefixes, suffixes) = (try parts("prefix_content"), try parts("suffix_content"))
    switch content {
    case .string(let text):
      guard !(prefixes.isEmpty && suffixes.isEmpty) else { return exporter.upload(text) }
      let separator = try file.string("content_separator")
      return exporter.upload((prefixes + [text] + suffixes).joined(separator: separator))
    case .bytes(let bytes): return exporter.upload(bytes)
    default: return content
    }
  }

  /// A directory.
  static let directory = ResourceDefinition(
    "std::Directory", agentPath: "host.name", idAttribute: "path",
    inheriting: [.purgeable, .managed],
    fields: ["path", "owner", "group", "mode"])

  /// A symbolic link at `target` that points to `source`.
  static let symlink = ResourceDefinition(
    "std::Symlink", agentPath: "host.name", idAttribute: "target",
    inheriting: [.purgeable, .managed],
    fields: ["source", "target"])

  /// A command.
  static let run = ResourceDefinition(
    "exec::Run", agentPath: "host.name", idAttribute: "command",
    fields: [
      "command", "creates", "cwd", "environment", "onlyif", "path", "reload", "reload_only",
      "returns", "timeout", "unless", "skip_on_fail",
    ])

  /// A resource that does nothing.
  static let null = ResourceDefinition(
    "std::testing::NullResource", agentPath: "agentname", idAttribute: "name",
    inheriting: [.purgeable, .managed], fields: ["name", "agentname", "fail", "value", "int_value"])
}
