internal import Glibc

/// Text conversions that behave as those of Python, which the language is defined by.
enum PythonText {
  static func trimmed(_ text: String) -> Substring {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return text[first...last]
  }

  /// Reads an integer: digits with an optional sign, single underscores between digits.
  static func integer(_ text: Substring) -> BigInteger? {
    guard let digits = withoutSeparators(text) else { return nil }
    return BigInteger(decimal: digits)
  }

  /// Reads a float, also `inf`, `infinity` and `nan` in any case.
  static func float(_ text: Substring) -> Double? {
    guard let plain = withoutSeparators(text) else { return nil }
    let unsigned = plain.drop { $0 == "-" || $0 == "+" }
    guard plain.count - unsigned.count <= 1 else { return nil }
    if ["inf", "infinity", "nan"].contains(unsigned.lowercased()) { return Double(plain) }
    guard unsigned.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
    return Double(plain) ?? (plain.hasSuffix(".") ? Double(plain + "0") : nil)
      ?? (unsigned.hasPrefix(".")
        ? Double("\(plain.prefix(plain.count - unsigned.count))0\(unsigned)") : nil)
  }

  private static func withoutSeparators(_ text: Substring) -> String? {
    guard text.contains("_") else { return String(text) }
    guard !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__") else { return nil }
    return text.filter { $0 != "_" }
  }

  /// Writes a float as Python's `repr` does: the shortest digits that read back the same.
  static func float(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let magnitude = value.magnitude
    let text = value.description
    guard magnitude >= 1e16 || (magnitude < 1e-4 && magnitude > 0) || text.contains("e") else {
      return text
    }
    return scientific(text, isLarge: magnitude >= 1e16, value)
  }

  /// Rewrites Swift's form (`1e+16`, `1e-05`, `12345.0`) in Python's form.
  private static func scientific(_ text: String, isLarge: Bool, _ value: Double) -> String {
    let sign = value < 0 ? "-" : ""
    let unsigned = text.drop { $0 == "-" }
    let parts = unsigned.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1].drop { $0 == "+" }) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = mantissa[0]
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
    var digits = String(whole + fraction)
    exponent += whole.count - 1
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    if exponent >= -4, exponent < 16 { return positional(sign, digits, exponent) }
    let tail = digits.dropFirst()
    let shown = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
    return sign + digits.prefix(1) + (tail.isEmpty ? "" : "." + tail) + "e"
      + (exponent < 0 ? "-" : "+") + shown
  }

  private static func positional(_ sign: String, _ digits: String, _ exponent: Int) -> String {
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let fraction = padded.dropFirst(exponent + 1)
    return sign + padded.prefix(exponent + 1) + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// Writes a string literal as Python's `repr` does.
  static func repr(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String(Character(quote))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case quote: result += "\\" + String(Character(quote))
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let hex = String(scalar.value, radix: 16)
        result += "\\x" + (hex.count < 2 ? "0" : "") + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    result.unicodeScalars.append(quote)
    return result
  }
}
