/// A value inside a template.
enum TemplateValue {
  /// A name without value; prints as nothing, and most uses of it fail.
  case undefined(name: String)
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([TemplateValue])
  case dictionary([(key: String, value: TemplateValue)])
  /// Something of the model, such as an instance.
  case object(any TemplateObject)

  /// What Python calls the type, for messages.
  var typeName: String {
    switch self {
    case .undefined: "undefined value"
    case .none: "null"
    case .boolean: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "string"
    case .list: "list"
    case .dictionary: "dict"
    case .object: "instance"
    }
  }

  /// Whether Python takes the value as true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let value): !value.isEmpty
    case .list(let elements): !elements.isEmpty
    case .dictionary(let entries): !entries.isEmpty
    case .object: true
    }
  }

  /// The value as a number; booleans count.
  var number: TemplateNumber? {
    switch self {
    case .boolean(let value): .integer(value ? 1 : 0)
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    default: nil
    }
  }

  /// Python's `str`.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let value): value
    default: representation
    }
  }

  /// Python's `repr`.
  var representation: String {
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return String(value)
    case .float(let value): return TemplateText.float(value)
    case .string(let value): return TemplateText.quoted(value)
    case .list(let elements):
      return "[" + elements.map(\.representation).joined(separator: ", ") + "]"
    case .dictionary(let entries):
      let parts = entries.map { "\(TemplateText.quoted($0.key)): \($0.value.representation)" }
      return "{" + parts.joined(separator: ", ") + "}"
    case .object(let object): return object.description
    }
  }

  /// Python's `==`.
  static func areEqual(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
    if let first = left.number, let second = right.number {
      return TemplateNumber.compare(first, second) == 0
    }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let first), .string(let second)): return first.utf8.elementsEqual(second.utf8)
    case (.list(let first), .list(let second)):
      return first.count == second.count && zip(first, second).allSatisfy(areEqual)
    case (.dictionary(let first), .dictionary(let second)):
      return first.count == second.count
        && first.allSatisfy { entry in
          second.contains { $0.key == entry.key && areEqual($0.value, entry.value) }
        }
    case (.object(let first), .object(let second)): return first.isIdentical(to: second)
    default: return false
    }
  }
}

/// Something of the model that a template looks into.
protocol TemplateObject {
  /// Returns an attribute, or nil when there is none. May throw what the owner of the template understands, for
  /// example that the value is not available yet: rendering stops and is done again later.
  func attribute(_ name: String) throws -> TemplateValue?

  /// Whether it is the same thing.
  func isIdentical(to other: any TemplateObject) -> Bool

  /// How it prints.
  var description: String { get }
}

/// The names that a template may use.
protocol TemplateEnvironment {
  /// Returns a variable; nil makes it undefined. May throw as ``TemplateObject/attribute(_:)`` does.
  func variable(_ name: String) throws -> TemplateValue?

  /// Applies a filter that is not built in; nil when there is none of that name.
  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue],
    _ keywords: [(name: String, value: TemplateValue)]
  ) throws -> TemplateValue?
}

/// A whole or a floating number.
enum TemplateNumber {
  case integer(Int)
  case float(Double)

  var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    }
  }

  var value: TemplateValue {
    switch self {
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    }
  }

  /// Negative, zero or positive; nil when a NaN is involved.
  static func compare(_ left: TemplateNumber, _ right: TemplateNumber) -> Int? {
    if case .integer(let first) = left, case .integer(let second) = right {
      return first < second ? -1 : first == second ? 0 : 1
    }
    let (first, second) = (left.double, right.double)
    return first < second ? -1 : first == second ? 0 : first > second ? 1 : nil
  }
}

/// Texts as Python prints them.
enum TemplateText {
  /// Returns a number as `repr` prints it.
  static func float(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    var (digits, exponent) = decimal(value.magnitude.description)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 16 {
      let tail = digits.dropFirst()
      let number = String(exponent.magnitude)
      return sign + digits.prefix(1) + (tail.isEmpty ? "" : "." + tail)
        + (exponent < 0 ? "e-" : "e+") + (number.count < 2 ? "0" : "") + number
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    while digits.count <= exponent { digits += "0" }
    let whole = digits.prefix(exponent + 1)
    let fraction = digits.dropFirst(exponent + 1)
    return sign + whole + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// Splits `123.45` or `1.2e+30` into its digits, without zeros at the ends, and the power of ten of the first.
  private static func decimal(_ text: String) -> (digits: String, exponent: Int) {
    let halves = text.split(separator: "e")
    let shift = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
    let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(parts[0])
    let all = whole + (parts.count > 1 ? String(parts[1]) : "")
    let leading = all.prefix { $0 == "0" }.count
    var digits = all.dropFirst(leading)
    while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    return (String(digits), whole.count - 1 - leading + shift)
  }

  /// Returns a text as `repr` prints it.
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case quote:
        result.append("\\")
        result.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result.append(contentsOf: ("\\x" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars)
      default: result.append(scalar)
      }
    }
    result.append(quote)
    return String(result)
  }
}
