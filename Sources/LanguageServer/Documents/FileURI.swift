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

  /// Returns the address of a path.
  static func uri(of path: String) -> String {
    guard path.hasPrefix("/") else { return path }
    var allowed = CharacterSet.alphanumerics
    allowed.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
    allowed.insert(charactersIn: "/-._~")
    return "file://" + (path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path)
  }
}
