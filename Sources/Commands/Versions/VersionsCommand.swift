public import ArgumentParser
internal import RPCCore
internal import Resources
internal import Schema

/// Lists, compares, releases and removes versions.
public struct VersionsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "List, compare, release and remove versions.",
    discussion: """
      Examples:
        southbound versions
        southbound versions diff 3 4
      """,
    subcommands: [List.self, Diff.self, Release.self, Delete.self],
    defaultSubcommand: List.self)

  /// Makes the command.
  public init() {}

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the versions, newest first. Example: southbound versions list --json")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "At most so many.") var limit: UInt32 = 100

    func run() async throws {
      let versions = VersionsV1.VersionsClient(try await client.serverChannel())
      let environment = try await client.environmentName()
      let list = try await pages(limit: Int(limit)) { after, rest in
        let page = try await versions.list(
          VersionsV1.ListRequest(
            environment: environment, limit: UInt32(rest), before: UInt64(after) ?? 0))
        return (page.versions, page.nextBefore == 0 ? "" : String(page.nextBefore))
      }
      output.show(list.map(VersionRow.init))
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a version the desired state. Example: southbound versions release 4")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Number of the version.") var number: UInt64

    func run() async throws {
      let versions = VersionsV1.VersionsClient(try await client.serverChannel())
      let version = try await versions.release(
        VersionsV1.ReleaseRequest(
          environment: try await client.environmentName(), version: number))
      output.show(one: VersionRow(version: version))
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a version. Example: southbound versions delete 2")

    @OptionGroup var client: ClientOptions
    @Argument(help: "Number of the version.") var number: UInt64

    func run() async throws {
      let versions = VersionsV1.VersionsClient(try await client.serverChannel())
      _ = try await versions.delete(
        VersionsV1.DeleteRequest(environment: try await client.environmentName(), version: number))
    }
  }

  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare two versions. Example: southbound versions diff 3 4")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The older version; 0 for the released one.") var from: UInt64
    @Argument(help: "The newer version; 0 for the released one.") var to: UInt64

    func run() async throws {
      let versions = VersionsV1.VersionsClient(try await client.serverChannel())
      let request = VersionsV1.DiffRequest(
        environment: try await client.environmentName(), fromVersion: from, toVersion: to)
      let differences = try await versions.diff(request) { responses in
        var all: [VersionsV1.DiffResponse] = []
        for try await response in responses { all.append(response) }
        return all
      }
      if output.json || output.quiet {
        output.show(differences.map(DiffRow.init))
      } else {
        for difference in differences { Diff.show(difference) }
        Console.out("\(differences.count) resources differ")
      }
    }

    private static func show(_ difference: VersionsV1.DiffResponse) {
      let mark =
        switch difference.kind {
        case .added: "+"
        case .deleted: "-"
        default: "~"
        }
      Console.out("\(mark) \(Console.printable(difference.resourceID))")
      guard difference.kind == .modified else { return }
      for field in difference.fields {
        let from = WireValue.text(field.fromValue)
        let to = WireValue.text(field.toValue)
        Console.out("    \(field.field): \(from) -> \(to)")
      }
    }
  }
}

struct VersionRow: Listing {
  var version: VersionsV1.Version

  static let columns = ["VERSION", "STATUS", "RESOURCES", "CREATED", "RELEASED", "MESSAGE"]

  var name: String { String(version.number) }

  var cells: [String] {
    let released = version.releasedUnixNanos
    return [
      name, version.status.name, String(version.resources),
      Timestamp(unixNanos: version.createdUnixNanos).iso8601,
      released == 0 ? "" : Timestamp(unixNanos: released).iso8601, version.message,
    ]
  }

  var json: Value {
    [
      "environment": .string(version.environment), "number": .int(Int64(clamping: version.number)),
      "status": .string(version.status.name),
      "resources": .int(Int64(clamping: version.resources)),
      "created": WireValue.time(version.createdUnixNanos),
      "released": WireValue.time(version.releasedUnixNanos), "message": .string(version.message),
    ]
  }
}

struct DiffRow: Listing {
  var difference: VersionsV1.DiffResponse

  static let columns = ["RESOURCE", "KIND", "FIELDS"]

  var name: String { difference.resourceID }

  var cells: [String] {
    [name, difference.kind.name, difference.fields.map(\.field).joined(separator: ", ")]
  }

  var json: Value {
    [
      "resource_id": .string(name), "kind": .string(difference.kind.name),
      "fields": .list(
        difference.fields.map { field in
          [
            "field": .string(field.field), "from": WireValue.value(field.fromValue),
            "to": WireValue.value(field.toValue),
          ]
        }),
    ]
  }
}
