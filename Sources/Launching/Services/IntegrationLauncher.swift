public import SouthboundKit
internal import Synchronization

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
  /// What the executable is made of: set once, before its command line is parsed. Commands are made
  /// by the parser, which hands them nothing else.
  private static let launched = Mutex<(name: String, integrations: [Integration])>(("", []))

  static var name: String { launched.withLock { $0.name } }
  static var integrations: [Integration] { launched.withLock { $0.integrations } }

  /// Runs an agent, and exits.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - integrations: Its handlers.
  public static func agent(_ name: String, integrations: [Integration]) async {
    launched.withLock { $0 = (name, integrations) }
    Launcher.exit(await Launcher.run(AgentCommand.self))
  }

  /// Runs an exporter, and exits.
  ///
  /// - Parameters:
  ///   - name: Name of the executable, for messages.
  ///   - integrations: Its resource definitions.
  public static func exporter(_ name: String, integrations: [Integration]) async {
    launched.withLock { $0 = (name, integrations) }
    Launcher.exit(await Launcher.run(ExporterCommand.self))
  }
}
