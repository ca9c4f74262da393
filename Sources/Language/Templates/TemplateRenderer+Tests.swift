internal import Diagnostics

/// `value is test`.
extension TemplateRenderer {
  mutating func holds(_ test: TemplateFilter, for value: TemplateValue) throws -> Bool {
    switch test.name {
    case "defined":
      if case .undefined = value { return false }
      return true
    case "undefined":
      if case .undefined = value { return true }
      return false
    case "none":
      if case .none = value { return true }
      return false
    default: break
    }
    if case .undefined(let name) = value {
      throw Diagnostic.templateValue("`\(name)` is undefined", at: test.span)
    }
    let arguments = try evaluate(test.arguments)
    if let result = Self.holdsType(test.name, value) { return result }
    if let result = try holdsNumber(test, value, arguments) { return result }
    return try holdsRelation(test, value, arguments)
  }

  private static func holdsType(_ name: String, _ value: TemplateValue) -> Bool? {
    switch (name, value) {
    case ("boolean", .boolean), ("string", .string), ("mapping", .dictionary), ("float", .float),
      ("integer", .integer):
      true
    case ("number", .integer), ("number", .float), ("number", .boolean): true
    case ("sequence", .list), ("sequence", .string), ("sequence", .dictionary): true
    case ("iterable", .list), ("iterable", .string), ("iterable", .dictionary): true
    case ("true", .boolean(let flag)): flag
    case ("false", .boolean(let flag)): !flag
    case ("lower", _):
      value.text.contains(where: \.isLowercase) && !value.text.contains(where: \.isUppercase)
    case ("upper", _):
      value.text.contains(where: \.isUppercase) && !value.text.contains(where: \.isLowercase)
    case ("boolean", _), ("string", _), ("mapping", _), ("float", _), ("integer", _), ("number", _),
      ("sequence", _), ("iterable", _), ("true", _), ("false", _), ("callable", _):
      false
    default: nil
    }
  }

  private func holdsNumber(
    _ test: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> Bool? {
    let divisor: Int
    switch test.name {
    case "odd", "even": divisor = 2
    case "divisibleby": divisor = arguments.integer(0, "num", default: 0)
    default: return nil
    }
    guard case .integer(let number) = value, divisor != 0 else {
      throw Diagnostic.templateValue("`\(test.name)` needs whole numbers", at: test.span)
    }
    return number.isMultiple(of: divisor) != (test.name == "odd")
  }

  private func holdsRelation(
    _ test: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> Bool {
    let signs = [
      "eq": "==", "equalto": "==", "sameas": "==", "ne": "!=", "lt": "<", "lessthan": "<",
      "le": "<=", "gt": ">", "greaterthan": ">", "ge": ">=", "in": "in",
    ]
    guard let sign = signs[test.name], let other = arguments.positional.first else {
      throw Diagnostic.templateUnsupported("the test `\(test.name)`", at: test.span)
    }
    return try compare(sign, value, other, at: test.span)
  }
}
