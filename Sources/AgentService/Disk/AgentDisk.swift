/// How what handlers changed gets to the disk. Only tests use another one than ``system``.
public struct AgentDisk: Sendable {
  /// Brings what is at paths, and their entries in their folders, to the disk; what does not exist
  /// has no entry then. May block for long.
  ///
  /// Returns the reason for each path that may not be on the disk.
  public var persist: @Sendable (_ paths: [String]) -> [String: String]

  /// Makes a disk.
  public init(persist: @escaping @Sendable (_ paths: [String]) -> [String: String]) {
    self.persist = persist
  }

  /// The file systems of the machine.
  public static let system = AgentDisk { DiskSync(calls: .system).persist($0) }
}
