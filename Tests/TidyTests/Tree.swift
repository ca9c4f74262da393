import Foundation

/// The files of the repository that people write.
enum Tree {
  /// Folder that holds `Package.swift`.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All hand-written Swift files below `Sources` and `Tests`, and `Package.swift`.
  static let swiftFiles: [SourceFile] = read(extension: "swift")

  /// All pages.
  static let pages: [SourceFile] = read(extension: "md")

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  private static func read(extension wanted: String) -> [SourceFile] {
    var paths = topLevel.filter { $0.hasSuffix(".\(wanted)") }
    for folder in ["Sources", "Tests", "Protos", "Docker"] {
      let start = root.appending(path: folder).path(percentEncoded: false)
      guard let walk = FileManager.default.enumerator(atPath: start) else { continue }
      for case let path as String in walk where path.hasSuffix(".\(wanted)") {
        paths.append("\(folder)/\(path)")
      }
    }
    return paths.sorted()
      .filter { !$0.contains("/Generated/") && !$0.contains("/.") }
      .compactMap { path in (try? text(path)).map { SourceFile(path: path, text: $0) } }
  }

  private static var topLevel: [String] {
    let path = root.path(percentEncoded: false)
    return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }
}

/// One file, its path relative to the repository.
struct SourceFile: Sendable {
  let path: String
  let text: String
  /// The text with comments and the insides of strings blanked out; line numbers stay.
  let code: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    code = path.hasSuffix(".swift") ? CodeScanner.code(of: text) : text
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Name of the target whose folder holds the file, for files below `Sources`.
  var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  /// Numbers (from 1) and contents of the lines of `code` that contain a text, and match if asked.
  func lines(
    with text: String, matching pattern: Regex<some Any>? = Regex<Substring>?.none
  ) -> [(number: Int, line: Substring)] {
    guard code.contains(text) else { return [] }
    return code.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { line in
        guard line.element.contains(text) else { return false }
        return pattern.map { line.element.contains($0) } ?? true
      }
      .map { ($0.offset + 1, $0.element) }
  }
}
