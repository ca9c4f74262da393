public import SouthboundKit

/// Starts an agent or an exporter with the integrations of a third party: the whole `main` of such
/// an executable.
///
/// ```swift
/// @main struct Main {
///   static func main() async {
///     await IntegrationLauncher.agent("acme-agent", integrations: [.standard, .acme])
///   }
/// }
/// ```
public enum IntegrationLauncher {
  @TaskLocal static var integrations: [Integration] = []
  @TaskLocal static var name = ""

  /// Runs an agent, and exits.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - integrations: Its handlers.
  public static func agent(_ name: String, integrations: [Integration]) async -> Never {
    let code = await $integrations.withValue(integrations) {
      await $name.withValue(name) { await Launcher.run(AgentCommand.self) }
    }
    Launcher.exit(code)
  }

  /// Runs an exporter, and exits.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - integrations: Its resource definitions.
  public static func exporter(_ name: String, integrations: [Integration]) async -> Never {
    let code = await $integrations.withValue(integrations) {
      await $name.withValue(name) { await Launcher.run(ExporterCommand.self) }
    }
    Launcher.exit(code)
  }
}
