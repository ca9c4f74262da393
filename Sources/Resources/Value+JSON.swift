extension Value {
  /// Appends the value as JSON on one line, with sorted keys.
  ///
  /// Bytes are `{"bytes":"<lowercase hex>"}`, unknowns `{"unknown":true}`, references
  /// `{"reference":type,"arguments":{…}}`; secrets show only the redaction mark. Doubles without a
  /// fraction keep `.0`, so that they stay distinct from integers.
  ///
  /// - Parameter output: Text to append to.
  public func appendJSON(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .bool(let flag): output += flag ? "true" : "false"
    case .int(let number): output += String(number)
    case .double(let number): output += number.isFinite ? "\(number)" : "null"
    case .string(let text): Value.appendJSONString(text, to: &output)
    case .bytes(let bytes):
      output += "{\"bytes\":\"\(bytes.lowercaseHex)\"}"
    case .list(let values):
      output += "["
      for (index, value) in values.enumerated() {
        if index > 0 { output += "," }
        value.appendJSON(to: &output)
      }
      output += "]"
    case .map(let entries): Value.appendJSONObject(entries, to: &output)
    case .unknown: output += "{\"unknown\":true}"
    case .secret: Value.appendJSONString(Value.redactionMark, to: &output)
    case .reference(let type, let arguments):
      output += "{\"arguments\":"
      Value.appendJSONObject(arguments, to: &output)
      output += ",\"reference\":"
      Value.appendJSONString(type, to: &output)
      output += "}"
    }
  }

  /// The value as JSON on one line, with sorted keys; see ``appendJSON(to:)``.
  public var json: String {
    var output = ""
    appendJSON(to: &output)
    return output
  }

  private static func appendJSONObject(_ entries: [String: Value], to output: inout String) {
    output += "{"
    for (index, entry) in inKeyOrder(entries).enumerated() {
      if index > 0 { output += "," }
      appendJSONString(entry.key, to: &output)
      output += ":"
      entry.value.appendJSON(to: &output)
    }
    output += "}"
  }

  /// Entries in the order of their keys; see ``keyOrder(_:_:)``.
  static func inKeyOrder(_ entries: [String: Value]) -> [(key: String, value: Value)] {
    var ordered = Array(entries)
    if ordered.count > 1 { ordered.sort { keyOrder($0.key, $1.key) } }
    return ordered
  }

  /// Whether one key comes before another: by their UTF-8 bytes.
  ///
  /// Swift's own order of strings is by normalised scalars, which other languages do not share.
  public static func keyOrder(_ first: String, _ second: String) -> Bool {
    // Common beginnings are long (a type, an agent), and views of a string are slow to walk.
    let one = first.utf8Span.span
    let other = second.utf8Span.span
    let count = min(one.count, other.count)
    for index in 0..<count where one[index] != other[index] { return one[index] < other[index] }
    return one.count < other.count
  }

  /// Appends text as a JSON string literal.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - output: Text to append to.
  public static func appendJSONString(_ text: String, to output: inout String) {
    output += "\""
    guard mustEscape(text) else {
      output += text
      output += "\""
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let hex = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }

  private static func mustEscape(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5c || byte == 0x7f { return true }
    }
    return false
  }
}

extension Sequence<UInt8> {
  /// Two lowercase hexadecimal digits for each byte.
  public var lowercaseHex: String {
    func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? 48 : 87) }
    var text: [UInt8] = []
    text.reserveCapacity(2 * underestimatedCount)
    for byte in self {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
