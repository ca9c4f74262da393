internal import Resources
internal import Store

/// Whoever has to know at once when the desired state or the settings of an environment change.
protocol EnvironmentObserver: Sendable {
  /// A version became the desired state; it is in the store.
  func released(_ version: VersionNumber, in environment: EnvironmentName) async
  /// Settings or the halt of an environment changed; they are in the store.
  func settingsChanged(_ environment: EnvironmentRecord) async
  /// An environment is gone.
  func removed(_ environment: EnvironmentName) async
}
