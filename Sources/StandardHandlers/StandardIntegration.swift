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
  /// A regular file. The text in `content` is uploaded; the resource holds a reference to it.
  static let file = ResourceDefinition(
    "std::File", agentPath: "host.name", idAttribute: "path", inheriting: [.purgeable],
    fields: ["path", "content", "owner", "group", "mode"],
    mappings: [
      "content": { exporter, entity in
        let content = try entity.value("content")
        switch content {
        case .string(let text): return exporter.upload(text)
        case .bytes(let bytes): return exporter.upload(bytes)
        default: return content
        }
      }
    ])

  /// A directory.
  static let directory = ResourceDefinition(
    "std::Directory", agentPath: "host.name", idAttribute: "path", inheriting: [.purgeable],
    fields: ["path", "owner", "group", "mode"])

  /// A symbolic link at `target` that points to `source`.
  static let symlink = ResourceDefinition(
    "std::Symlink", agentPath: "host.name", idAttribute: "target", inheriting: [.purgeable],
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
    inheriting: [.purgeable, .managed], fields: ["name", "agentname", "fail"])
}
