internal import Synchronization

/// What a command that runs once leaves to the end of the process.
///
/// The system takes a process's memory back at once. A model is hundreds of thousands of small arrays and strings:
/// to free them one by one just before takes a twentieth of the time of the whole compile, for nothing.
enum ProcessLifetime {
  private static let kept = Mutex<[any Sendable]>([])

  /// Keeps a value for as long as the process lives. Not for what may be called again and again.
  static func keep(_ value: some Sendable) { kept.withLock { $0.append(value) } }
}
