import Foundation

/// What is on disk below a folder, so that two moments can be compared.
public struct DiskSnapshot: Sendable {
  /// What tells a file that was written again, even with the same content.
  public struct Entry: Hashable, Sendable {
    /// `file`, `folder`, `link` or `other`.
    public let kind: String
    /// Identity of the file on its file system.
    public let inode: UInt64
    /// Last change, nanoseconds since 1970 UTC; 0 for folders.
    public let changedNanos: Int64
    /// Content of a file, target of a link.
    public let content: [UInt8]
  }

  /// Entries by path relative to the folder.
  public let entries: [String: Entry]

  /// Takes a snapshot; entries whose path begins with one of `excluding` are left out.
  public init(of folder: String, excluding: [String] = []) {
    var entries: [String: Entry] = [:]
    if let walk = FileManager.default.enumerator(atPath: folder) {
      for case let path as String in walk
      where !excluding.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) {
        entries[path] = Self.entry(at: "\(folder)/\(path)")
      }
    }
    self.entries = entries
  }

  private static func entry(at path: String) -> Entry? {
    let manager = FileManager.default
    guard let attributes = try? manager.attributesOfItem(atPath: path) else { return nil }
    let inode = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
    let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    let nanos = Int64(changed * 1e6) * 1000
    switch attributes[.type] as? FileAttributeType {
    case .typeRegular?:
      let content = manager.contents(atPath: path) ?? Data()
      return Entry(kind: "file", inode: inode, changedNanos: nanos, content: Array(content))
    case .typeDirectory?:
      return Entry(kind: "folder", inode: inode, changedNanos: 0, content: [])
    case .typeSymbolicLink?:
      let target = (try? manager.destinationOfSymbolicLink(atPath: path)) ?? ""
      return Entry(kind: "link", inode: inode, changedNanos: nanos, content: Array(target.utf8))
    default:
      return Entry(kind: "other", inode: inode, changedNanos: nanos, content: [])
    }
  }

  /// Paths that were made, removed or written again since `earlier`, sorted.
  public func changes(since earlier: DiskSnapshot) -> [String] {
    Set(entries.keys).union(earlier.entries.keys)
      .filter { entries[$0] != earlier.entries[$0] }
      .sorted()
  }
}
