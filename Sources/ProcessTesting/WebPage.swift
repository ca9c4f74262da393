/// An answer of a web server.
public struct WebPage: Sendable {
  /// Status code.
  public let status: Int
  /// Header lines, names in lower case.
  public let headers: [String: String]
  /// The text.
  public let body: String

  /// Fetches a page from a port of 127.0.0.1.
  ///
  /// Throws ``ProcessError`` if nobody answers in HTTP.
  public static func fetch(port: Int, host: String, path: String) throws(ProcessError) -> WebPage {
    let request = "GET \(path) HTTP/1.0\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
    let answer = try Loopback.exchange(port: port, Array(request.utf8))
    let text = String(decoding: answer, as: UTF8.self).replacing("\r\n", with: "\n")
    guard let border = text.firstRange(of: "\n\n") else {
      throw ProcessError("port \(port) does not speak HTTP")
    }
    let lines = text[..<border.lowerBound].split(separator: "\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count > 1, let status = Int(words[1]) else {
      throw ProcessError("port \(port) does not speak HTTP")
    }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers[line[..<colon].lowercased()] = String(value)
    }
    return WebPage(status: status, headers: headers, body: String(text[border.upperBound...]))
  }
}
