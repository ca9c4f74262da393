public import ArgumentParser
internal import Resources
internal import Schema

/// Lists resources with their state.
public struct ResourcesCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "resources",
    abstract: "List the resources of the released version with their state.",
    discussion: """
      Example:
        southbound resources --agent web1 --fields --json
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var filter: ResourceFilterOptions

  @Flag(help: "Include the desired value of each field (JSON only).")
  var fields = false

  /// Makes the command.
  public init() {}

  /// Lists them, page by page.
  public func run() async throws {
    let resources = ResourcesV1.ResourcesClient(try await client.serverChannel())
    let environment = try await client.environmentName()
    let views = try await pages { after in
      let page = try await resources.list(
        ResourcesV1.ListRequest(
          environment: environment, filter: filter.message, after: after, withFields: fields))
      return (page.resources, page.nextAfter)
    }
    output.show(views.map { ResourceRow(view: $0, withFields: fields) })
  }
}

struct ResourceRow: Listing {
  var view: ResourcesV1.ResourceView
  var withFields = false

  static let columns = ["RESOURCE", "COMPLIANCE", "LAST RUN", "BLOCKED", "VERSION", "MESSAGE"]

  var name: String { view.resource?.id ?? "" }

  var cells: [String] {
    let state = view.state ?? ResourceV1.ResourceState()
    return [
      name, state.isDeploying ? "deploying" : state.compliance.name, state.handlerResult.name,
      state.blocked == .notBlocked ? "" : state.blocked.name, String(view.version), state.message,
    ]
  }

  var json: Value {
    var entries: [String: Value] = [
      "id": .string(name), "version": .int(Int64(clamping: view.version)),
      "state": WireValue.state(view.state),
    ]
    if withFields, let resource = view.resource {
      entries["fields"] = WireValue.map(resource.fields)
      entries["requires"] = .list(resource.requires.map { .string($0) })
      entries["attribute_hash"] = WireValue.hex(resource.attributeHash)
      if let origin = resource.origin {
        entries["origin"] = .string("\(origin.file):\(origin.line)")
      }
    }
    return .map(entries)
  }
}
