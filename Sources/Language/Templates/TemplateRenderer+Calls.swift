internal import Diagnostics

/// Arguments by place and by name.
struct TemplateArguments {
  var positional: [TemplateValue]
  var keywords: [(name: String, value: TemplateValue)]

  /// Returns the argument at a place or with a name.
  func value(_ index: Int, _ name: String) -> TemplateValue? {
    if index < positional.count { return positional[index] }
    return keywords.first { $0.name == name }?.value
  }

  func text(_ index: Int, _ name: String, default text: String = "") -> String {
    value(index, name)?.text ?? text
  }

  func flag(_ index: Int, _ name: String, default flag: Bool = false) -> Bool {
    value(index, name)?.isTrue ?? flag
  }

  func integer(_ index: Int, _ name: String, default number: Int) -> Int {
    switch value(index, name) {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: number
    }
  }
}

/// Functions, and the methods of strings and dictionaries.
extension TemplateRenderer {
  mutating func evaluate(_ arguments: [TemplateArgument]) throws -> TemplateArguments {
    var result = TemplateArguments(positional: [], keywords: [])
    for argument in arguments {
      let value = try evaluate(argument.value)
      if let name = argument.name {
        result.keywords.append((name, value))
      } else {
        result.positional.append(value)
      }
    }
    return result
  }

  mutating func call(
    _ callee: TemplateExpression, _ arguments: [TemplateArgument], at span: SourceSpan
  ) throws -> TemplateValue {
    switch callee.kind {
    case .name(let name):
      return try function(name, try evaluate(arguments), at: callee.span)
    case .attribute(let owner, let name):
      let value = try defined(owner)
      return try method(name, of: value, try evaluate(arguments), at: callee.span)
    default: throw Diagnostic.templateUnsupported("calling this value", at: span)
    }
  }

  private func function(
    _ name: String, _ arguments: TemplateArguments, at span: SourceSpan
  ) throws -> TemplateValue {
    switch name {
    case "range":
      let numbers = try arguments.positional.map { value throws -> Int in
        guard case .integer(let number) = value else {
          throw Diagnostic.templateValue("`range` needs whole numbers", at: span)
        }
        return number
      }
      guard (1...3).contains(numbers.count), numbers.count < 3 || numbers[2] != 0 else {
        throw Diagnostic.templateValue(
          "`range` needs one to three numbers, the step not 0", at: span)
      }
      let step = numbers.count > 2 ? numbers[2] : 1
      let (from, to) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
      var elements: [TemplateValue] = []
      for number in stride(from: from, to: to, by: step) {
        guard elements.count < limits.rangeMax else {
          throw Diagnostic.templateValue(
            "`range` makes more than \(limits.rangeMax) numbers", at: span)
        }
        elements.append(.integer(number))
      }
      return .list(elements)
    case "dict": return .dictionary(arguments.keywords.map { (key: $0.name, value: $0.value) })
    default: throw Diagnostic.templateUnsupported("the function `\(name)`", at: span)
    }
  }

  private func method(
    _ name: String, of owner: TemplateValue, _ arguments: TemplateArguments, at span: SourceSpan
  ) throws -> TemplateValue {
    switch owner {
    case .string(let text):
      if let value = stringMethod(name, text, arguments) { return value }
    case .dictionary(let entries):
      switch name {
      case "items": return .list(entries.map { .list([.string($0.key), $0.value]) })
      case "keys": return .list(entries.map { .string($0.key) })
      case "values": return .list(entries.map(\.value))
      case "get":
        let key = arguments.text(0, "key")
        return entries.first { $0.key == key }?.value ?? arguments.value(1, "default") ?? .none
      default: break
      }
    case .object(let object as TemplateLoopObject):
      if name == "cycle", !arguments.positional.isEmpty {
        return arguments.positional[object.index % arguments.positional.count]
      }
      if name == "changed" {
        let isSame = object.lastChanged.map {
          TemplateValue.areEqual(.list($0), .list(arguments.positional))
        }
        object.lastChanged = arguments.positional
        return .boolean(isSame != true)
      }
    default: break
    }
    throw Diagnostic.templateUnsupported("the method `\(name)` of a \(owner.typeName)", at: span)
  }

