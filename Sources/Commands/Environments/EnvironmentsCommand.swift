public import ArgumentParser
internal import Resources
internal import Schema

/// Lists and changes environments.
public struct EnvironmentsCommand: AsyncParsableCommand {
  /// How the command line is read.
  public static let configuration = CommandConfiguration(
    commandName: "environments",
    abstract: "List, make, change, halt and remove environments.",
    discussion: """
      Examples:
        southbound environments
        southbound environments create staging --description 'before production'
        southbound environments set staging --repair-interval 3600
      """,
    subcommands: [
      List.self, Create.self, Configure.self, Halt.self, Resume.self, Delete.self,
    ],
    defaultSubcommand: List.self)

  /// Makes the command.
  public init() {}

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all environments. Example: southbound environments list --json")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      let list = try await pages { after in
        let page = try await environments.list(EnvironmentsV1.ListRequest(after: after))
        return (page.environments, page.nextAfter)
      }
      output.show(list.map(EnvironmentRow.init))
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an environment. Example: southbound environments create staging")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name.") var name: String
    @Option(help: "What it is for.") var description = ""

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      let made = try await environments.create(
        EnvironmentsV1.CreateRequest(name: name, description: description))
      output.show(one: EnvironmentRow(environment: made))
    }
  }

  struct Configure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Change settings; what is not given stays, 0 sets the default again.",
      discussion: "Example:\n  southbound environments set staging --deploy-interval 60")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name.") var name: String
    @Option(help: "Seconds until a resource that is not as desired is tried again.")
    var deployInterval: UInt32?
    @Option(help: "Seconds until a compliant resource is checked and repaired.")
    var repairInterval: UInt32?
    @Option(help: "Number of versions that are kept.") var versionsKept: UInt32?
    @Option(help: "Days for which handler runs and their log are kept.")
    var actionRetention: UInt32?
    @Option(help: "Seconds for which a fact is valid.") var factValidity: UInt32?
    @Flag(inversion: .prefixedNo, help: "Protect the environment from deletion.")
    var protected: Bool?

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      let before = try await environments.get(EnvironmentsV1.GetRequest(name: name))
      var settings = before.settings ?? EnvironmentsV1.Settings()
      settings.deployIntervalSeconds = deployInterval ?? settings.deployIntervalSeconds
      settings.repairIntervalSeconds = repairInterval ?? settings.repairIntervalSeconds
      settings.versionsKept = versionsKept ?? settings.versionsKept
      settings.actionRetentionDays = actionRetention ?? settings.actionRetentionDays
      settings.factValiditySeconds = factValidity ?? settings.factValiditySeconds
      settings.protectedEnvironment = protected ?? settings.protectedEnvironment
      let after = try await environments.updateSettings(
        EnvironmentsV1.UpdateSettingsRequest(name: name, settings: settings))
      output.show(one: EnvironmentRow(environment: after))
    }
  }

  struct Halt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Stop all deployment in an environment. Example: southbound environments halt staging")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name.") var name: String

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      let after = try await environments.halt(EnvironmentsV1.HaltRequest(name: name))
      output.show(one: EnvironmentRow(environment: after))
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let deployment go on. Example: southbound environments resume staging")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name.") var name: String

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      let after = try await environments.resume(EnvironmentsV1.ResumeRequest(name: name))
      output.show(one: EnvironmentRow(environment: after))
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove an environment with everything in it.",
      discussion: "Example:\n  southbound environments delete staging")

    @OptionGroup var client: ClientOptions
    @Argument(help: "Its name.") var name: String

    func run() async throws {
      let environments = EnvironmentsV1.EnvironmentsClient(try await client.serverChannel())
      _ = try await environments.delete(EnvironmentsV1.DeleteRequest(name: name))
    }
  }
}

struct EnvironmentRow: Listing {
  var environment: EnvironmentsV1.Environment

  static let columns = [
    "ENVIRONMENT", "RELEASED", "HALTED", "DEPLOY S", "REPAIR S", "DESCRIPTION",
  ]

  var name: String { environment.name }

  var cells: [String] {
    [
      name, environment.releasedVersion == 0 ? "" : String(environment.releasedVersion),
      environment.halted ? "yes" : "", String(environment.settings?.deployIntervalSeconds ?? 0),
      String(environment.settings?.repairIntervalSeconds ?? 0), environment.description,
    ]
  }

  var json: Value {
    let settings = environment.settings ?? EnvironmentsV1.Settings()
    return [
      "name": .string(name), "description": .string(environment.description),
      "halted": .bool(environment.halted),
      "released_version": .int(Int64(clamping: environment.releasedVersion)),
      "created": WireValue.time(environment.createdUnixNanos),
      "settings": [
        "deploy_interval_seconds": .int(Int64(settings.deployIntervalSeconds)),
        "repair_interval_seconds": .int(Int64(settings.repairIntervalSeconds)),
        "versions_kept": .int(Int64(settings.versionsKept)),
        "action_retention_days": .int(Int64(settings.actionRetentionDays)),
        "fact_validity_seconds": .int(Int64(settings.factValiditySeconds)),
        "protected_environment": .bool(settings.protectedEnvironment),
      ],
    ]
  }
}
