/// Syncs many paths at once: a few one by one, many of one device by one sync of all of it.
///
/// A sync of a device waits for what everybody else has written to it, too: for a few paths it costs
/// more than it saves. When it fails, the paths are synced one by one: it may have failed for
/// something that is none of ours.
struct DiskSync: Sendable {
  /// The calls of the system. The reasons are for people.
  struct Calls: Sendable {
    /// Number of the device that holds what is at a path; nil if nothing is there. A link is not
    /// followed.
    var device: @Sendable (_ path: String) -> UInt64?
    /// Syncs a file or a folder; returns the reason if the disk refused. What cannot be synced by
    /// itself (a link) or is gone, is no failure: the sync of its folder says what there is.
    var sync: @Sendable (_ path: String) -> String?
    /// Syncs the device that holds a folder; returns the reason if that failed.
    var syncDevice: @Sendable (_ folder: String) -> String?
  }

  /// Files and folders of one device that are synced one by one.
  static let singlyMax = 32

  let calls: Calls

  /// Files and folders of one device.
  private struct Group {
    /// Paths where something is.
    var files: [String] = []
    /// Folders in the order in which they came.
    var folders: [String] = []
    /// Paths whose names are in each folder.
    var names: [String: [String]] = [:]

    var count: Int { files.count + folders.count }

    mutating func addName(_ path: String, in folder: String) {
      if names[folder]?.append(path) == nil {
        folders.append(folder)
        names[folder] = [path]
      }
    }

    /// What is synced one by one, with the paths that it is synced for. A folder after the files in
    /// it: then no name is on the disk before its contents.
    var parts: [(path: String, owners: [String])] {
      let files = Set(files)
      return self.files.filter { names[$0] == nil }.map { ($0, [$0]) }
        + folders.map { ($0, (files.contains($0) ? [$0] : []) + names[$0, default: []]) }
    }
  }

  /// Returns the reason for each path that may not be on the disk.
  func persist(_ paths: [String]) -> [String: String] {
    var failures: [String: String] = [:]
    for group in groups(paths) where !syncWhole(group) {
      for (part, owners) in group.parts {
        guard let reason = calls.sync(part) else { continue }
        for path in owners where failures[path] == nil { failures[path] = reason }
      }
    }
    return failures
  }

  private func syncWhole(_ group: Group) -> Bool {
    guard group.count > DiskSync.singlyMax, let folder = group.folders.first else { return false }
    return calls.syncDevice(folder) == nil
  }

  private func groups(_ paths: [String]) -> some Collection<Group> {
    var groups: [UInt64: Group] = [:]
    var folders: [String: (path: String, device: UInt64)] = [:]
    for path in Set(paths).sorted() {
      let named = DiskSync.folder(of: path)
      let folder = folders[named] ?? existing(named)
      folders[named] = folder
      groups[folder.device, default: Group()].addName(path, in: folder.path)
      guard let device = calls.device(path) else { continue }
      groups[device, default: Group()].files.append(path)
    }
    return groups.values
  }

  /// The folder, or the nearest one above it that exists: where something is missing, its name is.
  private func existing(_ folder: String) -> (path: String, device: UInt64) {
    var folder = folder
    while true {
      if let device = calls.device(folder) { return (folder, device) }
      guard folder != "/" else { return (folder, 0) }
      folder = DiskSync.folder(of: folder)
    }
  }

  /// Path of the folder that a path is in; `/` is in itself.
  static func folder(of path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    while let last = bytes.last, last != UInt8(ascii: "/") { bytes.removeLast() }
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return bytes.isEmpty ? "/" : String(bytes) ?? "/"
  }
}
