internal import Diagnostics

/// Formats that templates offer: `%` and JSON.
enum TemplateFormat {
  /// The widest field.
  static let widthMax = 10_000

  /// Formats as Python's `%` does with the conversions s, r, d, i, f, x, X, o, e and `%`.
  static func percent(
    _ format: String, _ arguments: [TemplateValue], at span: SourceSpan
  ) throws(Diagnostic) -> String {
    var result = ""
    var rest = Substring(format).unicodeScalars
    var used = 0
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      if rest.first == "%" {
        rest.removeFirst()
        result += "%"
        continue
      }
      guard used < arguments.count else {
        throw .templateValue("the format has more fields than arguments", at: span)
      }
      result += try field(&rest, arguments[used], at: span)
      used += 1
    }
    guard used == arguments.count else {
      throw .templateValue("not all arguments are used by the format", at: span)
    }
    return result
  }

  private static func number(_ rest: inout Substring.UnicodeScalarView) -> Int? {
    var value: Int?
    while let scalar = rest.first, scalar >= "0", scalar <= "9" {
      value = min(widthMax, (value ?? 0) * 10 + Int(scalar.value - 0x30))
      rest.removeFirst()
    }
    return value
  }

  private static func field(
    _ rest: inout Substring.UnicodeScalarView, _ value: TemplateValue, at span: SourceSpan
  ) throws(Diagnostic) -> String {
    var flags = ""
    while let scalar = rest.first, "-0+ #".unicodeScalars.contains(scalar) {
      flags.unicodeScalars.append(scalar)
      rest.removeFirst()
    }
    let width = number(&rest) ?? 0
    var precision: Int?
    if rest.first == "." {
      rest.removeFirst()
      precision = number(&rest) ?? 0
    }
    guard let conversion = rest.popFirst() else {
      throw .templateValue("the format ends inside a field", at: span)
    }
    var text = try converted(conversion, value, precision, at: span)
    let isNumber = !["s", "r"].contains(conversion)
    if isNumber, !text.hasPrefix("-") {
      if flags.contains("+") { text = "+" + text } else if flags.contains(" ") { text = " " + text }
    }
    let missing = max(0, width - text.unicodeScalars.count)
    if flags.contains("-") { return text + String(repeating: " ", count: missing) }
    guard flags.contains("0"), isNumber else {
      return String(repeating: " ", count: missing) + text
    }
    let sign = text.prefix { "+- ".contains($0) }
    return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
  }

  private static func converted(
    _ conversion: Unicode.Scalar, _ value: TemplateValue, _ precision: Int?, at span: SourceSpan
  ) throws(Diagnostic) -> String {
    switch conversion {
    case "s", "r":
      let text = conversion == "s" ? value.text : value.representation
      return precision.map { String(text.prefix($0)) } ?? text
    case "d", "i", "x", "X", "o":
      guard let number = value.number else { break }
      let whole: Int
      switch number {
      case .integer(let value): whole = value
      case .float(let value) where value.isFinite && value.magnitude < 9e18: whole = Int(value)
      default: throw .templateValue("the number does not fit `%\(conversion)`", at: span)
      }
      let radix = conversion == "o" ? 8 : conversion == "d" || conversion == "i" ? 10 : 16
      return String(whole, radix: radix, uppercase: conversion == "X")
    case "f", "F":
      guard let number = value.number else { break }
      guard number.double.magnitude < 1e15 || !number.double.isFinite else {
        throw .templateValue("the number is too large for `%f`", at: span)
      }
      return fixed(number.double, min(precision ?? 6, 60))
    default:
      throw .templateUnsupported("the conversion `%\(conversion)`", at: span)
    }
    throw .templateValue("`%\(conversion)` needs a number, not a \(value.typeName)", at: span)
  }

  /// Returns a number with a fixed count of digits after the dot, rounded half to even on the exact value.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    // The exact value is an integer times a power of two: count in decimal digits, by hand.
    var decimal = ExactDecimal(value.magnitude)
    let text = decimal.rounded(to: digits)
    return (value.sign == .minus ? "-" : "") + text
  }

  /// Returns JSON with Python's separators, escaped for HTML as Jinja does.
  static func json(_ value: TemplateValue, at span: SourceSpan) throws(Diagnostic) -> String {
    switch value {
    case .none: return "null"
    case .boolean(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    case .float(let number): return TemplateText.float(number)
    case .string(let text): return quoted(text)
    case .list(let elements):
      var parts: [String] = []
      for element in elements { parts.append(try json(element, at: span)) }
      return "[" + parts.joined(separator: ", ") + "]"
    case .dictionary(let entries):
      var parts: [String] = []
      for entry in entries.sorted(by: { $0.key < $1.key }) {
        parts.append(quoted(entry.key) + ": " + (try json(entry.value, at: span)))
      }
      return "{" + parts.joined(separator: ", ") + "}"
    case .undefined, .object:
      throw .templateValue("a \(value.typeName) cannot be JSON", at: span)
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x08: result += "\\b"
      case 0x0C: result += "\\f"
      case 0x20...0x7E where ![0x26, 0x27, 0x3C, 0x3E].contains(unit):
        result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}

/// A finite number as decimal digits, exactly.
struct ExactDecimal {
  /// Digits of the whole part and of the fraction.
  private var whole: [UInt8]
  private var fraction: [UInt8] = []

  init(_ value: Double) {
    var rest = value.rounded(.down)
    var part = value - rest
    whole = []
    repeat {
      let tenth = (rest / 10).rounded(.down)
      whole.append(UInt8(max(0, min(9, rest - tenth * 10))))
      rest = tenth
    } while rest > 0
    whole.reverse()
    // A fraction of 2^-n has n decimal digits: multiplying by ten and cutting stays exact in digits of 30 bits.
    while part > 0, fraction.count < 1_100 {
      // Two steps by 5 and 2 would lose bits; split the mantissa instead.
      let scaled = Self.timesTen(part)
      fraction.append(scaled.digit)
      part = scaled.rest
    }
  }

  /// Ten times a number below one, as digit and rest. Exact while the rest has bits to spare.
  private static func timesTen(_ part: Double) -> (digit: UInt8, rest: Double) {
    let high = part * 8
    let low = part * 2
    let digitHigh = high.rounded(.down)
    let digitLow = low.rounded(.down)
    let rest = (high - digitHigh) + (low - digitLow)
    let carry = rest.rounded(.down)
    return (UInt8(digitHigh + digitLow + carry), rest - carry)
  }

  /// Returns the digits with `count` of them after the dot, rounded half to even.
  mutating func rounded(to count: Int) -> String {
    var digits = whole + fraction.prefix(count)
    digits += Array(repeating: 0, count: max(0, count - fraction.count))
    if fraction.count > count {
      let next = fraction[count]
      let isExactHalf = next == 5 && fraction.dropFirst(count + 1).allSatisfy { $0 == 0 }
      let isOdd = (digits.last ?? 0) % 2 == 1
      if next > 5 || (next == 5 && !isExactHalf) || (isExactHalf && isOdd) {
        Self.increment(&digits)
      }
    }
    let text = digits.map { String($0) }.joined()
    guard count > 0 else { return text }
    return text.dropLast(count) + "." + text.suffix(count)
  }

  private static func increment(_ digits: inout [UInt8]) {
    var index = digits.count - 1
    while index >= 0 {
      if digits[index] < 9 {
        digits[index] += 1
        return
      }
      digits[index] = 0
      index -= 1
    }
    digits.insert(1, at: 0)
  }
}
