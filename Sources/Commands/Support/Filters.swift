internal import ArgumentParser
internal import Resources
internal import Schema

/// Which resources a command is about.
struct ResourceFilterOptions: ParsableArguments {
  @Option(name: .long, help: "Only this resource id; `*` stands for any characters. Repeatable.")
  var resource: [String] = []

  @Option(name: .long, help: "Only resources of this agent. Repeatable.")
  var agent: [String] = []

  @Option(name: .long, help: "Only resources of this type. Repeatable.")
  var type: [String] = []

  var message: ResourcesV1.ResourceFilter {
    ResourcesV1.ResourceFilter(resourceIDs: resource, agents: agent, types: type)
  }
}

/// Which log entries a command is about.
struct LogFilterOptions: ParsableArguments {
  @Option(help: "Lowest level: trace, debug, info, warning, error or critical.")
  var level = "info"

  @Option(name: .long, help: "Only this resource id; `*` stands for any characters. Repeatable.")
  var resource: [String] = []

  @Option(name: .long, help: "Only entries of this handler. Repeatable.")
  var handler: [String] = []

  @Option(help: "Only entries whose text contains this.")
  var contains = ""

  func message() throws -> LogV1.LogFilter {
    guard let level = LogLevel(name: level) else {
      let names = LogLevel.allCases.map(\.name).joined(separator: ", ")
      throw ValidationError("there is no log level `\(level)`; the levels are \(names)")
    }
    return LogV1.LogFilter(
      minimumLevel: LogV1.LogLevel(rawValue: Int32(level.rawValue)), resourceIDs: resource,
      handlerIDs: handler, contains: contains)
  }
}
