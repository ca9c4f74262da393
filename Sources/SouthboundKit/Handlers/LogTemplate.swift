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
    guard template.utf8.contains(where: { $0 == open || $0 == close }) else {
      return cut(template)
    }
    var output = ""
    var rest = template.utf8[...]
    while let position = rest.firstIndex(where: { $0 == open || $0 == close }) {
      output += String(rest[..<position]) ?? ""
      let byte = rest[position]
      let after = rest.index(after: position)
      if after < rest.endIndex, rest[after] == byte {
        output += byte == open ? "{" : "}"
        rest = rest[rest.index(after: after)...]
      } else if byte == open, let end = rest[after...].firstIndex(of: close),
        let name = String(rest[after..<end]), let value = arguments[name]
      {
        append(value, to: &output)
        rest = rest[rest.index(after: end)...]
      } else {
        output += byte == open ? "{" : "}"
        rest = rest[after...]
      }
    }
    output += String(rest) ?? ""
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

  private static func append(_ value: Value, to output: inout String) {
    if case .string(let text) = value { output += text } else { value.appendJSON(to: &output) }
  }
}
