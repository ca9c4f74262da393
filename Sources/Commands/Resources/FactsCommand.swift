public import ArgumentParser
internal import Resources
internal import Schema

/// Lists facts.
public struct FactsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "facts",
    abstract: "List what handlers found out about resources.",
    discussion: """
      Example:
        southbound facts 'lb::Pool[lb1,name=shop]'
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "Resource id; all resources if left out.")
  var resource: String?

  /// Makes the command.
  public init() {}

  /// Lists them.
  public func run() async throws {
    let resources = ResourcesV1.ResourcesClient(try await client.serverChannel())
    let environment = try await client.environmentName()
    let facts = try await pages { after in
      let page = try await resources.listFacts(
        ResourcesV1.ListFactsRequest(
          environment: environment, resourceID: resource ?? "", after: after))
      return (page.facts, page.nextAfter)
    }
    output.show(facts.map(FactRow.init))
  }
}

struct FactRow: Listing {
  var fact: ResourceV1.Fact

  static let columns = ["RESOURCE", "FACT", "VALUE", "FOUND"]

  var name: String { fact.name }

  var cells: [String] {
    let value = WireValue.value(fact.value)
    return [
      fact.resourceID, fact.name, value.stringValue ?? value.json,
      Timestamp(unixNanos: fact.timeUnixNanos).iso8601,
    ]
  }

  var json: Value {
    [
      "resource_id": .string(fact.resourceID), "name": .string(fact.name),
      "value": WireValue.value(fact.value), "time": WireValue.time(fact.timeUnixNanos),
      "expires": WireValue.time(fact.expiresUnixNanos),
    ]
  }
}
