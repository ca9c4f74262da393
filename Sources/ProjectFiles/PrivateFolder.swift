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

  /// Writes a file into it, unless there is one of the name.
  ///
  /// - Throws: A diagnostic when that fails.
  public func write(_ bytes: [UInt8], to name: String) throws(Diagnostic) {
    let target = path + "/" + name
    if case .contents = Syscalls.read(target, bytesMax: .max) { return }
    if let reason = Syscalls.create(target, with: bytes) { throw .unwritableFile(target, reason) }
  }

  /// Removes it with everything in it; links are not followed.
  public func remove() { Syscalls.removeTree(path) }
}
