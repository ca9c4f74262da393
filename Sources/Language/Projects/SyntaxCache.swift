package import Diagnostics

/// The parsed files of a project, kept from one look at it to the next: a file is parsed again only
/// when its text is another one.
package struct SyntaxCache: Sendable {
  /// A file with the text that it was parsed from.
  private struct Entry: Sendable {
    var bytes: [UInt8]
    var layout: SyntaxLayout
    var isUsed: Bool
  }

  private var entries: [String: Entry] = [:]
  /// The ids of the paths, which stay for as long as the cache does.
  private var ids: [String: FileID] = [:]
  /// The current text of each file.
  package private(set) var sources = SourceMap()
  /// How many files were parsed since the cache is there; for tests and measurements.
  package private(set) var parseCount = 0

  /// Makes an empty cache.
  package init() {}

  /// Returns what is known of the file at a path, without parsing anything.
  package subscript(path: String) -> SyntaxLayout? { entries[path]?.layout }

  /// Returns the syntax of a file: as it was, or parsed again if the text changed.
  package mutating func layout(of file: ModelFile) -> SyntaxLayout {
    if let known = entries[file.path], known.bytes == file.bytes {
      entries[file.path]?.isUsed = true
      return known.layout
    }
    let source: SourceFile
    if let id = ids[file.path] {
      source = SourceFile(id: id, path: file.path, bytes: file.bytes)
      sources.replace(source)
    } else {
      source = sources.add(path: file.path, bytes: file.bytes)
      ids[file.path] = source.id
    }
    let layout = SyntaxLayout(source)
    parseCount += 1
    entries[file.path] = Entry(bytes: file.bytes, layout: layout, isUsed: true)
    return layout
  }

  /// Forgets the syntax of files that nobody asked for since the last call.
  package mutating func sweep() {
    entries = entries.filter { $0.value.isUsed }
    for path in entries.keys { entries[path]?.isUsed = false }
  }
}
