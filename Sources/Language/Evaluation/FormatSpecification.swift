internal import Glibc

/// The format mini-language of Python's `str.format`: `[[fill]align][sign][#][0][width][,][.n][type]`.
enum FormatSpecification {
  /// What is formatted.
  enum Operand {
    case string(String)
    case bool(Bool)
    case integer(BigInteger)
    case float(Double)
    /// A list, a dictionary, null or an instance: no specification fits.
    case other(String)
  }

  struct Invalid: Error {
    var message: String
  }

  private struct Fields {
    var fill: Unicode.Scalar = " "
    var align: Unicode.Scalar?
    var sign: Unicode.Scalar?
    var isAlternate = false
    var hasZero = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?
  }

  /// The widest field and the longest fraction that is made.
  static let sizeMax = 100_000

  static func apply(_ specification: String, to operand: Operand) throws(Invalid) -> String {
    if specification.isEmpty {
      switch operand {
      case .string(let text), .other(let text): return text
      case .bool(let flag): return flag ? "True" : "False"
      case .integer(let value): return value.description
      case .float(let value): return PythonText.float(value)
      }
    }
    let fields = try parse(specification)
    switch operand {
    case .string(let text): return try formatString(text, fields)
    case .bool(let flag):
      return try formatInteger(BigInteger(flag ? 1 : 0), fields)
    case .integer(let value): return try formatInteger(value, fields)
    case .float(let value): return try formatFloat(value, fields)
    case .other: throw Invalid(message: "this kind of value takes no format specification")
    }
  }

  private static func parse(_ text: String) throws(Invalid) -> Fields {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars { scalars.append(scalar) }
    var rest = scalars[...]
    var fields = Fields()
    if rest.count > 1, isAlignment(rest[1]) {
      fields.fill = rest[0]
      fields.align = rest[1]
      rest = rest.dropFirst(2)
    } else if let first = rest.first, isAlignment(first) {
      fields.align = first
      rest = rest.dropFirst()
    }
    if let sign = rest.first, sign == "+" || sign == "-" || sign == " " {
      fields.sign = sign
      rest = rest.dropFirst()
    }
    if rest.first == "#" {
      fields.isAlternate = true
      rest = rest.dropFirst()
    }
    if rest.first == "0" {
      fields.hasZero = true
      rest = rest.dropFirst()
    }
    fields.width = try number(&rest) ?? 0
    if let grouping = rest.first, grouping == "," || grouping == "_" {
      fields.grouping = grouping
      rest = rest.dropFirst()
    }
    if rest.first == "." {
      rest = rest.dropFirst()
      guard let precision = try number(&rest) else {
        throw Invalid(message: "the precision is missing")
      }
      fields.precision = precision
    }
    if let type = rest.first {
      fields.type = type
      rest = rest.dropFirst()
    }
    guard rest.isEmpty else { throw Invalid(message: "the specification is not valid") }
    return fields
  }

  private static func isAlignment(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "<" || scalar == ">" || scalar == "^" || scalar == "="
  }

  private static func number(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) throws(Invalid) -> Int? {
    var value: Int?
    while let digit = rest.first, ("0"..."9").contains(digit) {
      value = (value ?? 0) * 10 + Int(digit.value - 48)
      guard value ?? 0 <= sizeMax else { throw Invalid(message: "the size exceeds \(sizeMax)") }
      rest = rest.dropFirst()
    }
    return value
  }

  private static func formatString(
    _ text: String, _ fields: Fields, numeric: Bool = false
  ) throws(Invalid) -> String {
    guard fields.type == nil || fields.type == "s" else {
      throw Invalid(message: "`\(fields.type ?? " ")` does not fit a string")
    }
    guard fields.align != "=", fields.grouping == nil, fields.sign == nil else {
      throw Invalid(message: "sign and grouping do not fit a string")
    }
    let shown = fields.precision.map { limit in
      String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }
    return pad(shown ?? text, fields, defaultAlign: numeric ? ">" : "<", signLength: 0)
  }