  private func stringMethod(
    _ name: String, _ text: String, _ arguments: TemplateArguments
  ) -> TemplateValue? {
    let first = arguments.text(0, "")
    switch name {
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "capitalize": return .string(TemplateText.capitalized(text))
    case "title": return .string(TemplateText.titled(text))
    case "strip", "lstrip", "rstrip":
      return .string(
        TemplateText.trimmed(
          text, arguments.positional.isEmpty ? nil : first, start: name != "rstrip",
          end: name != "lstrip"))
    case "startswith": return .boolean(text.hasPrefix(first))
    case "endswith": return .boolean(text.hasSuffix(first))
    case "replace": return .string(TemplateText.replaced(text, first, arguments.text(1, "")))
    case "split":
      let parts =
        arguments.positional.isEmpty
        ? text.split { $0.isWhitespace }.map(String.init) : TemplateText.split(text, first)
      return .list(parts.map { .string($0) })
    case "splitlines":
      return .list(TemplateText.lines(text).map { .string($0) })
    case "join":
      guard case .list(let elements) = arguments.positional.first else { return nil }
      return .string(elements.map(\.text).joined(separator: text))
    case "isdigit":
      return .boolean(!text.isEmpty && text.allSatisfy { $0.isWholeNumber })
    case "find":
      let range = TemplateText.range(of: first, in: text)
      return .integer(
        range.map { text.unicodeScalars.distance(from: text.startIndex, to: $0.lowerBound) } ?? -1)
    case "count": return .integer(max(0, TemplateText.split(text, first).count - 1))
    default: return nil
    }
  }
}

/// Work on texts that Python's methods do.
extension TemplateText {
  static func range(of part: String, in text: String) -> Range<String.Index>? {
    let wanted = part.unicodeScalars
    let scalars = text.unicodeScalars
    if wanted.isEmpty { return text.startIndex..<text.startIndex }
    var start = scalars.startIndex
    while start < scalars.endIndex {
      if scalars[start...].starts(with: wanted) {
        return start..<scalars.index(start, offsetBy: wanted.count)
      }
      start = scalars.index(after: start)
    }
    return nil
  }

  static func split(_ text: String, _ separator: String) -> [String] {
    guard !separator.isEmpty else { return [text] }
    var parts: [String] = []
    var rest = Substring(text)
    while let range = range(of: separator, in: String(rest)) {
      let whole = String(rest)
      parts.append(String(whole[..<range.lowerBound]))
      rest = Substring(whole[range.upperBound...])
    }
    return parts + [String(rest)]
  }

  static func replaced(_ text: String, _ old: String, _ new: String) -> String {
    if old.isEmpty {
      return new + text.unicodeScalars.map { String($0) + new }.joined()
    }
    return split(text, old).joined(separator: new)
  }

  static func lines(_ text: String) -> [String] {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  static func trimmed(_ text: String, _ characters: String?, start: Bool, end: Bool) -> String {
    func isDropped(_ scalar: Unicode.Scalar) -> Bool {
      characters.map { $0.unicodeScalars.contains(scalar) } ?? scalar.properties.isWhitespace
    }
    var scalars = Substring(text).unicodeScalars
    while start, let first = scalars.first, isDropped(first) { scalars.removeFirst() }
    while end, let last = scalars.last, isDropped(last) { scalars.removeLast() }
    return String(scalars)
  }

  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst().lowercased()
  }

  /// Capitalises after white space, `-` and opening brackets, as Jinja's `title` does.
  static func titled(_ text: String) -> String {
    var result = ""
    var isStart = true
    for character in text {
      result += isStart ? character.uppercased() : character.lowercased()
      isStart = character.isWhitespace || "-({[<".contains(character)
    }
    return result
  }
}
