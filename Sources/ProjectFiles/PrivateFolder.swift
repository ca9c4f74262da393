public import Diagnostics

/// A temporary folder that only this user may enter.
public struct PrivateFolder: Sendable {
  /// Its absolute path.
  public let path: String

  /// Makes a new one.
  ///
  /// - Throws: A diagnostic when that fails.
  public init() throws(Diagnostic) {
    path = "/tmp/southbound-\(UInt64.random(in: .min ... .max))"
    if let reason = Syscalls.makeFolder(path) { throw .unwritableFile(path, reason) }
  }

  /// Removes it with everything in it; links are not followed.
  public func remove() { Syscalls.removeTree(path) }
}