  private static func formatInteger(
    _ value: BigInteger, _ fields: Fields
  ) throws(Invalid) -> String {
    let magnitude = value.isNegative ? value.negated : value
    var prefix = ""
    var digits: String
    switch fields.type {
    case nil, "d", "n":
      guard fields.precision == nil else {
        throw Invalid(message: "an integer takes no precision")
      }
      digits = group(magnitude.description, fields.grouping, every: 3)
    case "b", "o", "x", "X":
      guard fields.precision == nil else {
        throw Invalid(message: "an integer takes no precision")
      }
      let bits = fields.type == "b" ? 1 : fields.type == "o" ? 3 : 4
      digits = radix(magnitude, bitsPerDigit: bits)
      if fields.type == "X" { digits = digits.uppercased() }
      digits = group(digits, fields.grouping, every: 4)
      if fields.isAlternate { prefix = "0" + String(Character(fields.type ?? "x")) }
    case "c":
      guard !value.isNegative, let small = UInt32(exactly: Int(exactly: magnitude) ?? -1),
        let scalar = Unicode.Scalar(small)
      else { throw Invalid(message: "the number is no character") }
      return pad(String(Character(scalar)), fields, defaultAlign: "<", signLength: 0)
    case "e", "E", "f", "F", "g", "G", "%":
      guard let double = value.double else { throw Invalid(message: "the number is too large") }
      return try formatFloat(double, fields)
    default: throw Invalid(message: "`\(fields.type ?? " ")` does not fit an integer")
    }
    let sign = self.sign(isNegative: value.isNegative, fields) + prefix
    return pad(sign + digits, fields, defaultAlign: ">", signLength: sign.count)
  }

  private static func radix(_ value: BigInteger, bitsPerDigit: Int) -> String {
    guard !value.isZero else { return "0" }
    var result: [String] = []
    var position = 0
    while position < value.bitCount {
      var digit = 0
      for bit in 0..<bitsPerDigit where position + bit < value.limbs.count * 32 {
        let index = position + bit
        digit |= Int((value.limbs[index / 32] >> UInt32(index % 32)) & 1) << bit
      }
      result.append(String(digit, radix: 16))
      position += bitsPerDigit
    }
    return result.reversed().joined()
  }

  private static func formatFloat(_ value: Double, _ fields: Fields) throws(Invalid) -> String {
    let magnitude = value.magnitude
    var text: String
    switch fields.type {
    case nil where fields.precision == nil: text = PythonText.float(magnitude)
    case nil: text = try printed(magnitude, "g", fields)
    case "f", "F", "e", "E", "g", "G", "n":
      text = try printed(magnitude, fields.type == "n" ? "g" : fields.type ?? "f", fields)
    case "%": text = try printed(magnitude * 100, "f", fields) + "%"
    default: throw Invalid(message: "`\(fields.type ?? " ")` does not fit a float")
    }
    if let grouping = fields.grouping {
      let whole = text.prefix { ("0"..."9").contains($0) }
      text = group(String(whole), grouping, every: 3) + text.dropFirst(whole.count)
    }
    let sign = self.sign(isNegative: value.sign == .minus && !value.isNaN, fields)
    return pad(sign + text, fields, defaultAlign: ">", signLength: sign.count)
  }

  private static func printed(
    _ value: Double, _ type: Unicode.Scalar, _ fields: Fields
  ) throws(Invalid) -> String {
    let precision = Int32(fields.precision ?? 6)
    var buffer = [CChar](repeating: 0, count: 400 + Int(precision))
    let format = "%\(fields.isAlternate ? "#" : "").*\(Character(type))"
    let length = unsafe withVaList([precision, value]) { arguments in
      unsafe vsnprintf(&buffer, buffer.count, format, arguments)
    }
    guard length >= 0 else { throw Invalid(message: "the number cannot be written") }
    return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func sign(isNegative: Bool, _ fields: Fields) -> String {
    if isNegative { return "-" }
    guard let sign = fields.sign, sign != "-" else { return "" }
    return String(Character(sign))
  }

  private static func group(
    _ digits: String, _ separator: Unicode.Scalar?, every count: Int
  ) -> String {
    guard let separator else { return digits }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % count == 0 {
        result.unicodeScalars.append(separator)
      }
      result.append(digit)
    }
    return result
  }

  private static func pad(
    _ text: String, _ fields: Fields, defaultAlign: Unicode.Scalar, signLength: Int
  ) -> String {
    let missing = fields.width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    let zeroPads = fields.hasZero && fields.align == nil
    let fill = zeroPads ? "0" : String(Character(fields.fill))
    let align = zeroPads ? (defaultAlign == ">" ? "=" : "<") : fields.align ?? defaultAlign
    let padding = String(repeating: fill, count: missing)
    switch align {
    case "<": return text + padding
    case ">": return padding + text
    case "=" where signLength == 0: return padding + text
    case "=": return text.prefix(signLength) + padding + text.dropFirst(signLength)
    default:
      let left = String(repeating: fill, count: missing / 2)
      let right = String(repeating: fill, count: missing - missing / 2)
      return left + text + right
    }
  }
}
