internal import Foundation

/// `file:` addresses of paths.
enum FileURI {
  /// Returns the path of an address; an address of another kind stands for itself.
  static func path(of uri: String) -> String {
    guard uri.lowercased().hasPrefix("file://") else { return uri }
    let rest = uri.dropFirst("file://".count)
    guard let slash = rest.firstIndex(of: "/") else { return uri }
    return String(rest[slash...]).removingPercentEncoding ?? uri
  }

  /// Returns a path without `.` and `x/..`, so that a file has one name whatever way leads to it.
  static func plain(_ path: String) -> String {
    guard path.hasPrefix("/"), path.contains("/.") else { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Returns the address of a path.
  static func uri(of path: String) -> String {
    guard path.hasPrefix("/") else { return path }
    var allowed = CharacterSet.alphanumerics
    allowed.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
    allowed.insert(charactersIn: "/-._~")
    return "file://" + (path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path)
  }
}
