internal import Diagnostics

/// Expressions.
extension TemplateRenderer {
  /// Evaluates; fails when there is no value.
  mutating func defined(_ expression: TemplateExpression) throws -> TemplateValue {
    let value = try evaluate(expression)
    if case .undefined(let name) = value {
      throw Diagnostic.templateValue("`\(name)` is undefined", at: expression.span)
    }
    return value
  }

  mutating func isTrue(_ expression: TemplateExpression) throws -> Bool {
    try defined(expression).isTrue
  }

  mutating func evaluate(_ expression: TemplateExpression) throws -> TemplateValue {
    try countStep(at: expression.span)
    switch expression.kind {
    case .constant(let value): return value
    case .name(let name): return try lookUp(name)
    case .list(let elements): return .list(try elements.map { try evaluate($0) })
    case .dictionary(let entries): return try dictionary(entries)
    case .attribute(let owner, let name):
      return try attribute(name, of: try defined(owner))
    case .item(let owner, let key):
      return try item(try defined(key), of: try defined(owner), at: expression.span)
    case .slice(let owner, let start, let end, let step):
      return try slice(try defined(owner), start, end, step, at: expression.span)
    case .call(let callee, let arguments):
      return try call(callee, arguments, at: expression.span)
    case .filter(let operand, let filter):
      return try apply(filter, to: try evaluate(operand))
    case .test(let operand, let test):
      return .boolean(try holds(test, for: try evaluate(operand)))
    case .not(let operand): return .boolean(!(try isTrue(operand)))
    case .negate(let operand):
      return try arithmetic("-", .integer(0), try defined(operand), at: expression.span)
    case .binary("and", let left, let right):
      let value = try defined(left)
      return value.isTrue ? try evaluate(right) : value
    case .binary("or", let left, let right):
      let value = try defined(left)
      return value.isTrue ? value : try evaluate(right)
    case .binary(let sign, let left, let right):
      return try arithmetic(sign, try defined(left), try defined(right), at: expression.span)
    case .comparison(let first, let parts): return try comparison(first, parts)
    case .concatenation(let parts):
      return .string(try parts.map { try defined($0).text }.joined())
    case .conditional(let condition, let then, let otherwise):
      if try isTrue(condition) { return try evaluate(then) }
      // Jinja prints nothing here, even where undefined names are errors.
      guard let otherwise else { return .string("") }
      return try evaluate(otherwise)
    }
  }

  private mutating func dictionary(
    _ entries: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws -> TemplateValue {
    var result: [(key: String, value: TemplateValue)] = []
    for entry in entries {
      let key = try defined(entry.key).text
      let value = try evaluate(entry.value)
      if let index = result.firstIndex(where: { $0.key == key }) {
        result[index].value = value
      } else {
        result.append((key, value))
      }
    }
    return .dictionary(result)
  }

  private mutating func comparison(
    _ first: TemplateExpression, _ parts: [(sign: String, value: TemplateExpression)]
  ) throws -> TemplateValue {
    var left = try defined(first)
    for part in parts {
      let right = try defined(part.value)
      guard try compare(part.sign, left, right, at: part.value.span) else {
        return .boolean(false)
      }
      left = right
    }
    return .boolean(true)
  }

  func compare(
    _ sign: String, _ left: TemplateValue, _ right: TemplateValue, at span: SourceSpan
  ) throws -> Bool {
    switch sign {
    case "==": return TemplateValue.areEqual(left, right)
    case "!=": return !TemplateValue.areEqual(left, right)
    case "in": return try contains(right, left, at: span)
    case "not in": return try !contains(right, left, at: span)
    default: break
    }
    guard let order = try order(left, right, at: span) else { return false }
    switch sign {
    case "<": return order < 0
    case ">": return order > 0
    case "<=": return order <= 0
    default: return order >= 0
    }
  }

  /// Returns whether the left comes before (negative), with (0) or after (positive) the right; nil for NaN.
  func order(_ left: TemplateValue, _ right: TemplateValue, at span: SourceSpan) throws -> Int? {
    if let first = left.number, let second = right.number {
      return TemplateNumber.compare(first, second)
    }
    if case .string(let first) = left, case .string(let second) = right {
      if first.unicodeScalars.elementsEqual(second.unicodeScalars) { return 0 }
      return first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars) ? -1 : 1
    }
    if case .list(let first) = left, case .list(let second) = right {
      for (a, b) in zip(first, second) where !TemplateValue.areEqual(a, b) {
        return try order(a, b, at: span)
      }
      return first.count - second.count
    }
    throw Diagnostic.templateValue(
      "a \(left.typeName) and a \(right.typeName) cannot be ordered", at: span)
  }

