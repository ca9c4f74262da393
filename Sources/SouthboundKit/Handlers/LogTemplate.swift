public import Resources

/// Puts arguments into the templates of log messages.
public enum LogTemplate {
  /// Longest text, in bytes, of a rendered message or of one text argument; what is longer is cut.
  public static let textBytesMax = 65_536

  /// Replaces each `{name}` by the argument of that name.
  ///
  /// Never fails: a name without argument and a brace without partner stay as they are; `{{` and
  /// `}}` stand for single braces. Text is put in as it is, every other value as JSON.
  ///
  /// - Parameters:
  ///   - template: The template.
  ///   - arguments: Arguments by name.
  /// - Returns: The text, cut at ``textBytesMax``.
  public static func render(_ template: String, arguments: [String: Value]) -> String {
    let bytes = template.utf8
    guard bytes.contains(where: isBrace) else { return cut(template) }
    var output = ""
    output.reserveCapacity(2 * bytes.count)
    // Braces are ASCII: what is between them begins and ends with a character.
    var start = bytes.startIndex
    while let position = bytes[start...].firstIndex(where: isBrace) {
      output += template[start..<position]
      let byte = bytes[position]
      start = bytes.index(after: position)
      if start < bytes.endIndex, bytes[start] == byte {
        output += byte == open ? "{" : "}"
        start = bytes.index(after: start)
      } else if byte == open, let end = bytes[start...].firstIndex(of: close),
        let value = arguments[String(template[start..<end])]
      {
        append(value, to: &output)
        start = bytes.index(after: end)
      } else {
        output += byte == open ? "{" : "}"
      }
    }
    output += template[start...]
    return cut(output)
  }

  /// Cuts text that is too long, saying how much is missing.
  static func cut(_ text: String) -> String {
    let count = text.utf8.count
    guard count > textBytesMax else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: textBytesMax)
    while end > text.startIndex, String(text.utf8[..<end]) == nil {
      end = text.utf8.index(before: end)
    }
    return
      "\(text[..<end])… (\(count - text.utf8.distance(from: text.startIndex, to: end)) more bytes)"
  }

  /// Whether an argument is certainly kept as it is: plain, and short.
  static func isKept(_ value: Value) -> Bool {
    switch value {
    case .null, .bool, .int, .double: true
    case .string(let text): text.utf8.count <= textBytesMax
    case .bytes(let bytes): bytes.count <= textBytesMax
    case .list, .map, .unknown, .secret, .reference: false
    }
  }

  /// An argument as it is kept: secrets replaced, long texts cut.
  static func kept(_ value: Value) -> Value {
    switch value {
    case .null, .bool, .int, .double: value
    case .string(let text): text.utf8.count > textBytesMax ? .string(cut(text)) : value
    case .bytes(let bytes):
      bytes.count > textBytesMax ? .string("(\(bytes.count) bytes)") : value
    case .list(let values): .list(values.map(kept))
    case .map(let entries): .map(entries.mapValues(kept))
    case .unknown, .secret, .reference: value.redacted
    }
  }

  private static let open = UInt8(ascii: "{")
  private static let close = UInt8(ascii: "}")

  private static func isBrace(_ byte: UInt8) -> Bool { byte == open || byte == close }

  private static func append(_ value: Value, to output: inout String) {
    if case .string(let text) = value { output += text } else { value.appendJSON(to: &output) }
  }
}
