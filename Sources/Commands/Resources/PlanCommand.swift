public import ArgumentParser
internal import RPCCore
internal import Resources
internal import Schema

/// Shows what a deployment would change.
public struct PlanCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what a deployment would change, without changing anything.",
    discussion: """
      Every agent compares the current with the desired state of its resources. Exits with 1 if a
      resource could not be compared.

      Example:
        southbound plan --version 12 --agent web1
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var filter: ResourceFilterOptions

  @Option(name: .customLong("version"), help: "Version to plan; the released one if left out.")
  var number: UInt64 = 0

  /// Makes the command.
  public init() {}

  /// Asks for a dry run and prints the differences.
  public func run() async throws {
    let request = ResourcesV1.PlanRequest(
      environment: try await client.environmentName(), version: number, filter: filter.message)
    try await PlanReport.run(request, client: client, output: output, verb: "planned")
  }
}

/// Compares current with desired state, now.
public struct CheckCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Look for drift now, and record it; change nothing.",
    discussion: """
      Like plan, but what drifted becomes non-compliant, so that the next deploy repairs it.
      Exits with 1 if something drifted or could not be compared.

      Example:
        southbound check --type std::File
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var filter: ResourceFilterOptions

  /// Makes the command.
  public init() {}

  /// Asks for a check and prints what drifted.
  public func run() async throws {
    let request = ResourcesV1.PlanRequest(
      environment: try await client.environmentName(), filter: filter.message, check: true)
    let drifted = try await PlanReport.run(
      request, client: client, output: output, verb: "checked")
    if drifted > 0 { throw ExitStatus.failed }
  }
}

/// The result of a dry run on the screen.
enum PlanReport {
  /// Runs it and prints what differs.
  ///
  /// - Returns: Number of resources that differ.
  @discardableResult
  static func run(
    _ request: ResourcesV1.PlanRequest, client: ClientOptions, output: OutputOptions, verb: String
  ) async throws -> Int {
    let resources = ResourcesV1.ResourcesClient(try await client.serverChannel())
    var planned: [ResourcesV1.PlannedResource] = []
    try await resources.plan(request) { responses in
      for try await response in responses {
        planned += response.resources
        if !output.json, !output.quiet {
          for resource in response.resources { show(resource) }
        }
      }
    }
    planned.sort { Value.keyOrder($0.resourceID, $1.resourceID) }
    if output.json {
      Console.out(Value.list(planned.map(json)).json)
    } else if output.quiet {
      for resource in planned where resource.result != .unchanged {
        Console.out(resource.resourceID)
      }
    } else {
      Console.out(summary(planned, verb: verb))
    }
    if planned.contains(where: { $0.result == .failed || $0.result == .agentAbsent }) {
      throw ExitStatus.failed
    }
    return planned.count { [.create, .update, .delete].contains($0.result) }
  }

  private static func show(_ resource: ResourcesV1.PlannedResource) {
    let id = Console.printable(resource.resourceID)
    let note = resource.message.isEmpty ? "" : ": " + Console.printable(resource.message)
    switch resource.result {
    case .unchanged: return
    case .create: Console.out(Console.coloured("+ \(id)", .green))
    case .update: Console.out(Console.coloured("~ \(id)", .yellow))
    case .delete: Console.out(Console.coloured("- \(id)", .red))
    default: Console.out(Console.coloured("! \(id) \(resource.result.name)\(note)", .red))
    }
    for change in resource.changes {
      let current = WireValue.text(change.current)
      let desired = WireValue.text(change.desired)
      Console.out("    \(change.field): \(current) -> \(desired)")
    }
  }

  private static func summary(
    _ planned: [ResourcesV1.PlannedResource], verb: String
  ) -> String {
    func count(_ results: [ResourcesV1.PlanResult]) -> Int {
      planned.count { results.contains($0.result) }
    }
    let others = planned.count - count([.create, .update, .delete, .unchanged])
    return
      "\(planned.count) \(verb): \(count([.create])) to create, \(count([.update])) to update, "
      + "\(count([.delete])) to delete, \(count([.unchanged])) unchanged, \(others) not compared"
  }

  private static func json(_ resource: ResourcesV1.PlannedResource) -> Value {
    [
      "resource_id": .string(resource.resourceID), "result": .string(resource.result.name),
      "changes": WireValue.changes(resource.changes), "message": .string(resource.message),
    ]
  }
}