  private func contains(
    _ container: TemplateValue, _ element: TemplateValue, at span: SourceSpan
  ) throws -> Bool {
    switch (container, element) {
    case (.string(let text), .string(let part)):
      return TemplateText.range(of: part, in: text) != nil
    case (.list(let elements), _): return elements.contains { TemplateValue.areEqual($0, element) }
    case (.dictionary(let entries), .string(let key)): return entries.contains { $0.key == key }
    case (.dictionary, _): return false
    default:
      throw Diagnostic.templateValue(
        "`in` cannot look for a \(element.typeName) in a \(container.typeName)", at: span)
    }
  }

  // MARK: - Parts of values

  func attribute(_ name: String, of owner: TemplateValue) throws -> TemplateValue {
    switch owner {
    case .dictionary(let entries):
      if let entry = entries.first(where: { $0.key == name }) { return entry.value }
    case .object(let object):
      if let value = try object.attribute(name) { return value }
    default: break
    }
    return .undefined(name: name)
  }

  private func item(
    _ key: TemplateValue, of owner: TemplateValue, at span: SourceSpan
  ) throws -> TemplateValue {
    switch (owner, key) {
    case (.list(let elements), .integer(let index)):
      let place = index < 0 ? index + elements.count : index
      return elements.indices.contains(place) ? elements[place] : .undefined(name: "[\(index)]")
    case (.string(let text), .integer(let index)):
      let scalars = Array(text.unicodeScalars)
      let place = index < 0 ? index + scalars.count : index
      return scalars.indices.contains(place)
        ? .string(String(scalars[place])) : .undefined(name: "[\(index)]")
    case (_, .string(let name)): return try attribute(name, of: owner)
    default: return .undefined(name: "[\(key.representation)]")
    }
  }

  private mutating func slice(
    _ owner: TemplateValue, _ start: TemplateExpression?, _ end: TemplateExpression?,
    _ step: TemplateExpression?, at span: SourceSpan
  ) throws -> TemplateValue {
    func bound(_ expression: TemplateExpression?, in renderer: inout TemplateRenderer) throws
      -> Int?
    {
      guard let expression else { return nil }
      switch try renderer.defined(expression) {
      case .none: return nil
      case .integer(let value): return value
      default: throw Diagnostic.templateValue("a slice needs whole numbers", at: span)
      }
    }
    let stride = try bound(step, in: &self) ?? 1
    guard stride != 0 else { throw Diagnostic.templateValue("the step of a slice is 0", at: span) }
    let elements = try self.elements(of: owner, at: span)
    let count = elements.count
    func clamp(_ value: Int) -> Int {
      let place = value < 0 ? value + count : value
      return stride > 0 ? max(0, min(place, count)) : max(-1, min(place, count - 1))
    }
    let from = try bound(start, in: &self).map(clamp) ?? (stride > 0 ? 0 : count - 1)
    let to = try bound(end, in: &self).map(clamp) ?? (stride > 0 ? count : -1)
    let picked = Swift.stride(from: from, to: to, by: stride).map { elements[$0] }
    if case .string = owner { return .string(picked.map(\.text).joined()) }
    return .list(picked)
  }

  // MARK: - Arithmetic

  private func arithmetic(
    _ sign: String, _ left: TemplateValue, _ right: TemplateValue, at span: SourceSpan
  ) throws -> TemplateValue {
    if let first = left.number, let second = right.number {
      return try TemplateArithmetic.apply(sign, first, second, at: span).value
    }
    switch (sign, left, right) {
    case ("+", .string(let first), .string(let second)): return .string(first + second)
    case ("+", .list(let first), .list(let second)): return .list(first + second)
    case ("*", .string(let text), .integer(let count)):
      try checkRepetition(text.utf8.count, count, at: span)
      return .string(String(repeating: text, count: max(0, count)))
    case ("*", .list(let elements), .integer(let count)):
      try checkRepetition(elements.count, count, at: span)
      return .list(Array(repeatElement(elements, count: max(0, count)).joined()))
    case ("%", .string(let format), _):
      if case .list(let arguments) = right {
        return .string(try TemplateFormat.percent(format, arguments, at: span))
      }
      return .string(try TemplateFormat.percent(format, [right], at: span))
    default:
      throw Diagnostic.templateValue(
        "`\(sign)` cannot take a \(left.typeName) and a \(right.typeName)", at: span)
    }
  }

  private func checkRepetition(_ size: Int, _ count: Int, at span: SourceSpan) throws {
    let (total, overflow) = size.multipliedReportingOverflow(by: max(0, count))
    if overflow || total > limits.outputBytesMax {
      throw Diagnostic.templateValue(
        "the repeated value is larger than \(limits.outputBytesMax)", at: span)
    }
  }
}

/// Numbers as Python counts with them; whole numbers are bounded to 64 bits.
enum TemplateArithmetic {
  static func apply(
    _ sign: String, _ left: TemplateNumber, _ right: TemplateNumber, at span: SourceSpan
  ) throws(Diagnostic) -> TemplateNumber {
    if case .integer(let first) = left, case .integer(let second) = right, sign != "/" {
      return try integers(sign, first, second, at: span)
    }
    let (first, second) = (left.double, right.double)
    switch sign {
    case "+": return .float(first + second)
    case "-": return .float(first - second)
    case "*": return .float(first * second)
    case "**": return .float(power(first, second))
    default: break
    }
    guard second != 0 else { throw .templateValue("division by zero", at: span) }
    switch sign {
    case "/": return .float(first / second)
    case "//": return .float((first / second).rounded(.down))
    default:
      let rest = first.truncatingRemainder(dividingBy: second)
      return .float(rest != 0 && (rest < 0) != (second < 0) ? rest + second : rest)
    }
  }

  private static func integers(
    _ sign: String, _ first: Int, _ second: Int, at span: SourceSpan
  ) throws(Diagnostic) -> TemplateNumber {
    let result: (partialValue: Int, overflow: Bool)
    switch sign {
    case "+": result = first.addingReportingOverflow(second)
    case "-": result = first.subtractingReportingOverflow(second)
    case "*": result = first.multipliedReportingOverflow(by: second)
    case "**":
      if second < 0 { return .float(power(Double(first), Double(second))) }
      result = integerPower(first, second)
    default:
      guard second != 0 else { throw .templateValue("division by zero", at: span) }
      guard second != -1 else {
        result = sign == "%" ? (0, false) : 0.subtractingReportingOverflow(first)
        break
      }
      let (quotient, rest) = first.quotientAndRemainder(dividingBy: second)
      let isBelow = rest != 0 && (rest < 0) != (second < 0)
      result =
        sign == "%"
        ? (isBelow ? rest + second : rest, false) : (isBelow ? quotient - 1 : quotient, false)
    }
    guard !result.overflow else {
      throw .templateValue("the result of `\(first) \(sign) \(second)` is too large", at: span)
    }
    return .integer(result.partialValue)
  }

  private static func integerPower(_ base: Int, _ exponent: Int) -> (
    partialValue: Int, overflow: Bool
  ) {
    if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
    if base == -1 { return (exponent.isMultiple(of: 2) ? 1 : -1, false) }
    guard exponent < 64 else { return (0, true) }
    var result = 1
    for _ in 0..<exponent {
      let (value, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return (0, true) }
      result = value
    }
    return (result, false)
  }

  /// A power with a whole exponent by squaring; others by roots are not offered.
  private static func power(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 0.5 { return base.squareRoot() }
    guard exponent.rounded() == exponent, exponent.magnitude < 1_000_000 else { return .nan }
    var result = 1.0
    var factor = base
    var rest = Int(exponent.magnitude)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return exponent < 0 ? 1 / result : result
  }
}
